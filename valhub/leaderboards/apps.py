"""How Django knows this application."""

from django.apps import AppConfig


class LeaderboardsConfig(AppConfig):
    """The application labelled `leaderboards`."""

    name = "valhub.leaderboards"
    label = "leaderboards"
