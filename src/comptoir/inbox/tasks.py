"""The inbox's jobs."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from comptoir.inbox import catchup, reach
from comptoir.jobs.app import app
from comptoir.jobs.backoff import Interrupted
from comptoir.kernel.errors import StaffError
from comptoir.kernel.words import code, said, words
from comptoir.modules import queries
from comptoir.modules.api import CallRefusedError, Mode, OutcomeUnknownError


@app.task(name="inbox.catch_up", retry=Interrupted(longest=60))
def catch_up(module: str, account: str, mode: Mode, *, by_itself: bool = False) -> None:
    """Fetch the notices that we lack. Whoever asked for it reads how far it came, and asks again where it did not come to its end.

    `by_itself`: nobody asked; the newest alone are read, and the next reading begins where this one did should it fail.
    """
    fetch = catchup.fetch_newest if by_itself else catchup.fetch
    end = catchup.end_newest if by_itself else catchup.end
    try:
        fetch(module=module, account=queries.account(module=module, account=account, mode=mode))
    except OutcomeUnknownError as error:
        problem = words(gettext_noop("no clear answer: %(cause)s"), cause=said(error.cause))
    except CallRefusedError as error:
        problem = words(gettext_noop("refused: %(code)s"), code=code(error.code))
    except StaffError as error:
        problem = error.words
    except Exception as error:
        stumbled = words(gettext_noop("a fault of this counter: %(name)s"), name=code(type(error).__name__))
        end(module=module, account=account, mode=mode, problem=stumbled)
        raise
    else:
        reach.tell(module=module, mode=mode)
        return
    end(module=module, account=account, mode=mode, problem=problem)


@app.task(name="inbox.check_endpoint", retry=Interrupted(longest=60))
def check_endpoint(module: str, mode: Mode) -> None:
    """Ask the provider what sends to our address, and tell people what is wrong with it. The next one comes by itself."""
    reach.check(module=module, mode=mode)
