"""Who may do what: every route, for everybody from a passer-by to the staff, in one table.

Only approved organisers publish here, so that all five differ. Addresses name rows in braces; what
follows an address is the body. A route, or a method of one, that the table lacks fails a test.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account, AuditEntry, Invitation
from valhub.accounts.services.tokens import make_token
from valhub.analyses.models import AnalysisVersion, PublicPart
from valhub.analyses.public_files import PublicFile, StoredCopy
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.publication import withdraw_analysis
from valhub.analyses.services.uploads import store_analysis
from valhub.cloud.storage import store_file
from valhub.jobs.models import (
    Event,
    FileResult,
    Launch,
    Preparation,
    Run,
    Shard,
    Submission,
    Worker,
)
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation
from valhub.leaderboards.models import Board, Entry

ACTIONS = ("publish", "close", "withdraw", "prepare", "reveal")
TABLE = """
method address                                        body         | anonymous outsider participant organiser staff
GET    /                                              -            | 200 200 200 200 200
GET    /analyses/{published}                          -            | 200 200 200 200 200
GET    /analyses/{draft}                              -            | 404 404 404 200 200
GET    /analyses/{published}/compare/{entry}          -            | 200 200 200 200 200
GET    /analyses/{draft}/compare/{entry}              -            | 404 404 404 404 404
GET    /how-sure                                      -            | 200 200 200 200 200
GET    /analyses/mine                                 -            | 302 200 200 200 200
GET    /analyses/{published}/submissions              -            | 302 403 403 200 200
GET    /analyses/{draft}/submissions                  -            | 302 404 404 200 200
GET    /analyses/{published}/files                    -            | 200 200 200 200 200
GET    /analyses/{draft}/files                        -            | 404 404 404 200 200
GET    /analyses/{published}/starter.zip              -            | 200 200 200 200 200
GET    /analyses/{draft}/starter.zip                  -            | 404 404 404 200 200
GET    /analyses/{published}/files/public.csv         -            | 200 200 200 200 200
GET    /analyses/{published}/files/hidden.csv         -            | 404 404 404 404 404
GET    /analyses/{draft}/files/public.csv             -            | 404 404 404 200 200
GET    /analyses/{published}/files/public.csv/truth   -            | 200 200 200 200 200
GET    /analyses/{published}/files/hidden.csv/truth   -            | 404 404 404 404 404
GET    /analyses/{draft}/files/public.csv/truth       -            | 404 404 404 200 200
GET    /analyses/{published}/manage                   -            | 302 403 403 200 200
GET    /analyses/{draft}/manage                       -            | 302 404 404 200 200
POST   /analyses/{draft}/manage                       publish      | 302 404 404 302 302
POST   /analyses/{published}/manage                   publish      | 302 403 403 409 409
POST   /analyses/{published}/manage                   close        | 302 403 403 302 302
POST   /analyses/{published}/manage                   withdraw     | 302 403 403 302 302
POST   /analyses/{published}/manage                   reveal       | 302 403 403 422 422
POST   /analyses/{published}/manage                   prepare      | 302 403 403 409 409
POST   /analyses/{published}/manage                   version      | 302 403 403 302 302
GET    /submissions                                   -            | 302 200 200 200 200
GET    /submissions/{submission}                      -            | 302 404 200 200 200
GET    /sign-in                                       -            | 200 302 302 302 302
POST   /sign-in                                       credentials  | 302 302 302 302 302
GET    /sign-in/institute                             -            | 404 302 302 302 302
GET    /sign-in/institute/callback                    -            | 404 404 404 404 404
GET    /sign-in/institute/link                        -            | 404 404 404 404 404
POST   /sign-in/institute/link                        credentials  | 404 404 404 404 404
GET    /sign-up                                       -            | 200 302 302 302 302
POST   /sign-up                                       person       | 302 302 302 302 302
GET    /confirm-email                                 -            | 403 403 403 403 403
POST   /confirm-email                                 -            | 403 403 403 403 403
GET    /change-password                               -            | 302 200 200 200 200
POST   /change-password                               -            | 302 422 422 422 422
GET    /reset-password                                -            | 403 403 403 403 403
POST   /reset-password                                person       | 403 403 403 403 403
POST   /sign-out                                      -            | 302 302 302 302 302
GET    /livez                                         -            | 200 200 200 200 200
GET    /readyz                                        -            | 200 200 200 200 200
GET    /metrics                                       -            | 401 403 403 403 200
POST   /register                                      person       | 200 200 200 200 200
GET    /login                                         credentials  | 200 200 200 200 200
POST   /login                                         credentials  | 200 200 200 200 200
GET    /account/list                                  -            | 401 200 200 200 200
GET    /account/{participant}/                        -            | 401 404 200 404 200
PUT    /account/{participant}/                        name         | 401 404 200 404 200
PATCH  /account/{participant}/                        name         | 401 404 200 404 200
POST   /account/{participant}/                        name         | 401 404 200 404 200
DELETE /account/{participant}/                        -            | 401 404 403 404 204
DELETE /account/{participant}/                        current      | 401 404 204 404 204
GET    /account/{superuser}/                          -            | 401 404 404 404 200
PATCH  /account/{superuser}/                          name         | 401 404 404 404 403
DELETE /account/{superuser}/                          -            | 401 404 404 404 403
POST   /analysis/upload                               package      | 401 403 403 200 200
POST   /analysis/upload                               for-another  | 401 403 403 403 200
GET    /analysis/home                                 -            | 200 200 200 200 200
GET    /analysis/{published}                          -            | 200 200 200 200 200
GET    /analysis/{draft}                              -            | 404 404 404 200 200
POST   /analysis/{draft}/publish                      -            | 401 404 404 200 200
POST   /analysis/{published}/publish                  -            | 401 403 403 409 409
POST   /analysis/{published}/close                    -            | 401 403 403 200 200
POST   /analysis/{draft}/close                        -            | 401 404 404 409 409
POST   /analysis/{published}/reveal                   -            | 401 403 403 409 409
POST   /analysis/{draft}/reveal                       -            | 401 404 404 409 409
POST   /analysis/{published}/withdraw                 -            | 401 403 403 200 200
POST   /analysis/{draft}/withdraw                     -            | 401 404 404 409 409
POST   /analysis/{published}/prepare                  -            | 401 403 403 409 409
POST   /analysis/{draft}/prepare                      -            | 401 404 404 409 409
POST   /analysis/{published}/version                  version      | 401 403 403 200 200
POST   /analysis/{draft}/version                      version      | 401 404 404 200 200
POST   /jobs/analysis/{published}/submission          algorithm    | 401 200 200 200 200
POST   /jobs/analysis/{published}/submission          for-another  | 401 403 200 403 200
POST   /jobs/analysis/{draft}/submission              algorithm    | 401 404 404 409 409
GET    /jobs/user_submission/{participant}            -            | 401 403 200 200 200
GET    /jobs/user_submission/{outsider}               -            | 401 200 403 403 200
GET    /jobs/analysis/{published}/user_submission/{participant} -  | 401 403 200 200 200
GET    /jobs/analysis/{draft}/user_submission/{participant}     -  | 401 404 404 403 200
GET    /jobs/{submission}                             -            | 401 404 200 200 200
GET    /jobs/{published}/leaderboard                  -            | 200 200 200 200 200
GET    /jobs/{draft}/leaderboard                      -            | 404 404 404 200 200
GET    /files/evaluation_scripts/{package}            -            | 401 404 404 200 200
GET    /files/submission_files/submission_{submission}.zip      -  | 401 404 200 404 200
GET    /api/v1/                                       -            | 302 302 302 302 302
GET    /api/v1/openapi.json                           -            | 200 200 200 200 200
GET    /api/v1/docs                                   -            | 200 200 200 200 200
GET    /api/v1/accounts/me                            -            | 401 200 200 200 200
GET    /api/v1/tokens                                 -            | 401 200 200 200 200
POST   /api/v1/tokens                                 token        | 401 201 201 201 201
DELETE /api/v1/tokens/{token}                         -            | 401 404 204 404 404
GET    /api/v1/analyses                               -            | 200 200 200 200 200
GET    /api/v1/analyses/{published}                   -            | 200 200 200 200 200
GET    /api/v1/analyses/{draft}                       -            | 404 404 404 200 200
GET    /api/v1/analyses/{published}/versions          -            | 200 200 200 200 200
GET    /api/v1/analyses/{draft}/versions              -            | 404 404 404 200 200
POST   /api/v1/analyses                               new          | 401 403 403 201 201
PATCH  /api/v1/analyses/{published}                   texts        | 401 403 403 200 200
PATCH  /api/v1/analyses/{draft}                       texts        | 401 404 404 200 200
POST   /api/v1/analyses/{published}/versions          newer        | 401 403 403 201 201
POST   /api/v1/analyses/{draft}/versions              newer        | 401 404 404 201 201
GET    /api/v1/analyses/{published}/versions/1        -            | 200 200 200 200 200
GET    /api/v1/analyses/{draft}/versions/1            -            | 404 404 404 200 200
POST   /api/v1/analyses/{draft}/publish               -            | 401 404 404 200 200
POST   /api/v1/analyses/{published}/publish           -            | 401 403 403 409 409
POST   /api/v1/analyses/{published}/close             -            | 401 403 403 200 200
POST   /api/v1/analyses/{draft}/close                 -            | 401 404 404 409 409
POST   /api/v1/analyses/{published}/withdraw          -            | 401 403 403 200 200
POST   /api/v1/analyses/{draft}/withdraw              -            | 401 404 404 409 409
POST   /api/v1/analyses/{published}/reveal            -            | 401 403 403 409 409
POST   /api/v1/analyses/{draft}/reveal                -            | 401 404 404 409 409
GET    /api/v1/analyses/{published}/contract                -            | 200 200 200 200 200
GET    /api/v1/analyses/{draft}/contract                    -            | 404 404 404 200 200
GET    /api/v1/analyses/{published}/files                   -            | 200 200 200 200 200
GET    /api/v1/analyses/{draft}/files                       -            | 404 404 404 200 200
GET    /api/v1/analyses/{published}/starter.zip             -            | 200 200 200 200 200
GET    /api/v1/analyses/{draft}/starter.zip                 -            | 404 404 404 200 200
GET    /api/v1/analyses/{published}/files/public.csv  -            | 200 200 200 200 200
GET    /api/v1/analyses/{published}/files/hidden.csv  -            | 404 404 404 404 404
GET    /api/v1/analyses/{draft}/files/public.csv      -            | 404 404 404 200 200
GET    /api/v1/analyses/{published}/files/public.csv/truth -  | 200 200 200 200 200
GET    /api/v1/analyses/{published}/files/hidden.csv/truth -  | 404 404 404 404 404
GET    /api/v1/analyses/{draft}/files/public.csv/truth -  | 404 404 404 200 200
GET    /api/v1/analyses/{published}/leaderboard       -            | 200 200 200 200 200
GET    /api/v1/analyses/{draft}/leaderboard           -            | 404 404 404 200 200
GET    /api/v1/analyses/{published}/submissions       -            | 401 200 200 200 200
GET    /api/v1/analyses/{draft}/submissions           -            | 401 404 404 200 200
POST   /api/v1/analyses/{published}/submissions       archive      | 401 201 201 201 201
POST   /api/v1/analyses/{draft}/submissions           archive      | 401 404 404 409 409
GET    /api/v1/submissions                            -            | 401 200 200 200 200
GET    /api/v1/submissions/{submission}               -            | 401 404 200 200 200
PATCH  /api/v1/submissions/{submission}               rename       | 401 404 200 404 200
POST   /api/v1/submissions/{submission}/cancel        -            | 401 404 200 404 200
POST   /api/v1/submissions/{submission}/rerun         -            | 401 404 409 404 409
GET    /api/v1/submissions/{submission}/files         -            | 401 404 200 200 200
GET    /api/v1/submissions/{submission}/events        -            | 401 404 200 200 200
GET    /api/v1/submissions/{submission}/algorithm     -            | 401 404 200 404 200
GET    /admin/                                        -            | 302 302 302 302 200
POST   /admin/                                        -            | 302 302 302 302 200
GET    /admin/login/                                  -            | 302 403 403 403 403
POST   /admin/login/                                  -            | 302 403 403 403 403
GET    /admin/password_change/                        -            | 302 302 302 302 302
POST   /admin/password_change/                        -            | 302 302 302 302 302
"""  # noqa: E501 - a table is read across
# The same for each kind of row that staff see in the administration, after its own address.
ADMINISTRATION = """
method address              | anonymous outsider participant organiser staff
GET                         | 302 302 302 302 200
GET    {row}/               | 302 302 302 302 302
GET    {row}/change/        | 302 302 302 302 200
GET    {row}/history/       | 302 302 302 302 200
GET    {row}/delete/        | 302 302 302 302 403
POST   {row}/delete/        | 302 302 302 302 403
GET    add/                 | 302 302 302 302 403
POST   add/                 | 302 302 302 302 403
"""
# Staff invite and revoke; here without a value in the form, and without confirming the deletion.
INVITING = ADMINISTRATION.replace("302 403", "302 200")
CAST = ("anonymous", "outsider", "participant", "organiser", "staff")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TEXTS = ("description", "short_description", "ruleset", "dataset_description")
JSON = "application/json"

As = Callable[[Account | None], Client]
Row = tuple[str, str, str, list[int]]
People = Mapping[str, Account | None]


def rows_of(table: str) -> list[Row]:
    lines = [line.partition("|") for line in table.strip().splitlines()[1:]]
    asked = [[*left.split(), "", ""][:3] for left, _, _ in lines]
    statuses = [[int(status) for status in right.split()] for _, _, right in lines]
    return [(*words, found) for words, found in zip(asked, statuses, strict=True)]  # type: ignore[misc]


ROWS = rows_of(TABLE)


@pytest.fixture
def people(
    outsider: Account, participant: Account, organiser: Account, staff: Account
) -> Mapping[str, Account | None]:
    members = (None, outsider, participant, organiser, staff)
    return dict(zip(CAST, members, strict=True))


def stored(organiser: Account, name: str, package: bytes) -> AnalysisVersion:
    version = store_analysis(
        creator=organiser,
        fields=AnalysisFields(analysis_name=name),
        upload=SimpleUploadedFile("package.zip", package),
    )
    request_preparation(version)
    return version


def offer_files(version: AnalysisVersion) -> None:
    """Store a public file, as a worker does."""
    data, truth, archive = (
        StoredCopy(store_file(f"public_files/{version.pk}-{name}", ContentFile(b"1")), name, 1, "a")
        for name in ("public.csv", "truth.csv", "all.zip")
    )
    files = [PublicFile("public.csv", {}, data, truth).document()]
    PublicPart.objects.create(version=version, archive=archive.key, archive_size=1, files=files)


def entry_of(submission: Submission) -> Entry:
    """Give a submission a place on its board."""
    run = submission.runs.get()
    return Entry.objects.create(
        board=Board.objects.create(version=run.version, entries_count=1),
        account=submission.created_by,
        submission_id=submission.pk,
        run_id=run.pk,
        coverage=1.0,
    )


@pytest.fixture
def named(
    people: People, script_example: tuple[bytes, bytes], settings: Settings
) -> Mapping[str, str]:
    """What the names in addresses stand for: rows that really are there."""
    settings.EVERYONE_MAY_PUBLISH = False
    organiser, participant = people["organiser"], people["participant"]
    assert organiser is not None
    assert participant is not None
    package, algorithm = script_example
    published, draft = (stored(organiser, name, package) for name in ("Published", "Draft"))
    upload = SimpleUploadedFile("algorithm.zip", algorithm)
    submission = submit_algorithm(analysis=published.analysis, account=participant, upload=upload)
    for version in (published, draft):
        offer_files(version)
    withdraw_analysis(draft.analysis)
    superuser = Account.objects.create_superuser("sue", "sue@example.org", "x")
    return {
        "published": str(published.analysis_id),
        "draft": str(draft.analysis_id),
        "package": published.archive.rpartition("/")[2],
        "submission": str(submission.pk),
        "entry": str(entry_of(submission).pk),
        "token": str(make_token(participant, name="laptop", scopes=())[0].pk),
        "superuser": str(superuser.pk),
        **{name: str(one.pk) for name, one in people.items() if one is not None},
    }


@pytest.fixture
def bodies(
    named: Mapping[str, str],
    script_example: tuple[bytes, bytes],
    newer_package: bytes,
    password: str,
) -> Callable[[str, Account | None], dict[str, object]]:
    """Make the fields that a body of the table holds, when somebody sends it."""
    texts = dict.fromkeys(TEXTS, "")
    person: dict[str, object] = {
        "username": "newcomer",
        "email": "new@example.org",
        "password": password,
    }

    def fields_of(body: str, sender: Account | None) -> dict[str, object]:
        own = str(sender.pk) if sender else named["participant"]
        package, algorithm = (io.BytesIO(archive) for archive in script_example)
        files = {"evaluation_script": package, "algorithm": algorithm, **texts}
        upload = {"analysis_name": "Another", **files}
        every: dict[str, dict[str, object]] = {
            "-": {},
            "person": person,
            "credentials": {"username": "paul", "password": password},
            "name": {"lastName": "Lie"},
            "current": {"currentPassword": password},
            "token": {"name": "laptop"},
            "rename": {"display_name": "Another"},
            "new": {"name": "Another", "package": io.BytesIO(script_example[0])},
            "newer": {"package": io.BytesIO(newer_package)},
            "texts": {"name": "Renamed"},
            "archive": {"algorithm": io.BytesIO(script_example[1])},
            "version": {"action": "version", "evaluation_script": io.BytesIO(newer_package)},
            **{action: {"action": action} for action in ACTIONS},
            "package": {**upload, "user_id": own},
            "algorithm": {**upload, "user_id": own},
            "for-another": {**upload, "user_id": named["participant"]},
        }
        return every[body]

    return fields_of


def send(client: Client, method: str, address: str, fields: Mapping[str, object]) -> int:
    asked = getattr(client, method.lower())
    is_json = method in ("PUT", "PATCH", "DELETE") or address == "/api/v1/tokens"
    taken = {"content_type": JSON} if is_json and method != "GET" else {}
    answer = asked(address, fields, **taken)
    answer.getvalue()  # to its end, where files are closed
    status: int = answer.status_code
    return status


def undone(act: Callable[[], int]) -> int:
    """Do something in the database, and take it back."""
    with transaction.atomic():
        result = act()
        transaction.set_rollback(True)
    return result


# Staff are refused least, so that theirs are the requests that show whether a database answers all.
ON_DATABASES = {"staff": pytest.mark.databases}


@pytest.mark.parametrize(
    ("column", "name"),
    [pytest.param(*one, id=one[1], marks=ON_DATABASES.get(one[1], ())) for one in enumerate(CAST)],
)
def test_everybody_may_do_what_the_table_says(
    column: int,
    name: str,
    people: People,
    named: Mapping[str, str],
    bodies: Callable[[str, Account | None], dict[str, object]],
    as_: As,
) -> None:
    who = people[name]
    signed_in = as_(who)
    found, expected = {}, {}
    for method, address, body, statuses in ROWS:
        asked = " ".join((method, address, body))
        expected[asked] = statuses[column]
        found[asked] = undone(
            lambda m=method, a=address, b=body: send(  # type: ignore[misc]
                _same_visitor(signed_in), m, a.format(**named), bodies(b, who)
            )
        )
    assert found == expected


def _same_visitor(client: Client) -> Client:
    """Make a client with another's cookies: signing in takes as long as many requests."""
    other = Client(raise_request_exception=False)
    other.cookies = deepcopy(client.cookies)
    return other


def test_the_table_has_every_method_that_a_route_takes(
    named: Mapping[str, str], staff: Account, as_: As
) -> None:
    client = as_(staff)
    addresses = [address.format(**named) for _, address, *_ in ROWS]
    routes = {resolve(address).route: address for address in addresses}
    listed = {(resolve(one[1].format(**named)).route, one[0]) for one in ROWS}
    for route, address in routes.items():
        for method in METHODS:
            taken = undone(lambda m=method, a=address: send(client, m, a, {})) != 405  # type: ignore[misc]
            # The administration is Django's own, and asks who it is before anything else.
            assert taken == ((route, method) in listed) or route.startswith("admin/"), route


def routes_below(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield address
        else:
            yield from routes_below(one, address)


def test_the_table_has_every_route(named: Mapping[str, str]) -> None:
    listed = {resolve(address.format(**named)).route for _, address, *_ in ROWS}
    routes = {one for one in routes_below(get_resolver()) if not one.startswith("admin/")}
    assert routes <= listed
    assert listed - routes == {"admin/", "admin/login/", "admin/password_change/"}


def administered() -> list[type[models.Model]]:
    """Every kind of row in the administration but groups, which only superusers see."""
    return [kind for kind in admin.site._registry if kind is not Group]


@pytest.fixture
def row_of(named: Mapping[str, str], people: People) -> Callable[[type[models.Model]], str]:
    """Find a row of a kind, by its key."""
    run = Run.objects.get()
    file = run.version.files.get()
    Shard.objects.get_or_create(run=run, ordinal=0)
    FileResult.objects.create(run=run, file=file, verdict="scored")
    Worker.objects.create(name="host-7")
    Launch.objects.create(analysis=run.version.analysis, slot=0)
    AuditEntry.objects.create(act="reset", subject="paul")
    Invitation.objects.create(email="new@example.org", expires_at=timezone.now())
    rows = {
        Account: named["participant"],
        Submission: named["submission"],
        Event: str(Event.objects.all()[0].pk),
        Preparation: str(Preparation.objects.all()[0].pk),
    }
    return lambda kind: rows.get(kind) or str(kind._default_manager.all()[0].pk)


@pytest.mark.parametrize("kind", administered(), ids=lambda kind: kind.__name__)
def test_the_administration_is_for_staff_alone(
    kind: type[models.Model],
    people: People,
    row_of: Callable[[type[models.Model]], str],
    as_: As,
) -> None:
    start = f"/admin/{kind._meta.app_label}/{kind._meta.model_name}/"
    table = INVITING if kind is Invitation else ADMINISTRATION
    for method, address, _, expected in rows_of(table):
        path = start + address.format(row=row_of(kind))
        found = [send(as_(who), method, path, {}) for who in people.values()]
        assert found == expected, f"{method} {path}"


def test_no_address_of_the_administration_is_open_to_others(people: People, as_: As) -> None:
    clients = {name: as_(who) for name, who in people.items() if name != "staff"}
    addresses = [one for one in routes_below(get_resolver()) if one.startswith("admin/")]
    for route in addresses:
        address = "/" + re.sub(r"\^|\$|\(\?P<app_label>([a-z]+).*\)|<.*?>|\(.*\)", r"\g<1>1", route)
        for name, client in clients.items():
            assert client.get(address).status_code in (302, 403, 404), (name, address)
