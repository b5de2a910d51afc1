"""What an analysis asks of algorithms: what they are called with, what they answer, how it counts.

It is all that somebody needs in order to write one, with an example to copy.
"""

from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Query, Schema

from valhub.analyses.models import Analysis, AnalysisVersion, PackageKind
from valhub.analyses.selectors.contracts import contract_of, limits_of, parts_of
from valhub.analyses.selectors.environments import environment_of, packages_until
from valhub.analyses.selectors.listing import find_analysis, find_version
from valhub.api.v1.callers import Anybody, viewer_of
from valhub.api.v1.columns import ColumnOut, column_out
from valhub.api.v1.routes import Routes
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.task_contract import TaskContract
from valhub.leaderboards.columns import visible_columns

routes = Routes(tags=["analyses"])


class VersionQuery(Schema):
    """Which version of an analysis."""

    version: Annotated[int | None, Field(ge=1, description="The current one if none.")] = None


class ArgumentOut(Schema):
    """An argument besides the data."""

    name: str
    unit: str = Field(description="Empty where the format of packages knows none.")
    source: Literal["data", "metadata", "sidecar"]


class AnswerOut(Schema):
    """What the function returns."""

    kind: Literal["time_series", "scalar"]
    references: list[str] = Field(description="It is compared with these; scalars in this order.")
    alignment: Literal["date", "timestamp"] | None = Field(
        description="How a series is aligned; null for scalars."
    )
    fill_missing: float | None = Field(
        description="Stands for a missing value; if null, a missing value makes it invalid."
    )


class CallOut(Schema):
    """How the function is called, and what it returns."""

    data_columns: list[str] = Field(description="The first is the data; none: all of its columns.")
    arguments: list[ArgumentOut]
    by_position: bool = Field(description="Whether names of parameters do not matter.")
    answer: AnswerOut


class LimitsOut(Schema):
    """What one file may take."""

    timeout_s: float
    memory_bytes: int
    output_bytes: int


class FileMetricOut(Schema):
    """A number for each file."""

    name: str
    unit: str


class PartOut(Schema):
    """A part of the files, and what its author sees of a submission on it."""

    part: Part
    files: int | None = Field(description="How many; null while that is secret.")
    shown: str


class QuotaRulesOut(Schema):
    """How many runs an account may start; an analysis shows what is left of them."""

    per_day: int
    in_all: int
    at_once: int
    in_vain_per_day: int
    archive_bytes: int = Field(description="How large a submitted .zip may be.")


class EnvironmentOut(Schema):
    """What algorithms are installed with."""

    python: str | None = Field(description="If an algorithm names none; null: the worker's own.")
    packages: list[str] = Field(description="Requirements that need not be named.")
    packages_until: str = Field(description="Packages uploaded later do not count.")


class ContractOut(Schema):
    """What a version of an analysis asks of algorithms."""

    version: int
    kind: PackageKind
    function: str | None = Field(description="Null for a script package, which calls `predict`.")
    call: CallOut | None = Field(
        description="Null for a script package, and for a version from before hubs recorded it."
    )
    limits: LimitsOut | None = Field(description="Of each file; null as `call` is.")
    metrics: list[ColumnOut] = Field(description="Of the leaderboard, the one that ranks first.")
    file_metrics: list[FileMetricOut]
    parts: list[PartOut]
    quota: QuotaRulesOut
    environment: EnvironmentOut
    example: str | None = Field(description="A file submission_wrapper.py to begin from.")


@routes.get("/analyses/{int:analysis_id}/contract", response=ContractOut, auth=Anybody)
def contract(request: HttpRequest, analysis_id: int, asked: Query[VersionQuery]) -> ContractOut:
    """Show what an analysis asks of algorithms."""
    analysis = find_analysis(analysis_id, visible_to=viewer_of(request))
    version = asked_version(analysis, asked.version)
    found = contract_of(version)
    return ContractOut(
        version=version.number,
        kind=PackageKind(version.kind),
        function=version.function_name or None,
        call=_call(found) if found else None,
        limits=LimitsOut.from_orm(limits_of(found)) if found else None,
        metrics=[column_out(one) for one in visible_columns(version)],
        file_metrics=[FileMetricOut(**one) for one in version.file_columns],
        parts=[PartOut.from_orm(one) for one in parts_of(version)],
        quota=_quota(),
        environment=_environment(version),
        example=found.example(version.function_name) if found else None,
    )


def asked_version(analysis: Analysis, number: int | None) -> AnalysisVersion:
    """Find the version that was asked for, or the current one; raises `NoSuchVersion`."""
    if number is not None:
        return find_version(analysis, number)
    version = analysis.current_version
    assert version is not None  # noqa: S101 - the selectors give no other
    return version


def _call(found: TaskContract) -> CallOut:
    arguments = [ArgumentOut.from_orm(one) for one in found.arguments]
    answer = AnswerOut(
        kind=found.answer,  # type: ignore[arg-type]  # checked when the package was read
        references=list(found.references),
        alignment=found.alignment,  # type: ignore[arg-type]
        fill_missing=found.fill_missing,
    )
    return CallOut(
        data_columns=list(found.data_columns),
        arguments=arguments,
        by_position=found.by_position,
        answer=answer,
    )


def _quota() -> QuotaRulesOut:
    return QuotaRulesOut(
        per_day=settings.QUOTA_PER_DAY,
        in_all=settings.QUOTA_TOTAL,
        at_once=settings.QUOTA_RUNNING,
        in_vain_per_day=settings.QUOTA_IN_VAIN,
        archive_bytes=settings.MAX_ALGORITHM_BYTES,
    )


def _environment(version: AnalysisVersion) -> EnvironmentOut:
    declared = environment_of(version)
    return EnvironmentOut(
        python=declared.python if declared else None,
        packages=list(declared.provided) if declared else [],
        packages_until=packages_until(version),
    )
