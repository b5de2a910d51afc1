"""The web server's entry."""

import os

from django.core.wsgi import get_wsgi_application

from valhub.http.whole_bodies import WholeBodies
from valhub.server.private_files import keep_files_private

keep_files_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valhub.settings")
application = WholeBodies(get_wsgi_application())
