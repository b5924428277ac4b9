"""Who may see and do what on the back office's own pages.

A new page names its permission by `@access.page("app.view_noun")`, a new deed by `@access.change("app.verb_noun")`. A verb of its own
stands in the `permissions` of its model's Meta; which roles have it, in `customers/roles.py`. The second factor, 403 and the way to the
sign-in page come with the decorator. What the deed did is told to `kernel.audit.record`, and `tests/security/addresses.py` gets a line.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

View = Callable[..., HttpResponse]
ASKED: set[str] = set()  # every permission that a page of ours asks for; a test holds it against the table of roles


def page(permission: str) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """A page that changes nothing, for staff who have a permission: a name from `customers/roles.py`."""
    return lambda view: _guarded(require_safe(view), permission)


def change(*permissions: str) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Something that is done by POST, by staff who have every one of these permissions."""
    return lambda view: _guarded(require_POST(view), *permissions)


def _guarded(view: Callable[..., HttpResponseBase], *permissions: str) -> Callable[..., HttpResponseBase]:
    ASKED.update(permissions)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perms(permissions):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(guarded)


def who(request: HttpRequest) -> str:
    """The name under which a history remembers whoever is signed in."""
    return f"staff:{request.user.get_username()}"[:80]
