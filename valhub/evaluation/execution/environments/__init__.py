"""Environments for algorithms: locked, hashed, installed in a sandbox, stored and shared.

`store` is the way in. `package_index` says where packages come from, `index_proxy` serves
them to a sandbox without a network, `installer` runs uv there, `interpreters` finds Pythons.
"""

from valhub.evaluation.execution.environments.build_context import InstallLimits
from valhub.evaluation.execution.environments.environment import Environment
from valhub.evaluation.execution.environments.errors import (
    EnvironmentNotReady,
    EnvironmentTooLarge,
    InstallCancelled,
    InstallFailed,
    InstallTimeout,
    InvalidRequirements,
    NoRoom,
    UnresolvableRequirements,
)
from valhub.evaluation.execution.environments.interpreters import (
    Interpreter,
    NoInterpreter,
    find_interpreter,
)
from valhub.evaluation.execution.environments.package_index import (
    NoPackageIndex,
    PackageIndex,
    configured_package_index,
)
from valhub.evaluation.execution.environments.requirement_locks import (
    KeptLocks,
    Lock,
    LockPolicy,
    with_needed,
)
from valhub.evaluation.execution.environments.store import EnvironmentStore, store_name

__all__ = [
    "Environment",
    "EnvironmentNotReady",
    "EnvironmentStore",
    "EnvironmentTooLarge",
    "InstallCancelled",
    "InstallFailed",
    "InstallLimits",
    "InstallTimeout",
    "Interpreter",
    "InvalidRequirements",
    "KeptLocks",
    "Lock",
    "LockPolicy",
    "NoInterpreter",
    "NoPackageIndex",
    "NoRoom",
    "PackageIndex",
    "UnresolvableRequirements",
    "configured_package_index",
    "find_interpreter",
    "store_name",
    "with_needed",
]
