"""How Django knows this application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The application labelled `accounts`."""

    name = "valhub.accounts"
    label = "accounts"
