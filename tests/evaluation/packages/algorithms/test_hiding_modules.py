"""Modules that hide those of Python are found by their names."""

from valhub.evaluation.packages.algorithms.hiding_modules import hiding_modules


def test_modules_packages_and_harmless_names_differ(tmp_path):
    for name in ("types.py", "test.py", "numpy.py", "json"):
        (tmp_path / name).touch()
    (tmp_path / "email").mkdir()
    (tmp_path / "email/__init__.py").touch()
    (tmp_path / "html").mkdir()
    assert hiding_modules(tmp_path) == ["email", "types.py"]
