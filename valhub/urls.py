"""Every route: the documented ones at the root, health, staff's administration, the pages."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from valhub.api.health import livez, readyz

urlpatterns = [
    path("", include("valhub.api.v0.urls")),
    path("livez", livez),
    path("readyz", readyz),
    # Everybody signs in where failures are counted.
    path("admin/login/", RedirectView.as_view(pattern_name="web:sign-in", query_string=True)),
    path("admin/", admin.site.urls),
    path("", include("valhub.web.urls")),
]
