"""Folders are held to the rules for archives, in place."""

import os
import signal
import subprocess
import sys

from valhub.evaluation.packages.files.archives import ArchiveLimits, opened
from valhub.evaluation.packages.files.scratch import scratch_folder


def open_it(path, limits=None):
    with opened(path, limits or ArchiveLimits()) as root:
        return root


def test_folder_is_used_where_it_is(make_folder):
    folder = make_folder({"main.py": "", "data/x": ""})
    assert open_it(folder) == folder


def test_links_and_special_files_are_refused(make_folder, faults_of):
    folder = make_folder({"main.py": ""})
    (folder / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    faults = faults_of(lambda: open_it(folder))
    assert {fault.file: fault.problem for fault in faults} == {
        "link": "It is a symbolic link.",
        "pipe": "It is neither a file nor a folder.",
    }


def test_linked_folder_is_refused_and_not_entered(make_folder, faults_of):
    folder = make_folder({"main.py": ""})
    (folder / "link").symlink_to("/")
    assert [fault.file for fault in faults_of(lambda: open_it(folder))] == ["link"]


def test_names_that_are_not_text_are_refused(make_folder, faults_of):
    folder = make_folder({"main.py": ""})
    (folder / os.fsdecode(b"\xff\xfe")).write_text("")
    assert "control characters" in faults_of(lambda: open_it(folder))[0].problem


def test_limits_hold_for_folders(make_folder, faults_of):
    folder = make_folder({"a": "x" * 2000, "b": ""})
    many = faults_of(lambda: open_it(folder, ArchiveLimits(files=1)))
    large = faults_of(lambda: open_it(folder, ArchiveLimits(total_bytes=1000)))
    assert "more than 1 files" in many[0].problem
    assert "are allowed" in large[0].problem


def test_scratch_folder_of_a_killed_process_is_removed_by_the_next(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from valhub.evaluation.packages.files.scratch import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    with scratch_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_scratch_folder_in_use_is_left_alone(tmp_path):
    with scratch_folder(tmp_path) as first, scratch_folder(tmp_path) as second:
        assert first != second
        assert first.is_dir()
