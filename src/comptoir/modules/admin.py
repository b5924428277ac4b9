"""How modules are named to staff. They have a page of their own, and their settings are sealed: no list shows them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.modules import registry

# What providers have in common; another word of a module is shown as it is.
KINDS: dict[str, Promise] = {
    "payment": _("transaction"),
    "session": _("payment page"),
    "charge": _("charge"),
    "refund": _("refund"),
    "dispute": _("dispute"),
    "payout": _("payout"),
    "account": _("account"),
}


def title_of(name: str) -> str:
    """A module's title, or its name where it is not installed (any more)."""
    module = registry.installed().get(name)
    return str(module.manifest.title) if module is not None else name


def kind_of(kind: str) -> str:
    """What an object of a provider's is, in words."""
    return str(KINDS.get(kind, kind))


def who_in_words(word: str) -> str:
    """Who did something, as a history remembers: a person of the team, a customer, a module, or nobody in particular."""
    kind, colon, name = word.partition(":")
    if kind == "staff" and colon:
        return name
    if word == "command":
        return gettext("command line")
    if word == "visitor":
        return gettext("somebody unknown")
    if kind == "customer":
        return gettext("customer")
    return gettext("automatic") if word == "system" else title_of(word)
