"""Sessions in the database under the digest of their keys: whoever reads a dump cannot go on with somebody's session."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone

LENGTH = 40  # of Django's column; 160 bits of the digest


def digest(key: str | None) -> str:
    """Under which name a session is stored."""
    return hashlib.sha256((key or "").encode()).hexdigest()[:LENGTH]


class SessionStore(db.SessionStore):
    """Django's own store but for the name of the row; the browser's cookie holds the key itself."""

    def load(self) -> dict[str, Any]:
        """What was stored for this key; without a row the key is forgotten, so that nobody can choose one."""
        row = Session.objects.filter(session_key=digest(self.session_key), expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        """Whether there is a session of this key."""
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row to be stored."""
        row = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End a session: this one, unless another is named."""
        Session.objects.filter(session_key=digest(session_key or self.session_key)).delete()
