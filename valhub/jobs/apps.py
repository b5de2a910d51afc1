"""How Django knows this application."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The application labelled `jobs`."""

    name = "valhub.jobs"
    label = "jobs"
