"""Which kinds of sandbox the attacks are tried in."""

import os

import pytest

CONTAINERS = pytest.param("oci", marks=pytest.mark.services)

# Containers need root, whom another account's run of these tests is not.
KINDS = ("bubblewrap", *([CONTAINERS] if os.getuid() == 0 else []))

# For what is about one way of making a sandbox, among tests that run in every one.
ONLY_BUBBLEWRAP = pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
