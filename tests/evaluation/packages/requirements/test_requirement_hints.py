"""What people write into requirements.txt: each mistake has its fix, and what is right none."""

import pytest

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.requirements.requirement_names import name_hint
from valhub.evaluation.packages.requirements.requirements_txt import read_requirements


def read(folder, content: str | bytes, python: str | None = None):
    path, version = folder / "requirements.txt", folder / ".python-version"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if python is not None:
        version.write_text(python)
    faults = FaultList("algorithm")
    given = version if python is not None else None
    requirements = read_requirements(path, faults, python_version=given)
    faults.raise_if_any()
    return requirements, faults.notes


HASHED = """numpy==1.26.4 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
    # via -r requirements.in
pandas==2.2.2 --hash=sha256:cccc
"""
CONDA_LIST = """# packages in environment at /opt/conda:
#
# Name                    Version                   Build  Channel
numpy                     1.26.4          py311h64a7726_0    conda-forge
"""
YAML = "name: pv\nchannels:\n  - conda-forge\ndependencies:\n  - numpy=1.26\n"
FORMATS = [
    (HASHED, 2, "Hashes (--hash) are not supported.", "name and version alone"),
    ("Package Version\n------- -------\nnumpy   1.26.4\n", 1, "`pip list`", "`pip freeze`"),
    (CONDA_LIST, 1, "`conda list`", "`pip list --format=freeze`"),
    (
        "# platform: linux-64\nnumpy=1.26.4=py311h64a7726_0\npip=24.0=pyhd8ed1ab_0\n",
        2,
        "`conda list --export`",
        "two equal signs and no build, such as numpy==1.26.4",
    ),
    (
        "pandas==2.2.2\nnumpy @ file:///home/c/work\nsix @ file:///croot/six/work\n",
        2,
        "a path of the computer that wrote the file (and 1 more).",
        "`pip list --format=freeze`",
    ),
    (YAML, 2, "an environment file of conda", "names and versions alone"),
    ("numpy\r\n".encode("utf-16"), None, "UTF-16", "Save it as UTF-8."),
    ("<!DOCTYPE html>\n<html>", None, "a web page", "Download the file itself."),
    ("# für\nnumpy\n".encode("latin-1"), 1, "not UTF-8", "Save it as UTF-8."),
]


@pytest.mark.parametrize(("content", "line", "problem", "fix"), FORMATS, ids=range(len(FORMATS)))
def test_what_another_tool_wrote_is_one_fault(tmp_path, faults_of, content, line, problem, fix):
    (fault,) = faults_of(lambda: read(tmp_path, content))
    assert problem in fault.problem
    assert fix in fault.fix
    assert (fault.file, fault.line) == ("requirements.txt", line)


def test_other_faults_of_a_file_with_hashes_are_reported_with_it(tmp_path, faults_of):
    faults = faults_of(lambda: read(tmp_path, f"{HASHED}-e .\n"))
    assert [fault.line for fault in faults] == [2, 6]


@pytest.mark.parametrize(
    ("line", "problem", "fix"),
    [
        ("numpy\u00a0>=1.26", "has a no-break space", "Type the spaces"),
        ("numpy\u200b", "has an invisible character", "Type the line again."),
        ("numpy; sys_platform == \u201clinux\u201d", "has typographic quotes", 'Write "'),
        ("numpy\u22651.26", "has the sign", "Write >= instead."),
        ("scikit\u2013learn", "has a typographic dash", "Write - instead."),
        ("pip install numpy pandas", "is a command", "names of the packages alone"),
        ("!pip install scipy", "is a command", "names of the packages alone"),
        ("$ python3 -m pip install scipy", "is a command", "names of the packages alone"),
        ("conda install -c conda-forge pvlib", "is a command", "names of the packages alone"),
        ("-e .", "is an option", "your own modules lie beside the entry file"),
        ("-r base.txt", "is an option", "Copy the lines of that file"),
        ("-c constraints.txt", "is an option", "Write the versions here."),
        ("--extra-index-url https://x.org", "is an option", "packages come from the index"),
        ("--pre", "is an option", "Write a name and versions"),
        ("- numpy", "is an option", "without the dash"),
        ("git+https://x.org/pvlib.git", "is an address", "Only packages of the index"),
        ("./wheels/x.whl", "is a path", "Put your own modules beside the entry file."),
        ("import numpy", "is Python code", "name of the package alone"),
        ("numpy, pandas, scipy", "names several packages", "a line of its own"),
        ("numpy; pandas", "names several packages", "a line of its own"),
        ("numpy pandas", "names several packages", "a line of its own"),
        ("numpy>=1.26, pandas", "names several packages", "a line of its own"),
        ("numpy=1.26.4", "is not a requirement.", 'Write "numpy==1.26.4".'),
        ("numpy=>1.26", "is not a requirement.", 'Write "numpy>=1.26".'),
        ("numpy 1.26.4", "is not a requirement.", 'Write "numpy==1.26.4".'),
        ("numpy (1.26.4)", "is not a requirement.", 'Write "numpy==1.26.4".'),
        ("numpy>=1.26 <2", "is not a requirement.", 'Write "numpy>=1.26,<2".'),
        ("numpy@1.26.4", "is not a requirement.", 'Write "numpy==1.26.4".'),
        ("numpy;", "is not a requirement.", 'Write "numpy".'),
        ('"numpy>=1.26",', "is not a requirement.", 'Write "numpy>=1.26".'),
        ("numpy==latest", "is not a requirement.", 'Write "numpy".'),
        ('numpy = "^1.26"', "is not a requirement.", 'Write "numpy>=1.26".'),
        ("python>=3.8", "is not a package.", "write its version, as 3.10, to .python-version"),
        ("pkg-resources==0.0.0", "by mistake", "Remove the line."),
        ("pkg_resources==0.0.0", "by mistake", "Remove the line."),
        ("sklearn", "is the name of an import", 'Write "scikit-learn".'),
        ("pywin32==306", "wheels for Windows alone", 'pywin32; sys_platform == "win32"'),
    ],
)
def test_each_mistake_has_its_fix(tmp_path, faults_of, line, problem, fix):
    (fault,) = faults_of(lambda: read(tmp_path, f"scipy\n{line}\n"))
    assert problem in fault.problem
    assert fix in fault.fix
    assert (fault.file, fault.line) == ("requirements.txt", 2)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("os", '"os" is part of Python and needs no requirement. Remove the line.'),
        ("zoneinfo", '"zoneinfo" is part of Python'),
        ("cv2", 'Write "opencv-python-headless".'),
        ("PIL", 'Write "pillow".'),
        ("pytorch", 'Write "torch".'),
        ("torch==2.1.0+cpu", 'Write "torch==2.1.0", unless the index of the hub has it.'),
    ],
)
def test_doubtful_names_are_read_with_a_note(tmp_path, line, note):
    requirements, notes = read(tmp_path, f"numpy\n{line}\n")
    assert requirements.lines == ("numpy", line)
    (only,) = notes
    assert only.startswith("requirements.txt:2: ")
    assert note in only


@pytest.mark.parametrize(
    "text",
    [
        "numpy >= 1.26, < 2\npandas ~= 2.2\nscipy==1.*\n",
        "numpy>=1.26; python_version >= '3.9'\npandas[performance]>=2\n",
        'scipy ; sys_platform == "win32"\n',
        'pywin32==306; sys_platform == "win32"\n',
        'dataclasses; python_version < "3.7"\n',
        "scikit-learn\npillow\nopencv-python\nPyYAML\npython-dateutil\nbeautifulsoup4\n",
        "numpy>=1.26\nnumpy<2.1\nnumpy!=2.0.1\n",
        "numpy==2.0.1\nnumpy==2.0.1\n",
        "numpy~=2.2\nnumpy>2.2\n",
        "numpy>1\nnumpy<1.1\n",
        'numpy==1.26.4; python_version < "3.12"\nnumpy==2.1; python_version >= "3.12"\n',
        "# conda list --export\nnumpy==1.26.4  # =1.26.4=py311\n",
    ],
)
def test_sound_requirements_have_no_fault_and_no_note(tmp_path, text):
    # The versions named have wheels for this Python.
    requirements, notes = read(tmp_path, text, "3.11")
    assert len(requirements.lines) == sum(1 for line in text.splitlines() if line[0] != "#")
    assert notes == []


@pytest.mark.parametrize(
    ("line", "python", "asked"),
    [
        ("numpy==1.21.0", "3.11", "3.9"),
        ("numpy==1.26.4", "3.13", "3.11"),
        ("pandas==1.4.*", "3.11", "3.9"),
        ("scikit-learn==1.2.2", "3.12", "3.10"),
    ],
)
def test_pin_without_a_wheel_for_the_python_names_another(tmp_path, line, python, asked):
    (note,) = read(tmp_path, line, python)[1]
    assert f"not for {python}. Write {asked} into .python-version" in note


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("numpy==1.21.0", "3.10"),
        ("numpy==1.26.4", "3.12"),
        ("numpy>=1.21", "3.13"),
        ("numpy==9.0", "3.13"),
        ("pvlib==0.9.0", "3.13"),
    ],
)
def test_other_pins_have_no_note(tmp_path, line, python):
    assert read(tmp_path, line, python)[1] == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("numpy==1.26.4", "numpy>=2"),
        ("numpy>=2", "NumPy<2"),
        ("numpy>2", "numpy<=2"),
        ("numpy==1.26.4", "numpy==1.26.3"),
        ("numpy~=1.2", "numpy==2.*"),
    ],
)
def test_lines_that_contradict_are_named_both(tmp_path, faults_of, first, second):
    (fault,) = faults_of(lambda: read(tmp_path, f"{first}\npandas\n{second}\n"))
    assert "contradicts line 1" in fault.problem
    assert fault.line == 3
    assert fault.fix == "Keep one of the two lines."


def test_many_wrong_lines_are_counted_after_fifty(tmp_path, faults_of):
    faults = faults_of(lambda: read(tmp_path, "?\n" * 300))
    assert len(faults) == 51
    assert faults[-1].problem == "More than 50 lines are no requirements."


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("# for the hub\n\n3.11\n", "3.11"),
        ("3.11.7  # as on my laptop\n", "3.11"),
        ("cpython-3.12.4-linux-x86_64-gnu\n", "3.12"),
        ("python-3.10.4\n", "3.10"),
        ("Python 3.13\n", "3.13"),
        ("cpython@3.11\n", "3.11"),
        ("v3.12\n", "3.12"),
    ],
)
def test_python_version_is_read_as_tools_write_it(tmp_path, text, python):
    assert read(tmp_path, "", text)[0].python == python


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pv-env\n3.11\n", '"pv-env" is not a Python version.'),
        ("pv-env\n", '"pv-env" is not a Python version.'),
        ("# nothing\n", "There is no Python version in it."),
        ("3.11 or 3.12\n", "is not a Python version."),
    ],
)
def test_other_python_versions_say_what_is_wrong(tmp_path, faults_of, text, problem):
    (fault,) = faults_of(lambda: read(tmp_path, "", text))
    assert problem in fault.problem
    assert fault.fix == 'Write one such as "3.11".'


@pytest.mark.parametrize(
    ("name", "hint"),
    [("sklearn", "scikit-learn"), ("os", "part of Python"), ("numpy", ""), ("no-such-name", "")],
)
def test_name_that_no_index_has_comes_with_a_hint(name, hint):
    assert hint in name_hint(name)
    assert bool(name_hint(name)) is bool(hint)


def test_notes_are_few_however_many_lines_there_are(tmp_path):
    assert len(read(tmp_path, "os\n" * 300)[1]) == 10
