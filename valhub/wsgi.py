"""The web server's entry."""

import os

from django.core.wsgi import get_wsgi_application

from valhub.http.whole_bodies import WholeBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valhub.settings")
application = WholeBodies(get_wsgi_application())
