"""The page that explains how sure a score is; every board and report links to it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from valhub.evaluation.how_sure import how_sure
from valhub.web.page import page


@page
@require_safe
def how_sure_page(request: HttpRequest) -> HttpResponse:
    """Show the page, without its title, which is the page's own."""
    title, _, text = how_sure().partition("\n")
    return render(request, "web/how_sure.html", {"title": title.lstrip("# "), "text": text})
