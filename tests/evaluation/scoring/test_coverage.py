"""How often intervals hold and equal runs are told apart, in a few cells of the benchmark."""

import pytest
from coverage_grid import short_figures


@pytest.mark.parametrize("figure", short_figures(), ids=lambda figure: figure.what)
def test_the_bounds_hold(figure):
    assert figure.holds, f"{figure.share:.3f}"
