"""The bootstrap's draws: whole systems, seeded, in bounded blocks."""

import numpy as np
import pytest

from valhub.evaluation.scoring import resampling as module
from valhub.evaluation.scoring.resampling import Resampling

SIX_SYSTEMS = [name for name in "abcdef" for _ in range(3)]


def drawn(systems, **how):
    return np.concatenate(list(Resampling.of(systems, **how).weights()))


def test_files_of_one_system_are_drawn_together():
    weights = drawn(SIX_SYSTEMS)
    by_system = weights.reshape(len(weights), 6, 3)
    assert (by_system == by_system[:, :, :1]).all()
    assert Resampling.of(SIX_SYSTEMS).unit == "systems"


def test_every_resample_draws_as_many_systems_as_there_are():
    weights = drawn(SIX_SYSTEMS, resamples=100)
    assert weights.shape == (100, 18)
    assert (weights.sum(axis=1) == 18).all()


def test_fewer_than_five_systems_fall_back_to_files():
    systems = [name for name in "abcd" for _ in range(3)]
    assert Resampling.of(systems).unit == "files"
    assert (drawn(systems)[:, 0] != drawn(systems)[:, 1]).any()


def test_files_without_a_system_stand_alone():
    weights = drawn([None] * 6)
    assert Resampling.of([None] * 6).groups.tolist() == list(range(6))
    assert (weights.sum(axis=1) == 6).all()


def test_the_same_seed_draws_the_same_and_another_does_not():
    assert (drawn(SIX_SYSTEMS) == drawn(SIX_SYSTEMS)).all()
    assert (drawn(SIX_SYSTEMS) != drawn(SIX_SYSTEMS, seed=1)).any()


def test_names_of_systems_do_not_change_the_draws():
    renamed = [{"a": 9, "b": 8, "c": 7, "d": 6, "e": 5, "f": 4}[name] for name in SIX_SYSTEMS]
    assert (drawn(SIX_SYSTEMS) == drawn(renamed)).all()


def test_blocks_stay_within_their_bound_and_cover_all_resamples(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 100)
    blocks = list(Resampling.of(SIX_SYSTEMS, resamples=99).weights())
    assert all(block.size <= 100 for block in blocks)
    assert sum(len(block) for block in blocks) == 99


def test_each_file_is_drawn_once_on_average():
    assert drawn([None] * 20, resamples=5_000).mean(axis=0) == pytest.approx(np.ones(20), abs=0.1)


@pytest.mark.parametrize("systems", [list("abcde"), list("aaaab")])
def test_seed_and_number_of_resamples_are_kept(systems):
    made = Resampling.of(systems, resamples=7, seed=3)
    assert (made.resamples, made.seed) == (7, 3)
