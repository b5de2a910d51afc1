"""Settings: each one is documented, and a wrong one stops the start with its name and a fix."""

import ast
import inspect
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import global_settings

from valhub.evaluation.settings import Settings as EngineSettings

ROOT = Path(__file__).parents[1]
SOURCE = (ROOT / "valhub/settings.py").read_text()
DJANGO = {"DJANGO_SETTINGS_MODULE": "valhub.settings"}
READERS = "_text|_exact|_number|_number_or_forever|_flag|_list_of|_choice"
READ = re.findall(rf'(?:{READERS})\(\s*"(\w+)"', SOURCE)
PAGE = (ROOT / "docs/administrators.md").read_text()
DOCUMENTED = re.findall(
    r"^\| `(\w+)` \|", PAGE.partition("## Settings of the hub")[2].partition("\n## ")[0], re.M
)
ENGINE_SECTION = PAGE.partition("## Settings\n")[2].partition("\n## ")[0]
# Read by the libraries that they are named for, and by Django's commands.
LIBRARIES = {"WHITENOISE_USE_FINDERS", "ROOT_URLCONF"}


def start(
    folder: Path, code: str = "import valhub.settings", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **DJANGO, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_setting_is_documented_and_no_other() -> None:
    assert READ
    assert sorted(DOCUMENTED) == sorted(set(READ))


def test_every_setting_of_the_engine_is_documented_and_no_other() -> None:
    read = re.findall(r"VALHUB_\w+", inspect.getsource(EngineSettings.from_environment))
    assert set(re.findall(r"`(VALHUB_\w+)`", ENGINE_SECTION)) == set(read)


# name, how it is written, and a default that is written so.
TABLE = re.findall(
    r"^\| `(\w+)` \|[^|\n]+\| (count|days|milliseconds|seconds|bytes|memory) \| (?:`(\w+)`)?",
    PAGE,
    re.M,
)


def test_every_number_is_written_as_the_documents_say() -> None:
    kinds = re.findall(r'_number(?:_or_forever)?\(\s*"(\w+)"[^\n]*, ([A-Z]+)\)', SOURCE)
    assert len(kinds) == len(re.findall(r'_number(?:_or_forever)?\(\s*"', SOURCE))
    assert dict(kinds) == {name: kind.upper() for name, kind, _ in TABLE}


def test_every_number_has_the_default_that_the_documents_say(tmp_path: Path) -> None:
    documented = {name: (kind.upper(), text) for name, kind, text in TABLE if text}
    done = start(tmp_path, code=DEFAULTS.format(documented))
    assert len(documented) > 15
    assert done.stdout == "", done.stderr
    assert done.returncode == 0, done.stderr


DEFAULTS = """
from valhub import settings
from valhub.evaluation import setting_values

for name, (kind, text) in {}.items():
    default = getattr(settings, name.removeprefix("VALHUB_"))
    if getattr(setting_values, kind).read(name, text) != default:
        print(name, text, default)
"""


def test_every_setting_has_a_reader() -> None:
    names = {
        target.id
        for node in ast.parse(SOURCE).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper() and len(target.id) > 1
    }
    ours = names - set(dir(global_settings)) - LIBRARIES
    modules = [path for path in (ROOT / "valhub").rglob("*.py") if path.name != "settings.py"]
    read = set(re.findall(r"\bsettings\.([A-Z_]+)", " ".join(map(Path.read_text, modules))))
    within = {name for name in ours if len(re.findall(rf"\b{name}\b", SOURCE)) > 1}
    assert "LEASE_S" in ours
    assert ours - read - within == set()


def test_no_setting_is_needed_to_start(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("VALHUB_LEASES_S", 'Did you mean "VALHUB_LEASE_S"?'),
        ("VALHUB_SANDBOX", "Correct or remove it."),
        ("VALHUB_quota_total", "Correct or remove it."),
        ("VALHUB_", "Correct or remove it."),
    ],
)
def test_a_name_that_nothing_reads_is_refused(tmp_path: Path, name: str, said: str) -> None:
    stderr = start(tmp_path, **{name: "secret-value"}).stderr
    assert f"{name} is not a setting." in stderr
    assert said in stderr
    assert "secret-value" not in stderr


def test_names_of_others_and_of_the_hubs_own_processes_are_not(tmp_path: Path) -> None:
    own = {"VALHUB_PARENT": str(os.getpid()), "VALHUBX": "1", "MY_VALHUB_X": "1"}
    own |= {"VALHUB_HUB": "https://hub.example", "VALHUB_TOKEN": "vh_x"}  # the command reads them
    assert start(tmp_path, **own).returncode == 0


def test_reading_the_settings_writes_nothing(tmp_path: Path) -> None:
    start(tmp_path, code="import valhub.wsgi, valhub.urls").check_returncode()
    assert list(tmp_path.iterdir()) == []


SHOW_KEY = "from django.conf import settings; print(settings.SECRET_KEY, end='')"


def test_the_secret_key_is_made_at_its_first_use(tmp_path: Path) -> None:
    shown = start(tmp_path, code=SHOW_KEY).stdout
    kept = tmp_path / "valhub-data/secret-key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(shown) >= 50
    assert kept.read_text() == shown == start(tmp_path, code=SHOW_KEY).stdout


def test_processes_that_start_at_once_agree_on_the_secret_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        shown = set(pool.map(lambda _: start(tmp_path, code=SHOW_KEY).stdout, range(4)))
    assert shown == {(tmp_path / "valhub-data/secret-key").read_text()}
    assert [path.name for path in (tmp_path / "valhub-data").iterdir()] == ["secret-key"]


def test_a_given_secret_key_is_kept_nowhere(tmp_path: Path) -> None:
    assert start(tmp_path, code=SHOW_KEY, VALHUB_SECRET_KEY="given").stdout == "given"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VALHUB_LEASE_S", "0"),
        ("VALHUB_QUOTA_TOTAL", "many"),
        ("VALHUB_HTTPS", "true"),
        ("VALHUB_ORGANISERS", "nobody"),
        ("VALHUB_REGISTRATION", "yes"),
        ("VALHUB_URL", "hub.example"),
        ("VALHUB_PROXY_USER_HEADER", "REMOTE_USER"),
        ("VALHUB_OIDC_ISSUER", "login.example"),
        ("VALHUB_OIDC_ISSUER", "http://login.example"),
        ("VALHUB_OIDC_ISSUER", "https://login.example/?realm=lab"),
        ("VALHUB_PROXY_EMAIL_HEADER", "Cookie"),
        ("VALHUB_TRUSTED_PROXIES", "proxy.example"),
        ("VALHUB_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("VALHUB_TRUSTED_PROXIES", "::/0"),
        ("VALHUB_URL", "https://hub.example/"),
        ("VALHUB_URL", "https://hub.example:65536"),
        ("VALHUB_LOG", "xml"),
        ("VALHUB_KEEP_LOGS_DAYS", "never"),
        ("VALHUB_KEEP_AUDIT_DAYS", "0"),
        ("VALHUB_HOSTS", "https://hub.example"),
        ("VALHUB_HOSTS", "hub.example:8080"),
        ("VALHUB_HOSTS", "::1"),
        ("VALHUB_TRUSTED_ORIGINS", "lab.example"),
        ("VALHUB_TRUSTED_ORIGINS", "https://lab.example/"),
        ("VALHUB_MAX_TIMEOUT_S", "nan"),
        ("VALHUB_MAX_MEMORY_BYTES", "inf"),
        ("VALHUB_CACHE_BYTES", "-1"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(
    tmp_path: Path, name: str, value: str
) -> None:
    done = start(tmp_path, **{name: value, "VALHUB_DATA": str(tmp_path)})
    assert done.returncode != 0
    assert f"{name} is '{value}'; set it to" in done.stderr


@pytest.mark.parametrize(
    "given",
    [
        {"VALHUB_PROXY_USER_HEADER": "X-Remote-User"},
        {"VALHUB_TRUSTED_PROXIES": "127.0.0.1"},
        {"VALHUB_PROXY_EMAIL_HEADER": "X-Remote-Email"},
    ],
)
def test_a_header_is_trusted_only_from_addresses_that_are_named(
    tmp_path: Path, given: dict[str, str]
) -> None:
    done = start(tmp_path, **given)
    assert done.returncode != 0
    assert "set them together, or none of them" in done.stderr


OIDC = {
    "VALHUB_OIDC_ISSUER": "https://login.example/realms/lab",
    "VALHUB_OIDC_CLIENT_ID": "valhub",
    "VALHUB_OIDC_CLIENT_SECRET": "secret-value",
}


@pytest.mark.parametrize("missing", [*OIDC])
def test_the_institutes_server_needs_all_of_its_settings(tmp_path: Path, missing: str) -> None:
    done = start(tmp_path, **{**OIDC, missing: ""})
    assert done.returncode != 0
    assert "set them together, or none of them" in done.stderr
    assert "secret-value" not in done.stderr


def test_one_way_says_who_signs_people_in(tmp_path: Path) -> None:
    assert start(tmp_path, "from valhub import settings; print(settings.OIDC)", **OIDC).stdout == (
        "Client(issuer='https://login.example/realms/lab', client_id='valhub', "
        "name='your institute')\n"
    )
    proxy = {"VALHUB_PROXY_USER_HEADER": "X-User", "VALHUB_TRUSTED_PROXIES": "127.0.0.1"}
    assert "set one." in start(tmp_path, **OIDC, **proxy).stderr
    long = start(tmp_path, **OIDC, VALHUB_OIDC_NAME="Lab " * 20).stderr
    assert "VALHUB_OIDC_NAME is 'Lab Lab" in long


def test_addresses_are_confirmed_only_by_a_hub_that_sends_mails(tmp_path: Path) -> None:
    given = {"VALHUB_CONFIRM_EMAIL": "yes"}
    assert "set it to no, or set VALHUB_EMAIL_URL" in start(tmp_path, **given).stderr
    given["VALHUB_EMAIL_URL"] = "smtp://u:secret-value@mail.example?from=hub@example.org"
    assert start(tmp_path, **given).returncode == 0
    given["VALHUB_EMAIL_URL"] = "smtp://u:secret-value@mail.example"
    refused = start(tmp_path, **given)
    assert refused.returncode != 0
    assert "VALHUB_EMAIL_URL names no from." in refused.stderr
    assert "secret-value" not in refused.stderr


SHOW_KEPT = """
from valhub import settings

print(settings.KEEP_AUDIT_DAYS, settings.KEEP_LOGS_DAYS)
"""


@pytest.mark.parametrize(
    ("audit", "logs", "kept"),
    [("", "", "730 180"), ("forever", " Forever ", "None None"), ("30", "forever", "30 None")],
)
def test_what_is_kept_for_some_time_can_be_kept_for_ever(
    tmp_path: Path, audit: str, logs: str, kept: str
) -> None:
    given = {"VALHUB_KEEP_AUDIT_DAYS": audit, "VALHUB_KEEP_LOGS_DAYS": logs}
    assert start(tmp_path, SHOW_KEPT, **given).stdout.strip() == kept


# Read by the engine and by the hub: a machine has one environment.
ALIKE = """
import os
from valhub import settings
from valhub.evaluation.settings import Settings

engine = Settings.from_environment()
print(settings.MAX_TIMEOUT_S == engine.max_timeout_s,
      settings.MAX_MEMORY_BYTES == engine.max_memory_bytes,
      settings.ENGINE_CACHE == engine.cache_dir or "VALHUB_CACHE" not in os.environ)
"""


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"VALHUB_MAX_TIMEOUT_S": "0.5", "VALHUB_MAX_MEMORY_BYTES": "2GiB"},
        {"VALHUB_MAX_TIMEOUT_S": "1e3", "VALHUB_MAX_MEMORY_BYTES": " 1073741824 "},
        {"VALHUB_MAX_TIMEOUT_S": " ", "VALHUB_MAX_MEMORY_BYTES": "", "VALHUB_CACHE": " ~/cache "},
    ],
)
def test_engine_and_hub_read_their_settings_alike(tmp_path: Path, given: dict[str, str]) -> None:
    environment = {"HOME": str(tmp_path), "VALHUB_DATA": str(tmp_path), **given}
    done = start(tmp_path, code=ALIKE, **environment)
    assert done.stdout.split() == ["True"] * 3, done.stderr
