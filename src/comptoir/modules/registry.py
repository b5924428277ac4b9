"""Modules are found by entry point; a broken one is named and skipped, the house still starts."""

from __future__ import annotations

from functools import cache
from importlib import metadata

import structlog

from comptoir.modules.api import DeliveryDriver, Module, PaymentGateway

log = structlog.get_logger(__name__)
GROUP = "comptoir.modules"


class ModuleMissingError(LookupError):
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


@cache
def gateway(name: str) -> PaymentGateway:
    """The payment gateway of a module. Raises ModuleMissingError."""
    module = installed().get(name)
    if module is None or module.gateway is None:
        raise ModuleMissingError(f"no payment gateway named {name} is installed")
    return module.gateway()


@cache
def driver(name: str) -> DeliveryDriver:
    """The delivery driver of a module. Raises ModuleMissingError."""
    module = installed().get(name)
    if module is None or module.driver is None:
        raise ModuleMissingError(f"no delivery driver named {name} is installed")
    return module.driver()
