"""Lists what the open descriptors of its process lead to."""

from pathlib import Path


def attack():
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found
