"""How Django knows this application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages; it has no tables."""

    name = "valhub.web"
    label = "web"
