"""The sidebar: what somebody may see, in the order of a working day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy as _, pgettext_lazy

from comptoir.catalogue.models import Group, Price, Product, Shop, TaxRate
from comptoir.customers.models import Customer
from comptoir.inbox.models import Notice, Wish
from comptoir.invoices.models import Invoice
from comptoir.kernel.models import Alert
from comptoir.ledger.models import Entry
from comptoir.mail.models import Mail
from comptoir.modules import registry
from comptoir.orders.models import Order
from comptoir.payments.models import Attempt, Foreign
from comptoir.services.models import Operation, Service

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Entrance:
    """One line of the menu."""

    title: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading."""

    title: str
    entrances: list[Entrance]


Nouns = tuple[tuple[type[Model], "_StrOrPromise"], ...]  # with a title of its own, or '' for the noun's plural
Pages = tuple[tuple[str, "_StrOrPromise", str], ...]  # what one must be allowed, the title, and the name of the address
SHOP: Nouns = ((Group, ""), (Product, ""), (Price, ""), (TaxRate, ""), (Shop, _("Shop settings")))
BILLING: Nouns = ((Order, ""), (Invoice, ""), (Entry, _("Ledger")))
SERVICES: Nouns = ((Service, ""), (Operation, ""))
CUSTOMERS: Nouns = ((Customer, pgettext_lazy("back office", "Customers")),)
SYSTEM: Nouns = ((Notice, _("Events")), (Wish, ""), (Mail, ""), (Alert, ""))


def sections(site: AdminSite, request: HttpRequest) -> list[Section]:
    """The menu of whoever asks; sections without a line are left out."""
    found = [
        Section(gettext("Shop"), list(_nouns(site, request, SHOP))),
        Section(gettext("Billing"), [*_nouns(site, request, BILLING), *_gateways(request), *_pages(request, MONEY)]),
        Section(gettext("Services"), [*_nouns(site, request, SERVICES), *_holds(request)]),
        Section("", list(_nouns(site, request, CUSTOMERS))),
        Section(gettext("System"), [*_modules(request), *_pages(request, HOUSE), *_nouns(site, request, SYSTEM)]),
    ]
    return [section for section in found if section.entrances]


def _nouns(site: AdminSite, request: HttpRequest, nouns: Nouns) -> Iterator[Entrance]:
    for model, title in nouns:
        page = site.get_model_admin(model)
        if page.has_view_or_change_permission(request):
            options, url = page.opts, url_of(model)
            # A customer's page stands beside the list, not under it.
            stem = url.removesuffix(f"{options.model_name}/") if model is Customer else url
            yield _entrance(request, str(title) or capfirst(str(options.verbose_name_plural)), url, stem)


def url_of(model: type[Model]) -> str:
    """Address of a noun's list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # noqa: SLF001 - Django's public, if underscored, model options


def _gateways(request: HttpRequest) -> Iterator[Entrance]:
    """One line for each payment gateway that is installed, whichever these are."""
    if request.user.has_perm("payments.view_payment"):
        names = gateways()
        below = request.path.startswith((url_of(Attempt), url_of(Foreign)))  # its attempts, and what others made
        only = next(iter(names)) if len(names) == 1 else ""
        for name, title in names.items():
            url = reverse("backoffice:transactions", args=[name])
            entrance = _entrance(request, title, url, url)
            yield replace(entrance, current=entrance.current or (below and request.GET.get("module", only) == name))


def _holds(request: HttpRequest) -> Iterator[Entrance]:
    """Deliveries that wait for a person."""
    if request.user.has_perm("payments.view_payment"):
        url = reverse("backoffice:holds")
        yield _entrance(request, gettext("Held deliveries"), url, url)


def gateways() -> dict[str, str]:
    """The titles of the payment gateways that are installed, by name."""
    return {name: str(each.manifest.title) for name, each in registry.installed().items() if each.gateway is not None}


def _modules(request: HttpRequest) -> Iterator[Entrance]:
    if request.user.has_perm("modules.view_installedmodule"):
        url = reverse("backoffice:modules")
        yield _entrance(request, gettext("Modules"), url, url)
        for name, module in registry.installed().items():
            if module.manifest.settings and module.setup is not None:
                url = reverse("backoffice:module_settings", args=[name])
                yield _entrance(request, gettext("Settings › %(title)s") % {"title": module.manifest.title}, url, url)


# Pages of our own about the house: what one must be allowed, the title, and the name of the address.
HOUSE: Pages = (
    ("payments.change_rules", _("Settings › Payments"), "backoffice:payment_rules"),
    ("customers.manage_staff", _("Team"), "backoffice:staff"),
    ("kernel.view_auditentry", _("Audit trail"), "backoffice:audit"),
)


# Pages of our own about money.
MONEY: Pages = (
    ("payments.view_payment", _("Held for review"), "backoffice:review"),
    ("payments.view_refund", _("Refunds"), "backoffice:refunds"),
    ("payments.view_dispute", _("Disputes"), "backoffice:disputes"),
    ("payments.view_payout", _("Payouts"), "backoffice:payouts"),
    ("payments.view_reconciliation", _("Reconciliation"), "backoffice:reconciliations"),
)


def _pages(request: HttpRequest, pages: Pages) -> Iterator[Entrance]:
    for permission, title, name in pages:
        if request.user.has_perm(permission):
            url = reverse(name)
            yield _entrance(request, str(title), url, url)


def _entrance(request: HttpRequest, title: str, url: str, stem: str) -> Entrance:
    return Entrance(title, url, current=request.path.startswith(stem))
