"""The simulation of a cluster: it ends whatever the load is, and nobody beats its bound."""

import pytest
from cluster_simulation import IMPORT_S, File, Run, Shard, Worker, heavy_tailed, least_s, simulated

from valhub.evaluation.packages.tasks.parts import Part


def files_of(*seconds):
    return [File(pk, int(1000 * s), part=Part.HIDDEN, seconds=s) for pk, s in enumerate(seconds, 1)]


def test_a_second_try_that_ends_after_the_first_changes_nothing():
    files = files_of(100.0, 1.0, 1.0)
    run = Run({one.pk: one for one in files}, [Shard([1]), Shard([2]), Shard([3])])
    first, second, third = Worker(), Worker(), Worker()
    assert run.step(first, 0.0) == IMPORT_S + 100.0
    run.step(second, 0.0)
    run.step(second, 3.0)
    run.step(second, 4.0)
    assert run.done == {2, 3}
    # The second one has nothing to do, and begins the file of the first once more.
    again_s = run.step(second, 50.0)
    assert (second.at_hand, again_s) == (1, 150.0)
    run.step(first, 102.0)
    assert run.done == {1, 2, 3}
    # Somebody looks between the ends of the two.
    run.step(third, 110.0)
    run.step(second, again_s)
    assert (run.done, second.at_hand) == ({1, 2, 3}, None)


def test_the_load_like_the_studys_has_its_figures():
    seconds = [one.seconds for one in heavy_tailed()]
    assert (len(seconds), max(seconds)) == (138, 826.0)
    assert sum(seconds) == pytest.approx(137 * 60.0)


@pytest.mark.parametrize("workers", [1, 3, 8, 24])
def test_a_heavy_tailed_load_ends_near_its_bound(workers):
    files = heavy_tailed(40, 400.0, 60.0)
    assert 1.0 <= simulated(files, workers) / least_s(files, workers) <= 1.1


def test_a_load_whose_sizes_say_nothing_ends_within_the_longest_file_of_its_share():
    """So does any run in which nobody rests while a file waits; see Graham (1966)."""
    files = [File(one.pk, 1000, part=Part.HIDDEN, seconds=one.seconds) for one in heavy_tailed(40)]
    share_s, longest_s = sum(one.seconds for one in files) / 4, max(one.seconds for one in files)
    assert least_s(files, 4) <= simulated(files[::-1], 4) <= IMPORT_S + share_s + longest_s
