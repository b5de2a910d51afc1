"""Every route: the documented ones at the root, health, metrics, the administration, the pages."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from valhub.accounts.admin import sign_in_to_admin
from valhub.api.health import livez, readyz
from valhub.api.metrics import metrics
from valhub.api.v1.api import api
from valhub.api.v1.routes import patterns_of

urlpatterns = [
    path("", include("valhub.api.v0.urls")),
    path("api/v1/", patterns_of(api)),
    path("livez", livez),
    path("readyz", readyz),
    path("metrics", metrics),
    path("admin/login/", sign_in_to_admin),
    path("admin/password_change/", RedirectView.as_view(pattern_name="web:change-password")),
    path("admin/", admin.site.urls),
    path("", include("valhub.web.urls")),
]
