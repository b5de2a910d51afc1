"""The interpreter as the author of an algorithm expects it, for the algorithm and its children.

The guest starts isolated, so that nothing runs before it. The algorithm shall not notice: neither
here, nor in the interpreters that it starts itself, which inherit flags and environment variables.
"""

from __future__ import annotations

import os
import signal
import site
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# The standard library passes these flags on to the interpreters that it starts, which then ignore
# PYTHONPATH and so find neither the algorithm nor its packages.
_FOR_THE_GUEST_ALONE = {
    "isolated": 0,
    "ignore_environment": 0,
    "no_site": 0,
    "no_user_site": 0,
    "safe_path": False,
}

# What a shell and `nohup` let the programs ignore that they start in the background.
_IGNORED_IN_THE_BACKGROUND: dict[signal.Signals, Any] = {
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
    signal.SIGTERM: signal.SIG_DFL,
}


def prepare(setup: Any) -> None:
    """Make the algorithm's packages, its own modules, `exit` and so on available."""
    _heed_signals()
    site.setquit()
    site.setcopyright()
    site.sethelper()
    before = len(sys.path)
    for folder in setup["packages"]:
        site.addsitedir(folder)
    packages = sys.path[before:]
    sys.path[:0] = setup["modules"]
    sys.argv = [""]
    _make_regular(Path(setup["code"]))
    own = [folder for folder in setup["modules"] if not _hides_python(folder)]
    os.environ["PYTHONPATH"] = os.pathsep.join([*packages, *own])
    vars(sys)["flags"] = SimpleNamespace(**_flags(), **_FOR_THE_GUEST_ALONE)


def _heed_signals() -> None:
    """Let signals do what they do by default, however the worker was started."""
    for number, default in _IGNORED_IN_THE_BACKGROUND.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, default)


def _make_regular(folder: Path) -> None:
    """Let `pkgutil` find data in the algorithm's folder also when it has no `__init__.py`."""
    start = folder / "__init__.py"
    if not start.exists():
        spec = spec_from_file_location(folder.name, start, submodule_search_locations=[str(folder)])
        assert spec is not None  # noqa: S101 - every .py file has a loader
        sys.modules[folder.name] = module_from_spec(spec)


def _hides_python(folder: str) -> bool:
    """Whether a child could not start with this folder before the standard library."""
    names = {path.name.partition(".")[0] for path in Path(folder).iterdir()}
    return not names.isdisjoint(getattr(sys, "stdlib_module_names", ()))


def _flags() -> dict[str, Any]:
    """Flags of this interpreter that its children may inherit."""
    names = (name for name in dir(sys.flags) if not name.startswith(("_", "n_")))
    flags = {name: getattr(sys.flags, name) for name in names}
    return {
        name: value
        for name, value in flags.items()
        if isinstance(value, int) and name not in _FOR_THE_GUEST_ALONE
    }
