"""Numbers, times, verdicts and Markdown, as the templates write them."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from valhub.evaluation import wording
from valhub.evaluation.results import Aggregate, Verdict
from valhub.jobs.models import Submission
from valhub.web.markdown import render_markdown

register = template.Library()

for _name in (
    "number",
    "quantity",
    "interval",
    "percent",
    "duration",
    "memory",
    "count",
    "heading",
):
    register.filter(_name, getattr(wording, _name))


@register.filter
def interval_in_short(number: Aggregate) -> str:
    """Write the interval of a number in a table of many."""
    return wording.interval_in_short(number.low, number.high, number.systems, number.sites)


@register.filter
def verdict(name: str) -> str:
    """Say a verdict in words."""
    return wording.VERDICT_WORDS[Verdict(name)]


@register.filter
def submission_name(submission: Submission) -> str:
    """Call a submission as its author does, or by the beginning of its number."""
    return submission.display_name or f"Submission {str(submission.pk)[:8]}"


@register.filter
def markdown(text: str) -> SafeString:
    """Render an organiser's text."""
    return mark_safe(render_markdown(text))  # noqa: S308 - cleaned there
