"""Source that is not Python, or hides its function, is reported with how to fix it."""

import pytest

from valhub.evaluation.packages.algorithms.algorithm import open_algorithm

CODE = "def f(series): ...\n"


@pytest.mark.parametrize(
    ("source", "line", "problem", "fix"),
    [
        ("import os\n%matplotlib inline\n", 2, "not valid Python", "commands of notebooks"),
        ("!pip install pvlib\n", 1, "not valid Python", "commands of notebooks"),
        ("x = 1\nprint 'x'\n", 2, "Missing parentheses", "Write it in Python 3."),
        ("<<<<<<< HEAD\nx = 1\n", 1, "not valid Python", "merge conflict"),
        (">>> x = 1\n", 1, "not valid Python", "prompts of the interpreter"),
        ("x = 1\nx =\u00a02\n", 2, "non-printable character", "Type the spaces"),
        ("x = \u201ca\u201d\n", 1, "invalid character", "Write straight quotes."),
        ("x = 3 \u2212 1\n", 1, "invalid character", "plain minus"),
        ("if 1:\n    x = 1\n\ty = 2\n", 3, "tabs and spaces", "Indent with spaces alone."),
        ("x = (1\n", 1, "was never closed", "Correct it."),
        (b"x = 1\n# f\xfcr\n", 2, "not UTF-8", "Save it as UTF-8."),
        (b"# coding: rot13\n# f\xfcr\n", 2, "not UTF-8", "Save it as UTF-8."),
        (b"# coding: cp9999\n# f\xfcr\n", 2, "not UTF-8", "Save it as UTF-8."),
        (b"\n\n# coding: latin-1\n# f\xfcr\n", 4, "not UTF-8", "Save it as UTF-8."),
        ('{\n "cells": [\n  {\n   "cell_type": "code"}]}', None, "a notebook", "as a Python file"),
        ("<!DOCTYPE html>\n<html></html>", None, "a web page", "Download the file itself."),
        (f"{CODE}x = 1\n".encode("utf-16"), None, "UTF-16", "Save it as UTF-8."),
    ],
    ids=range(17),
)
def test_what_is_no_python_says_why(make_folder, faults_of, source, line, problem, fix):
    folder = make_folder({"submission_wrapper.py": source})
    (fault,) = faults_of(lambda: open_algorithm(folder, "f"))
    assert problem in fault.problem
    assert fix in fault.fix
    assert (fault.file, fault.line) == ("submission_wrapper.py", line)


@pytest.mark.parametrize(
    "source",
    [
        b"# -*- coding: latin-1 -*-\n# f\xfcr\ndef f(series): ...\n",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n# \x80\ndef f(series): ...\n",
        "# coding: shift_jis\n# 関数\ndef f(series): ...\n".encode("shift_jis"),
        b"# coding: utf-8\ndef f(series): ...\n",
        b"\xef\xbb\xbfdef f(series): ...\n",
        b"x = 5 % 3\n\ndef f(series): ...\n",
    ],
    ids=range(6),
)
def test_source_that_python_reads_is_read(make_folder, source):
    algorithm = open_algorithm(make_folder({"submission_wrapper.py": source}), "f")
    assert algorithm.entry.function == "f"
    assert algorithm.notes == ()


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("class Model:\n    def f(self, series): ...\n", "class Model"),
        ("def main():\n    def f(series): ...\n", "function main"),
    ],
)
def test_function_inside_something_is_found_there(make_folder, faults_of, source, place):
    folder = make_folder({"submission_wrapper.py": source})
    (fault,) = faults_of(lambda: open_algorithm(folder, "f"))
    assert fault.problem == f"The function f is inside the {place}, so it cannot be called."
    assert fault.fix.startswith("Define f(the data) at the left margin")
    assert fault.line == 2


def test_method_beside_the_function_does_not_matter(make_folder):
    source = f"class Model:\n    def f(self, series): ...\n{CODE}"
    assert open_algorithm(make_folder({"submission_wrapper.py": source}), "f").entry.function == "f"


@pytest.mark.parametrize("name", ["Find_Angle", "findAngle", "find_angles", "FINDANGLE"])
def test_function_of_another_spelling_is_offered(make_folder, faults_of, name):
    folder = make_folder({"submission_wrapper.py": f"def {name}(series): ..."})
    (fault,) = faults_of(lambda: open_algorithm(folder, "find_angle"))
    assert fault.fix.endswith(f'Did you mean "{name}"?')
