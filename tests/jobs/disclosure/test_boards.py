"""What a board withholds of an entry, of the hidden files and of the final part."""

import uuid

import pytest
from django.utils import timezone

from valhub.analyses.board_columns import BoardColumn
from valhub.evaluation.results import Best
from valhub.jobs.disclosure.boards import shown_page
from valhub.jobs.disclosure.rules import FEW_SIGNED, Rules
from valhub.leaderboards.selectors.pages import Page
from valhub.leaderboards.selectors.rows import BoardRow, Value

BIAS = BoardColumn("mean_bias", "Bias", "min", "mean", "error_x", Best.ZERO, shown=True)
FINAL = BIAS.of_final_part()
# Of the twenty files outside the final part three are public: everybody knows their scores.
RULES = Rules(revealed=True, known_files=3, board_files=20, final_files=10)


def entry(scored: int, final_scored: int) -> BoardRow:
    values = {one.name: Value(1.23456, None, None, 8) for one in (BIAS, FINAL)}
    return BoardRow(
        rank=1,
        entry_id=1,
        account_id=uuid.uuid4(),
        author="ann",
        submission_id=uuid.uuid4(),
        run_id=1,
        display_name="",
        is_baseline=False,
        coverage=scored / RULES.board_files,
        final_coverage=final_scored / RULES.final_files,
        submitted_at=timezone.now(),
        values=values,
    )


@pytest.mark.parametrize(
    ("scored", "final_scored", "withheld"),
    [
        (20, 10, []),
        (20, 5, []),
        (20, 4, [FINAL]),
        (8, 10, []),
        (7, 10, [BIAS]),
        (7, 4, [BIAS, FINAL]),
    ],
)
def test_signed_numbers_of_few_files_are_withheld_in_either_part(
    scored: int, final_scored: int, withheld: list[BoardColumn]
) -> None:
    page = Page((entry(scored, final_scored),), None, None, 1, (FINAL, BIAS), FINAL)
    [row] = shown_page(page, RULES).rows
    assert row.withheld == {one.name: FEW_SIGNED for one in withheld}
    assert {*row.values, *row.withheld} == {BIAS.name, FINAL.name}
    assert {one.value for one in row.values.values()} <= {1.235}
