"""Every route: the documented ones at the root, health, staff's administration, the pages."""

from django.contrib import admin
from django.urls import include, path

from valhub.api.health import livez, readyz

urlpatterns = [
    path("", include("valhub.api.v0.urls")),
    path("livez", livez),
    path("readyz", readyz),
    path("admin/", admin.site.urls),
    path("", include("valhub.web.urls")),
]
