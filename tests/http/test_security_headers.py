from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account
from valhub.http.security_headers import PAGE_POLICY

As = Callable[[Account | None], Client]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing-here", "/static/web/style.css"])
@pytest.mark.django_db
def test_pages_may_load_a_style_sheet_and_nothing_else(as_: As, path: str) -> None:
    response = as_(None).get(path)
    response.close()
    assert response["Content-Security-Policy"] == PAGE_POLICY
    assert "script" not in PAGE_POLICY
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/sign-in"])
@pytest.mark.django_db
def test_pages_hold_neither_script_nor_inline_style(as_: As, path: str) -> None:
    page = as_(None).get(path).content.decode()
    assert "<script" not in page
    assert "style=" not in page
    assert "http://" not in page.replace("http://testserver", "")


def test_administration_may_run_its_own_scripts(as_: As, staff: Account) -> None:
    policy = as_(staff).get("/admin/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
