"""What a worker holds open: a proven sandbox, environments, and one warm sandbox.

The algorithm of the last shard stays imported in its sandbox, because the next shard is usually of
the same run.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from django.conf import settings

from valhub.analyses.cache_limit import trim_cache
from valhub.analyses.models import AnalysisVersion
from valhub.analyses.selectors.environments import packages_until
from valhub.analyses.selectors.function_names import function_of
from valhub.analyses.selectors.packages import open_package_of
from valhub.evaluation.errors import UnusableEvaluation
from valhub.evaluation.events import Event
from valhub.evaluation.execution.environments import (
    EnvironmentStore,
    InstallLimits,
    store_name,
)
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.proof import proven_sandbox
from valhub.evaluation.packages.algorithms.algorithm import Algorithm, open_algorithm
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.run_context import RunContext
from valhub.evaluation.settings import Settings
from valhub.evaluation.task_run import TaskRun, task_run
from valhub.jobs.machine import environments_folder
from valhub.jobs.models import Run
from valhub.jobs.worker.algorithm_archives import algorithm_archive
from valhub.jobs.worker.version_locks import VersionLocks

log = logging.getLogger(__name__)

# How long a worker stays with a run while others wait for their turn. Changing costs a new sandbox
# and an import, 0.7 to 3 s with the usual libraries: about a tenth of this.
STAY_S = 20.0


class WorkerContext:
    """What a worker holds open, for as long as its process lives."""

    def __init__(self, sandbox: Bubblewrap, engine: Settings) -> None:
        self._settings = engine
        self._sandbox = sandbox
        self._environments = environments_folder()
        # Builders make what is missing, so that no worker is held by it.
        self._store = EnvironmentStore(self._environments, sandbox, only_ready=True)
        self._warm: ExitStack | None = None
        self._warm_run: int | None = None
        self._stay_until = 0.0
        self._warm_host: tuple[TaskRun, Host] | None = None

    @property
    def short_memory_bytes(self) -> int | None:
        """What this machine can give, when packages may ask for more; else None."""
        given, asked = self._settings.machine_memory_bytes, self._settings.max_memory_bytes
        return given if given < asked else None

    @property
    def store(self) -> str:
        """Name of this machine's environments."""
        return store_name(self._environments)

    def making(self, version: AnalysisVersion, cancel: threading.Event) -> RunContext:
        """Where and how the engine makes environments of a version here; for builders."""
        store = EnvironmentStore(
            self._environments,
            self._sandbox,
            limits=self._settings.install,
            places=settings.BUILDS_AT_ONCE,
            cancel=cancel,
        )
        return replace(self.run_context(version, cancel), environments=store)

    def run_context(
        self,
        version: AnalysisVersion,
        cancel: threading.Event,
        on_event: Callable[[Event], None] = lambda _: None,
    ) -> RunContext:
        """Where and how the engine runs something of a version here.

        Environments that are not ready raise `EnvironmentNotReady`.
        """
        return RunContext(
            settings=self._settings,
            sandbox=self._sandbox,
            environments=self._store,
            workers=1,
            files=None,
            reveal=False,
            on_event=on_event,
            cancel=cancel,
            exclude_newer=packages_until(version),
            kept_locks=VersionLocks(version.pk),
        )

    @contextmanager
    def algorithm(
        self, run: Run, version: AnalysisVersion
    ) -> Iterator[tuple[TaskPackage | ScriptPackage, Algorithm]]:
        """Open a run's package and algorithm, from the store and the cache."""
        with ExitStack() as stack:
            with _faults_of_analysis(version):
                package = stack.enter_context(open_package_of(version))
            archive = stack.enter_context(algorithm_archive(run.submission))
            root = stack.enter_context(opened(archive, within=self._sandbox.rundir.path))
            yield package, open_algorithm(root, function_of(version))
        trim_cache(self._store)

    @property
    def stay_with(self) -> int | None:
        """The run to go on with before others have their turn; None when its time is over."""
        return self._warm_run if time.monotonic() < self._stay_until else None

    def warm_sandbox(
        self, run: Run, seconds_left: float, cancel: threading.Event
    ) -> tuple[TaskRun, Host]:
        """Make a task package's algorithm ready in a sandbox, or reuse the last shard's."""
        if self._warm_host is None or self._warm_run != run.pk:
            self.end_warm_sandbox()
            with ExitStack() as stack:
                package, algorithm = stack.enter_context(self.algorithm(run, run.version))
                assert isinstance(package, TaskPackage)  # noqa: S101 - the caller knows the kind
                context = self.run_context(run.version, cancel)
                with _faults_of_analysis(run.version):
                    ready = stack.enter_context(task_run(package, algorithm, context))
                host = stack.enter_context(ready.host(seconds_left))
                self._warm, self._warm_run = stack.pop_all(), run.pk
            self._warm_host = ready, host
        if self.stay_with is None:
            self._stay_until = time.monotonic() + STAY_S
        self._warm_host[1].cancel = cancel
        return self._warm_host

    def end_warm_sandbox(self) -> None:
        """End the warm sandbox."""
        if self._warm is not None:
            self._warm.close()
        self._warm = self._warm_host = self._warm_run = None
        self._stay_until = 0.0


@contextmanager
def _faults_of_analysis(version: AnalysisVersion) -> Iterator[None]:
    """Keep the faults of a version's package from participants: they quote its data and truth."""
    try:
        yield
    except InvalidPackage as error:
        log.error("package_invalid version=%s faults=%s", version.pk, error)
        raise UnusableEvaluation(
            "The analysis' package has faults that the hub did not find when it was uploaded. "
            "Its organiser must run `valhub check` on it and upload a new version."
        ) from error


@contextmanager
def open_worker_context() -> Iterator[WorkerContext]:
    """Open a worker's context; raises `NoSandbox` when this machine has no working sandbox."""
    engine = Settings(
        cache_dir=settings.ENGINE_CACHE,
        max_timeout_s=settings.MAX_TIMEOUT_S,
        max_memory_bytes=settings.MAX_MEMORY_BYTES,
        install=InstallLimits(
            timeout_s=settings.BUILD_STEP_S,
            installed_bytes=settings.BUILD_BYTES,
            installed_files=settings.BUILD_FILES,
        ),
    )
    with proven_sandbox(engine.cache_dir) as sandbox:
        context = WorkerContext(sandbox, engine)
        try:
            yield context
        finally:
            context.end_warm_sandbox()
