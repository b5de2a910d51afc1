"""Fills the report's templates and writes the page."""

import base64
import hashlib
import json
from collections import Counter
from pathlib import Path

import jinja2
from markupsafe import Markup

from valhub import __version__
from valhub.client.plain_values import plain
from valhub.client.report import sections
from valhub.client.report.how_sure import how_sure_section
from valhub.client.report.sections import SeriesOf
from valhub.client.result_document import Subject, check_writable, write_text
from valhub.evaluation import wording
from valhub.evaluation.results import EvaluationResult, Verdict
from valhub.texts import visible

TEMPLATES = Path(__file__).parent / "templates"


def write_report(
    directory: Path,
    result: EvaluationResult,
    subject: Subject,
    series_of: SeriesOf,
) -> Path:
    """Write `index.html` in a directory, which is made when it is missing.

    Parameters
    ----------
    series_of : callable
        Gives one file's series, or None where they were not kept. Only the worst files' are
        asked for, one at a time.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UnwritableFile
        The directory may not be written.
    """
    page = directory / "index.html"
    check_writable(page, make_folder=True)
    write_text(page, render_report(result, subject, series_of))
    return page


def render_report(
    result: EvaluationResult,
    subject: Subject,
    series_of: SeriesOf,
) -> str:
    """Draw the page as text."""
    column = result.primary_column
    anchors = {one.file_name: f"file-{index}" for index, one in enumerate(result.files, start=1)}
    failures = sections.failures(result.files)
    style, script = _asset("style.css"), _asset("sort.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            policy=_policy(style, script),
            version=__version__,
            subject=subject,
            result=result,
            primary=result.aggregates.get(result.primary_metric),
            scored=sum(one.verdict is Verdict.SCORED for one in result.files),
            verdicts=Counter(one.verdict for one in result.files),
            column=column,
            metric_names=sections.metric_names(result.files, column),
            slices=sections.slice_sections(result, subject, column, anchors),
            worst=sections.worst_files(result, subject, column, anchors, series_of),
            runtimes=sections.runtimes(result.files),
            untimed=sections.untimed(result.files),
            failures=failures[: sections.FAILURES_SHOWN],
            failures_left_off=len(failures[sections.FAILURES_SHOWN :]),
            anchors=anchors,
            how_sure=how_sure_section(),
            returned=None if result.result is None else json.dumps(plain(result.result), indent=2),
        )
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (
        "number",
        "quantity",
        "interval",
        "interval_in_short",
        "remark",
        "memory",
        "duration",
        "percent",
        "count",
    ):
        environment.filters[name] = getattr(wording, name)
    environment.filters["words"] = wording.VERDICT_WORDS.__getitem__
    environment.filters["better"] = wording.BETTER_WORDS.__getitem__
    environment.filters["heading"] = wording.heading
    return environment


def _shown(value: object) -> object:
    """Make visible in strangers' texts what would turn the direction of the page, or hide in it."""
    return visible(value) if type(value) is str else value


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Allow this page's own style and script and nothing else, should an escape ever be missed."""
    digests = (hashlib.sha256(text.encode()).digest() for text in (style, script))
    style_hash, script_hash = (base64.b64encode(digest).decode() for digest in digests)
    return (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; "
        "base-uri 'none'; form-action 'none'"
    )
