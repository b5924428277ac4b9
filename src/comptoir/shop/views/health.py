"""Whether the counter is alive, and whether it is ready; for supervisors and load balancers."""

from __future__ import annotations

from functools import cache

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from comptoir.modules import registry

log = structlog.get_logger(__name__)
UNREADY = 503


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """The database answers and every migration is applied; names the installed modules."""
    try:
        missing = len(_known() - _applied())
    except DatabaseError as error:
        log.warning("not ready", cause=type(error).__name__)
        return JsonResponse({"ready": False, "database": "does not answer"}, status=UNREADY)
    told = {
        "ready": not missing,
        "database": "answers",
        "migrations": f"{missing} to apply" if missing else "applied",
        "modules": sorted(registry.installed()),
    }
    return JsonResponse(told, status=UNREADY if missing else 200)


@cache
def _known() -> frozenset[tuple[str, str]]:
    """The migrations of this code: read from the disk once."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _applied() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationRecorder(connection).applied_migrations())


@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """What search engines need not read: nothing that is a person's, and no link that fills a basket."""
    closed = ["basket", "checkout", "client"]
    lines = ["User-agent: *", *(f"Disallow: {reverse(name)}" for name in closed)]
    lines += ["Disallow: /pay/", "Disallow: /accounts/", "Disallow: /store/*/checkout"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
