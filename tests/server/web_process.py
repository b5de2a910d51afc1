"""One web process, as its test starts it: serves pages, accepts uploads, reports what it loaded."""

import json
import re
import sys
from pathlib import Path

import django

django.setup()

import valhub.urls  # noqa: E402
import valhub.wsgi  # noqa: E402, F401

# The most it has held at once; what the process held that started it does not count.
PEAK = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())

from django.test import Client  # noqa: E402

from valhub.accounts.models import Account  # noqa: E402
from valhub.jobs.models import Submission  # noqa: E402

TEXTS = ("analysis_name", "description", "short_description", "ruleset", "dataset_description")
PAGES = (
    "/livez", "/readyz", "/metrics", "/", "/analyses/1", "/analyses/mine",
    "/analyses/1/manage", "/submissions", "/analysis/home", "/analysis/1", "/account/list",
    "/jobs/1/leaderboard", "/admin/", "/admin/jobs/run/", "/admin/analyses/analysis/",
)  # fmt: skip


def send(client: Client, path: str, archive: Path, field: str, **texts: object) -> int:
    with archive.open("rb") as file:
        return client.post(path, {field: file, **texts}).status_code


def serve(package: Path, algorithm: Path) -> dict[str, int]:
    account = Account.objects.create(username="web", is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME="localhost")
    sign_in = client.get("/sign-in").status_code
    client.force_login(account)
    by = {"user_id": account.pk}
    texts = {**by, **dict.fromkeys(TEXTS, "Tiny")}
    answers = {
        "/sign-in": sign_in,
        "package": send(client, "/analysis/upload", package, "evaluation_script", **texts),
        "algorithm": send(client, "/jobs/analysis/1/submission", algorithm, "algorithm", **by),
    }
    one = Submission.objects.get()
    for page in (*PAGES, f"/submissions/{one.pk}", f"/jobs/{one.pk}"):
        answers[page] = client.get(page).status_code
    return answers


ANSWERS = serve(Path(sys.argv[1]), Path(sys.argv[2]))
MAPPED = re.findall(r"site-packages/(\w+)", Path("/proc/self/maps").read_text())
json.dump(
    {
        "answers": ANSWERS,
        "loaded": sorted(sys.modules),
        "mapped": sorted(set(MAPPED)),
        "started_mib": int(PEAK[1]) / 1024 if PEAK else None,
    },
    sys.stdout,
)
