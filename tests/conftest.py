"""The cast of people every test of the hub shares, how a test speaks as one, and what they send."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from threading import Thread

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core.management.commands import flush
from django.db import connections
from django.test import Client
from pytest_django import Settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from services.databases import empty_database
from services.emptying import statements_that_empty
from tests.properties import load_profile
from tiny.packing import SCRIPT_EXAMPLE, TINY, zipped
from valhub.accounts.models import Account
from valhub.analyses.services import uploads
from valhub.cloud.databases import SQLITE
from valhub.evaluation import preparation
from valhub.evaluation.algorithm_inspection import inspect_algorithm
from valhub.evaluation.algorithm_reading import read_algorithm
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.inspection import inspect_package
from valhub.evaluation.package_reading import read_package
from valhub.evaluation.packages.tasks.dataset import prepare
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.preparation import prepare_in_child
from valhub.evaluation.settings import Settings as EngineSettings
from valhub.jobs.services import new_submissions

# What `make mutants` needs brings a library with which gunicorn names its processes, over their
# environment, by which tests find a hub's processes. With this it leaves the environment alone.
os.environ["SPT_NOENV"] = "1"

TESTS = Path(__file__).parent
# What starts servers and programs of the system: `make test-services` and `make lint-deploy`.
SERVICES = [
    TESTS / path
    for path in (
        "cloud/queues",
        "cloud/test_presigned_links.py",
        "cluster",
        "databases/test_restarts.py",
        "deploy",
        "hub/test_aws_layout.py",
        "hub/test_hub_with_queues.py",
        "jobs/test_queues.py",
        "server/backups",
    )
]
# What databases do differently: locks, SQL and indexes, time, the order and length of texts,
# migrations, and processes that share one. The rest asks for rows by key, and runs on SQLite alone:
# also each of `ALIKE`, which are about values, sources, and files on disk or in a bucket.
DATABASES = [
    TESTS / path
    for path in (
        "accounts",
        "analyses",
        "api/test_fuzz_v0.py",
        "api/test_health.py",
        "api/test_metrics.py",
        "api/test_v0_accounts.py",
        "api/test_v0_analyses.py",
        "api/test_v0_leaderboard.py",
        "databases",
        "hub/test_documented_client.py",
        "hub/test_faults.py",
        "hub/test_kill_campaign.py",
        "jobs",
        "leaderboards",
        "server/test_database.py",
        "server/test_instance_worker.py",
        "server/test_up.py",
        "test_reset_procedure.py",
        "web/test_administration.py",
        "web/test_analysis_pages.py",
        "web/test_submission_pages.py",
    )
]
ALIKE = [
    TESTS / path
    for path in (
        "analyses/test_board_columns.py",
        "analyses/test_cache_limit.py",
        "analyses/test_cut_short.py",
        "analyses/test_learning_columns.py",
        "analyses/test_package_cache.py",
        "jobs/disclosure/test_every_outlet.py",
        "jobs/disclosure/test_hidden_data.py",
        "jobs/disclosure/test_only_the_gate_reads.py",
        "jobs/disclosure/test_rules.py",
        "jobs/in_a_bucket",
        "jobs/test_algorithm_archives.py",
        "jobs/test_leaving_without_sandbox.py",
        "jobs/test_lines_of_the_work.py",
        "jobs/test_upload_notes.py",
    )
]
USERS_UMASK = 0o022
# For a test that is slow or starts servers; the others have what `pyproject.toml` says.
PATIENCE_S = 1800
PASSWORD = "correct horse battery staple"

load_profile()


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave unread what needs servers of the system where none of it would run."""
    unread = "not services" in config.option.markexpr and _is_below(collection_path, SERVICES)
    return unread or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers of the system, and what runs on every database."""
    rooms = (("services", SERVICES, ()), ("databases", DATABASES, ALIKE))
    marked = {
        mark: {
            path
            for path in {item.path for item in items}
            if _is_below(path, folders) and not _is_below(path, but)
        }
        for mark, folders, but in rooms
    }
    for item in items:
        for mark, paths in marked.items():
            if item.path in paths:
                item.add_marker(mark)
        _be_patient_with(item)


def _be_patient_with(item: pytest.Item) -> None:
    """Let a test that takes a minute by itself hang only where the busiest machine would be done.

    Unless it, or whoever runs it, says how long it may take.
    """
    is_long = any(item.get_closest_marker(mark) for mark in ("slow", "services"))
    is_said = item.get_closest_marker("timeout") or item.config.getoption("timeout")
    if is_long and not is_said:
        item.add_marker(pytest.mark.timeout(PATIENCE_S))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Begin each test with a person's umask: the hub's entries set their own when imported."""
    os.umask(USERS_UMASK)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the test database in a file: threads and worker processes cannot share one in memory.

    It need not outlive a power cut, so nothing waits for the disk.
    """
    default = connections.databases["default"]
    if default["ENGINE"] == SQLITE:
        default["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        default["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Empty, after a test that commits, the tables that it filled and no others."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flush, "sql_flush", statements_that_empty)
        # It would look for the rows that migrations leave, which are still there.
        patched.setattr(flush, "emit_post_migrate_signal", lambda *_: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Look for the code's static files once, and not for the first request of every client."""
    found: dict[str, StaticFile] = {}
    find = WhiteNoiseMiddleware.add_files_from_finders

    def add_files(self: WhiteNoiseMiddleware) -> None:
        if not found:
            others, self.files = self.files, {}
            find(self)
            found.update(self.files)
            self.files = others
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files)
        yield


@pytest.fixture(scope="module", autouse=True)
def processes_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the processes that a file's tests start an empty database of their own.

    Without DATABASE_URL a hub has one in its data folder.
    """
    if not os.environ.get("DATABASE_URL"):
        yield
        return
    with (
        pytest.MonkeyPatch.context() as patched,
        empty_database(tmp_path_factory.mktemp("database")) as url,
    ):
        patched.setenv("DATABASE_URL", url)
        yield


@pytest.fixture(scope="session", autouse=True)
def connections_closed_with_their_threads() -> Iterator[None]:
    """Close the connection of every thread when it ends; a process ends with its connections."""
    run = Thread.run

    def run_and_close(self: Thread) -> None:
        try:
            run(self)
        finally:
            connections.close_all()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Thread, "run", run_and_close)
        yield


@pytest.fixture(scope="session", autouse=True)
def interrupts_that_end() -> None:
    """Let SIGINT end the processes of tests, also where a shell began them in the background."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hash passwords at Argon2's least cost; the usual one takes a quarter of a second."""
    with pytest.MonkeyPatch.context() as patched:
        for cost, least in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
            patched.setattr(Argon2PasswordHasher, cost, least)
        yield


@cache
def hashed_password() -> str:
    """Hash once for the whole run."""
    return make_password(PASSWORD)


def _account(name: str, **roles: bool) -> Account:
    return Account.objects.create(
        username=name,
        email=f"{name}@example.org",
        first_name=name.capitalize(),
        last_name="Lee",
        password=hashed_password(),
        **roles,
    )


@pytest.fixture
def password() -> str:
    """Everybody's password."""
    return PASSWORD


@pytest.fixture
def organiser(db: None) -> Account:
    """Publishes analyses."""
    return _account("olivia", is_organiser=True)


@pytest.fixture
def participant(db: None) -> Account:
    """Hands in algorithms."""
    return _account("paul")


@pytest.fixture
def outsider(db: None) -> Account:
    """Has an account, and nothing to do with what the others do."""
    return _account("oscar")


@pytest.fixture
def staff(db: None) -> Account:
    """Runs the hub."""
    return _account("stella", is_staff=True)


@pytest.fixture
def as_() -> Callable[[Account | None], Client]:
    """Make a client signed in as an account, or as nobody; it shows 5xx answers as they are."""

    def client_of(account: Account | None) -> Client:
        client = Client(raise_request_exception=False)
        if account is not None:
            client.force_login(account)
        return client

    return client_of


@pytest.fixture(autouse=True)
def hub_data(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give every test files of its own: uploads, the engine's cache, what is served as static."""
    folder = tmp_path_factory.mktemp("hub")
    settings.DATA = folder
    settings.STATIC_ROOT = folder / "static"
    settings.STATIC_ROOT.mkdir()
    settings.MEDIA_ROOT = folder / "files"
    settings.ENGINE_CACHE = folder / "cache"
    files = settings.STORAGES["default"]
    options = {**files["OPTIONS"], "location": settings.MEDIA_ROOT}
    settings.STORAGES = {**settings.STORAGES, "default": {**files, "OPTIONS": options}}
    return folder


@pytest.fixture(autouse=True)
def packages_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read uploads in this process: starting another takes the better part of a second.

    `packages_read_by_a_child` and `algorithms_read_by_a_child` undo it; hubs that are processes of
    their own never have it.
    """
    monkeypatch.setattr(uploads, "inspect_package", read_package)
    monkeypatch.setattr(new_submissions, "inspect_algorithm", read_algorithm)


@pytest.fixture
def packages_read_by_a_child(packages_read_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read uploaded packages as the hub does."""
    monkeypatch.setattr(uploads, "inspect_package", inspect_package)


@pytest.fixture
def algorithms_read_by_a_child(packages_read_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read uploaded algorithms as the hub does."""
    monkeypatch.setattr(new_submissions, "inspect_algorithm", inspect_algorithm)


@pytest.fixture(autouse=True)
def data_prepared_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepare packages' data in this process, for the same reason.

    `data_prepared_by_a_child` undoes it.
    """

    def prepare_here(package: TaskPackage, store: Path) -> None:
        prepare(package, store, wire.write_value)

    monkeypatch.setattr(preparation, "prepare_in_child", prepare_here)


@pytest.fixture
def data_prepared_by_a_child(data_prepared_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepare packages' data as evaluations do."""
    monkeypatch.setattr(preparation, "prepare_in_child", prepare_in_child)


@pytest.fixture(scope="session")
def engine_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of the session's own, but for environments, which take long: those are shared."""
    cache = tmp_path_factory.mktemp("engine")
    environments = EngineSettings.from_environment().cache_dir / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (cache / "environments").symlink_to(environments)
    return cache


@pytest.fixture(scope="session")
def tiny_task() -> bytes:
    """A task package of four files that takes no time: find the azimuth in the first value."""
    return zipped(TINY / "task")


@pytest.fixture(scope="session")
def tiny_algorithm() -> Callable[..., bytes]:
    """Pack an algorithm for it, which answers everything right unless told another text."""

    def make(source: str | None = None, **changed: str) -> bytes:
        if source is not None:
            changed["submission_wrapper__py"] = source
        return zipped(TINY / "algorithm", **changed)

    return make


@pytest.fixture(scope="session")
def script_example() -> tuple[bytes, bytes]:
    """The documented kind of analysis and an algorithm for it, as the examples have them."""
    return zipped(SCRIPT_EXAMPLE / "analysis"), zipped(SCRIPT_EXAMPLE / "algorithm")


@pytest.fixture(scope="session")
def newer_package() -> bytes:
    """The same kind of analysis with something else in it: its next version."""
    return zipped(SCRIPT_EXAMPLE / "analysis", notes__txt="The second version.")
