"""Why something asked of the provider was not done, in a sentence with what it means and what to do."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext

from comptoir.kernel.secrets import UnsealError
from comptoir.kernel.words import said
from comptoir.modules.api import CallRefusedError, OutcomeUnknownError
from comptoir.modules.setup import BusyError, NotSetUpError

# Everything that asking a provider on behalf of a person can end in; nothing else may, so nothing else is caught.
FAILURES = (CallRefusedError, OutcomeUnknownError, NotSetUpError, BusyError, UnsealError)

ADDRESS_REFUSED = "url_invalid"  # only an endpoint's address is ever sent from here


def sentence(error: Exception, *, title: object) -> str:
    """A sentence for staff; `title` is the module's."""
    if isinstance(error, CallRefusedError):
        return _refused(error, title=title)
    if isinstance(error, OutcomeUnknownError):
        return gettext(
            "%(title)s gave no clear answer (%(cause)s). What was asked for may have been done or not: check before you try again."
        ) % {"title": title, "cause": said(error.cause)}
    if isinstance(error, BusyError):
        return gettext("Somebody else is doing this at this moment. Look again in a minute.")
    if isinstance(error, UnsealError):
        return gettext(
            "The stored keys cannot be opened: the seal keys of this counter are not those they were stored with. "
            "Type all keys once more and test the connection."
        )
    return gettext("No keys are stored for this mode yet. Type them and test the connection first.")


def _refused(error: CallRefusedError, *, title: object) -> str:
    values = {"title": title, "code": error.code}
    if error.no_permission:
        return (
            gettext(
                "%(title)s refuses this to the stored key (%(code)s). Test the connection: it names the permission that is missing."
            )
            % values
        )
    if error.code == ADDRESS_REFUSED:
        return gettext(
            "%(title)s does not take the address of this counter, %(address)s (%(code)s): it is not one that %(title)s can "
            "reach. It needs a public address, in live mode one that begins with https://. Nothing was made; payments are "
            "found all the same, only later."
        ) % {**values, "address": settings.PUBLIC_URL}
    return gettext("%(title)s refused this (%(code)s); asking again would be refused again.") % values
