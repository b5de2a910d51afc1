#!/usr/bin/env python3
"""Django's own command, for the database and for development: `python3 manage.py migrate`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from valhub.server.private_files import keep_files_private

if __name__ == "__main__":
    keep_files_private()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valhub.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        sys.exit(f"Error: {error}")
