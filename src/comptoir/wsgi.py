"""The web's entry point for any WSGI server."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comptoir.settings")

from django.core.wsgi import get_wsgi_application

from comptoir.kernel import logs
from comptoir.kernel.processes import die_with_parent

die_with_parent()
logs.set_up()
application = get_wsgi_application()
