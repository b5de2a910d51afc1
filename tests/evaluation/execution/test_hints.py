"""The sentence that names a module of the algorithm that hides one of Python's own."""

import pytest

from valhub.evaluation.execution.hints import hint

ABOUT = "module 'random' has no attribute 'choice'"


@pytest.mark.parametrize(
    ("file", "named"), [("random.py", "random.py"), ("random/__init__.py", "random")]
)
def test_a_module_or_package_that_hides_one_of_pythons_is_named(tmp_path, file, named):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    sentence = f" {named}: Python has a module of this name, which the file hides. Rename it."
    about = {"base": "AttributeError", "message": ABOUT}
    went_through = {"base": "ValueError", "places": [[f"/code/{file}", 1]]}
    assert hint(about, tmp_path, "/code") == sentence
    assert hint(went_through, tmp_path, "/code") == sentence
    assert hint({"base": "ValueError", "message": ABOUT}, tmp_path, "/code") == ""
