"""Modules are found by entry point; a broken one is named and skipped, the house still starts."""

from __future__ import annotations

from functools import cache
from importlib import metadata

import structlog
from django.utils.translation import gettext_noop

from comptoir.kernel.errors import StaffError
from comptoir.kernel.words import Words, code, label, verbatim, words
from comptoir.modules.api import Books, DeliveryDriver, Disputes, Module, PaymentGateway, Refunds, Vocabulary

log = structlog.get_logger(__name__)
GROUP = "comptoir.modules"


class ModuleMissingError(StaffError):
    """A module is named by stored data and not installed here (yet): worth a later try."""


@cache
def installed() -> dict[str, Module]:
    """Every module that can be loaded, by name, in the order of names."""
    found: dict[str, Module] = {}
    for point in metadata.entry_points(group=GROUP):
        try:
            module = point.load()
        except Exception:
            log.exception("module cannot be loaded", module=point.name)
            continue
        found[module.manifest.name] = module
    return dict(sorted(found.items()))


def title(name: str) -> Words:
    """What people call a module, to stand in a sentence; its name where it is not installed (any more)."""
    module = installed().get(name)
    if module is None:
        return code(name)
    text = module.manifest.title
    return verbatim(text) if isinstance(text, str) else label(text)


@cache
def gateway(name: str) -> PaymentGateway:
    """The payment gateway of a module. Raises ModuleMissingError."""
    module = installed().get(name)
    if module is None or module.gateway is None:
        raise ModuleMissingError(words(gettext_noop("no payment gateway named %(name)s is installed"), name=code(name)))
    return module.gateway()


@cache
def refunds(name: str) -> Refunds | None:
    """The part of a module that gives money back; None where it has none."""
    module = installed().get(name)
    return module.refunds() if module is not None and module.refunds is not None else None


@cache
def disputes(name: str) -> Disputes | None:
    """The part of a module that answers disputes; None where it has none."""
    module = installed().get(name)
    return module.disputes() if module is not None and module.disputes is not None else None


@cache
def books(name: str) -> Books | None:
    """The part of a module whose books can be read; None where it has none."""
    module = installed().get(name)
    return module.books() if module is not None and module.books is not None else None


def vocabulary(name: str) -> tuple[Vocabulary, ...]:
    """The enumerations of a module's provider; nothing where it tells of none."""
    module = installed().get(name)
    return module.vocabulary() if module is not None and module.vocabulary is not None else ()


@cache
def driver(name: str) -> DeliveryDriver:
    """The delivery driver of a module. Raises ModuleMissingError."""
    module = installed().get(name)
    if module is None or module.driver is None:
        raise ModuleMissingError(words(gettext_noop("no delivery driver named %(name)s is installed"), name=code(name)))
    return module.driver()
