"""Every route: the documented ones at the root, staff's administration, the pages."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
