"""Requirements may name packages of the index, and do nothing else."""

import pytest

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.requirements.requirements_txt import Requirements, read_requirements


def read(folder, content: str | bytes, python: str | None = None):
    path = folder / "requirements.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    version = folder / ".python-version" if python is not None else None
    if version:
        version.write_text(python)
    faults = FaultList("algorithm")
    requirements = read_requirements(path, faults, python_version=version)
    faults.raise_if_any()
    return requirements


def test_no_file_means_no_requirements():
    assert read_requirements(None, FaultList("algorithm")) == Requirements((), None)


def test_names_extras_versions_and_markers_are_read(tmp_path):
    text = (
        "# mine\n\nnumpy\npvlib[optional] >= 0.11, <0.17  # solar\n"
        'foo==1.*; python_version < "3.12"\n'
    )
    assert read(tmp_path, text).lines == (
        "numpy",
        "pvlib[optional]<0.17,>=0.11",
        'foo==1.*; python_version < "3.12"',
    )


def test_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbfnumpy\r\npandas\r\n").lines == ("numpy", "pandas")


@pytest.mark.parametrize(
    "line",
    [
        "-r other.txt",
        "-e .",
        "--index-url https://example.org/simple",
        "--extra-index-url=https://example.org",
        "six==1.16.0 --hash=sha256:00",
        "six @ https://example.org/six.whl",
        "six @ file:///tmp/six",
        "https://example.org/six.whl",
        "git+ssh://git@example.org/six",
        "./six",
        "../six",
        "/tmp/six",
        "folder/six",
        "six.whl",
        "six-1.0.tar.gz",
        "six==${SECRET}",
        "six===${SECRET}",
        "six; python_version > '${SECRET}'",
        "$SECRET",
        "six \\",
        "C:\\six",
        "six ; python_version > '3\x0b--index-url x'",
        "six==not a version",
        "two names",
    ],
)
def test_everything_else_is_refused_with_its_line(tmp_path, faults_of, line):
    (fault,) = faults_of(lambda: read(tmp_path, f"numpy\n{line}\npandas\n"))
    assert (fault.file, fault.line) == ("requirements.txt", 2)


def test_a_variable_is_refused_where_any_text_may_be_a_version(tmp_path, faults_of):
    (fault,) = faults_of(lambda: read(tmp_path, "six===${SECRET}\n"))
    assert fault.problem == '"six===${SECRET}" has a $.'


def test_all_bad_lines_are_told_at_once(tmp_path, faults_of):
    faults = faults_of(lambda: read(tmp_path, "-e .\nnumpy\n$X\n./y\n"))
    assert [fault.line for fault in faults] == [1, 3, 4]


def test_utf_16_is_refused_with_the_mend(tmp_path, faults_of):
    (fault,) = faults_of(lambda: read(tmp_path, "numpy\n".encode("utf-16")))
    assert fault.fix == "Save it as UTF-8."


@pytest.mark.parametrize(
    ("text", "python"),
    [("3.10\n", "3.10"), ("cpython-3.12.4", "3.12"), ("3.11.7\n3.10.2\n", "3.11")],
)
def test_python_version_file_is_read(tmp_path, text, python):
    assert read(tmp_path, "", text).python == python


@pytest.mark.parametrize("text", ["", "2.7", "pypy3.10", "pypy3.10\n3.11", "../3.11"])
def test_other_python_versions_are_refused(tmp_path, faults_of, text):
    (fault,) = faults_of(lambda: read(tmp_path, "", text))
    assert fault.file == ".python-version"
