"""What is missing before an enabled module can do its work: told on the modules page, and counted on the first page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from comptoir.backoffice import settings_mode
from comptoir.backoffice.settings_page import Desk
from comptoir.catalogue.queries import shop
from comptoir.kernel import whereabouts
from comptoir.mail.models import Mail
from comptoir.modules import queries, registry
from comptoir.modules.api import Mode
from comptoir.modules.queries import Card
from comptoir.payments.models import PAYABLE, Attempt
from comptoir.services.models import Operation

MODES: tuple[Mode, ...] = ("test", "live")


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that somebody has to do. `bad`: customers are kept from paying by it."""

    name: str
    text: str
    url: str
    bad: bool = False


def all_lacks() -> list[Lack]:
    """Of every module."""
    return [lack for card in queries.cards() for lack in of(card)]


@dataclass(frozen=True, slots=True)
class Copy:
    """This database is at home at another address: what waits for a yes, by count."""

    home: str
    here: str
    payments: int
    deliveries: int
    mails: int


def copy() -> Copy | None:
    """Whether we could be a copy of a counter that goes on elsewhere; None where we are at home."""
    home = whereabouts.elsewhere()
    if not home:
        return None
    return Copy(
        home=home,
        here=settings.PUBLIC_URL,
        payments=Attempt.objects.filter(state__in=PAYABLE).count(),
        deliveries=Operation.objects.filter(state=Operation.State.WAITING).count(),
        mails=Mail.objects.filter(state=Mail.State.WAITING).count(),
    )


def of(card: Card) -> Iterator[Lack]:
    """Of one module; of a disabled one nothing is missing."""
    module = registry.installed()[card.manifest.name]
    if not (card.enabled and card.manifest.settings):
        return
    if module.setup is None:
        return
    name, row = card.manifest.name, shop()
    yield from _in_use(Desk(module, card.mode, row))
    for mode in MODES:
        if queries.waiting_of(module=name, mode=mode) is not None:
            text = gettext("%(title)s: keys of another account wait for your yes or no.")
            yield Lack("waiting", text % {"title": card.manifest.title}, _page(name, mode, "keys"))


def _in_use(at: Desk) -> Iterator[Lack]:
    title = {"title": at.manifest.title}
    if at.row is None:
        text = gettext(
            "%(title)s is enabled and not set up yet: customers are not offered it until its keys are stored."
        )
        yield Lack("keys", text % title, _page(at.name, at.mode, "keys"), bad=True)
        return
    if at.values is None:
        text = gettext(
            "%(title)s: the stored keys cannot be opened, so customers are not offered it. Type them once more."
        )
        yield Lack("sealed", text % title, _page(at.name, at.mode, "keys"), bad=True)
        return
    webhook = _page(at.name, at.mode, "webhook")
    for label in at.late:
        text = gettext(
            "%(title)s: “%(setting)s” is still empty, so webhooks are refused. Payments are found all the same, only later."
        )
        yield Lack("webhook-secret", text % {**title, "setting": label}, webhook)
    if not at.sound and not at.late:
        text = gettext("%(title)s: no endpoint sends us all that we need. Payments are found all the same, only later.")
        yield Lack("endpoint", text % title, webhook)
    if at.mode == "live" and not settings_mode.is_safe():
        text = gettext("%(title)s is in live mode.") % title
        yield Lack("https", f"{text} {settings_mode.warning(at.name, at.mode)}", _page(at.name, at.mode, "mode"))
    if at.nothing_fits:
        text = gettext("%(title)s: no allowed payment method takes %(currency)s, so customers are not offered it.")
        values = {**title, "currency": at.shop.currency}
        yield Lack("methods", text % values, _page(at.name, at.mode, "methods"), bad=True)


def _page(name: str, mode: Mode, section: str) -> str:
    return f"{reverse('backoffice:module_settings', args=[name])}?mode={mode}#{section}"
