"""`valhub rank`: compares the results of several algorithms on one package."""

from pathlib import Path

import click


@click.command(short_help="Rank the results of several algorithms on one package.")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the ranking as JSON; - is standard output."
)
def rank(results: tuple[Path, ...], json_file: str | None) -> None:
    """Rank the RESULTS that `valhub run --json` wrote, all of one package.

    Complete results come first, by the primary metric; ties share a rank. Possible ranks count the
    PV systems on which one result is better than another: the ranges of all results are right
    together with 95 %.
    """
    from valhub.client.contest import Contest
    from valhub.client.rank_table import print_ranking
    from valhub.client.result_document import write_document

    contest = Contest(results)
    if json_file is not None:
        write_document([one.as_document() for one in contest.standings()], json_file)
    if json_file != "-":
        print_ranking(contest)
