"""`valhub rank`: compares the results of several algorithms on one package."""

from pathlib import Path

import click


@click.command(short_help="Rank the results of several algorithms on one package.")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def rank(results: tuple[Path, ...]) -> None:
    """Rank the RESULTS that `valhub run --json` wrote, all of one package.

    Complete results come first, by the primary metric; ties share a rank. The interval is 95 %,
    from a bootstrap over systems; the rank range shows the ranks that chance leaves open.
    """
    from valhub.client.rank_table import print_ranking

    print_ranking(results)
