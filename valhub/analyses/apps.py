"""How Django knows this application."""

from django.apps import AppConfig


class AnalysesConfig(AppConfig):
    """The application labelled `analyses`."""

    name = "valhub.analyses"
    label = "analyses"
