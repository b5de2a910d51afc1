"""Records: they have the fields of the hub's own document, and become rows and tables."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from valhub.client.hubs import contracts, records
from valhub.client.hubs.records import Entry, Quota, Record, Score
from valhub.client.hubs.tables import Board, Rows

DOCUMENT = json.loads((Path(__file__).parents[3] / "docs/openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
RECORDS = {
    "AccountOut": records.Account,
    "AnalysisLine": records.AnalysisLine,
    "AnalysisOut": records.AnalysisDetails,
    "BoardOut": records.BoardPage,
    "ColumnOut": records.Column,
    "ArgumentOut": contracts.Argument,
    "AnswerOut": contracts.ExpectedAnswer,
    "CallOut": contracts.Call,
    "LimitsOut": contracts.Limits,
    "FileMetricOut": contracts.FileMetric,
    "PartOut": contracts.PartOfFiles,
    "QuotaRulesOut": contracts.QuotaRules,
    "EnvironmentOut": contracts.Environment,
    "ContractOut": contracts.Contract,
    "CostsOut": records.Costs,
    "EntryOut": records.Entry,
    "EventOut": records.Event,
    "FileOut": records.FileResult,
    "ProgressOut": records.Progress,
    "QuotaOut": records.Quota,
    "ScoreOut": records.Score,
    "SubmissionLine": records.SubmissionLine,
    "SubmissionOut": records.SubmissionDetails,
}
AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(("schema", "kind"), RECORDS.items(), ids=RECORDS)
def test_a_record_has_the_fields_of_the_hubs_document(schema: str, kind: type[Record]) -> None:
    assert {one.name for one in fields(kind)} == set(SCHEMAS[schema]["properties"])


def entry(**scores: Score) -> Entry:
    return Entry(
        rank=1, possible_ranks=(1, 3), may_be_best=True, submission="s", author="<b>paul</b>",
        display_name="Mine", is_baseline=False, coverage=1.0, runs=2, submitted_at=AT,
        scores=scores,
    )  # fmt: skip


def test_a_leaderboard_is_a_table_with_a_column_for_each_end_of_an_interval() -> None:
    board = Board([entry(mae=Score(1.5, 1.0, 2.0))], columns=(), remark="<rule>", total=1)
    frame = board.to_pandas()
    assert frame.loc[1, ["mae", "mae:low", "mae:high", "possible_rank_high"]].tolist() == [
        1.5, 1.0, 2.0, 3,
    ]  # fmt: skip
    drawn = board._repr_html_()
    assert "&lt;b&gt;paul" in drawn
    assert "&lt;rule&gt;" in drawn
    assert "<b>" not in drawn


def test_rows_are_a_sequence() -> None:
    rows = Rows([entry(), entry(), entry()], "entry")
    assert (len(rows), len(rows[1:]), rows[0]) == (3, 2, entry())
    assert repr(rows[1:]) == "<entry list of 2>"
    assert Rows[Entry]([]).to_pandas().empty


def test_a_record_is_a_document_with_times_in_utc() -> None:
    quota = Quota(today=1, in_all=2, at_once=3, in_vain=4, next_at=AT)
    assert quota.document()["next_at"] == "2026-01-02T03:04:00Z"
