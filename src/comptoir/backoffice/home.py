"""The first page: what needs a person today, and the turnover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from comptoir.backoffice import disputes, holding, settings_lacks
from comptoir.backoffice.sums import remembered
from comptoir.inbox.models import Notice
from comptoir.kernel import clock
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.words import written
from comptoir.ledger.models import Allocation, Credit
from comptoir.mail.models import Mail
from comptoir.modules import queries as modules
from comptoir.modules.queries import Card
from comptoir.payments.actions.dispute_words import is_late
from comptoir.payments.actions.refund import owed
from comptoir.payments.models import Payment, Refund
from comptoir.services import kinds
from comptoir.services.models import Operation

MOST = 1000  # more than that is "more": nobody reads further, and counting costs


@dataclass(frozen=True, slots=True)
class Due:
    """Something that may wait for a person."""

    name: str
    label: str
    count: int
    url: str
    urgent: bool

    @property
    def shown(self) -> str:
        """The count, up to where it stops."""
        return f"{MOST}+" if self.count > MOST else str(self.count)


@dataclass(frozen=True, slots=True)
class Turnover:
    """Live invoices that are paid, in one currency."""

    month: Money
    total: Money


@dataclass(frozen=True, slots=True)
class InHand:
    """Credit that customers have in hand, live, in one currency: what you owe them in services."""

    total: Money
    customers: int


@dataclass(frozen=True, slots=True)
class Off:
    """A way of paying that customers are not offered: why, and where that is mended. `urgent`: there is no other one."""

    gateway: str
    text: str
    url: str
    link: str
    urgent: bool


def off(request: HttpRequest) -> list[Off]:
    """Every gateway by which customers cannot pay now, for whoever may see the modules."""
    if not request.user.has_perm("modules.view_installedmodule"):
        return []
    gateways = [card for card in modules.cards() if card.is_gateway]
    found = [(card, why) for card in gateways if (why := _why_off(card)) is not None]
    urgent = len(found) == len(gateways)
    return [Off(card.manifest.name, text, url, link, urgent) for card, (text, url, link) in found]


def _why_off(card: Card) -> tuple[str, str, str] | None:
    """A sentence, an address and its words; None where customers are offered it."""
    if not card.enabled:
        text = gettext("Customers cannot pay by %(gateway)s: it is disabled.") % {"gateway": card.manifest.title}
        return text, reverse("backoffice:modules"), gettext("Modules")
    worst = next((lack for lack in settings_lacks.of(card) if lack.bad), None)
    if worst is not None:
        return worst.text, worst.url, gettext("See to it")
    return None


def due(request: HttpRequest) -> tuple[list[Due], list[Due]]:
    """All that may wait, for whoever may see it: what does, the urgent first; and what does not."""
    found = [
        *_held(request),
        *_refunds(request),
        *_holds(request),
        *_disputed(request),
        *_set_up(request),
        *_others(request),
    ]
    waiting = sorted((each for each in found if each.count), key=lambda each: not each.urgent)
    return waiting, [each for each in found if not each.count]


def _held(request: HttpRequest) -> Iterator[Due]:
    if request.user.has_perm("payments.view_payment"):
        held = Payment.objects.filter(state=Payment.State.HELD)
        yield Due("held", gettext("Payments held for review"), _count(held), reverse("backoffice:review"), urgent=True)


def _refunds(request: HttpRequest) -> Iterator[Due]:
    if request.user.has_perm("payments.view_refund"):
        again, waiting = _count(owed()), _count(Refund.objects.filter(state=Refund.State.WAITING))
        url = reverse("backoffice:refunds")
        yield Due("refunds-owed", gettext("Refunds that failed: owed again"), again, url, urgent=True)
        yield Due("refunds-waiting", gettext("Refunds that wait for a second person"), waiting, url, urgent=False)


def _holds(request: HttpRequest) -> Iterator[Due]:
    if request.user.has_perm("payments.view_payment"):
        label = gettext("Paid deliveries that wait for your decision")
        yield Due("holds", label, _count(holding.orders()), reverse("backoffice:holds"), urgent=True)


def _disputed(request: HttpRequest) -> Iterator[Due]:
    """Disputes to be answered, with the day that is nearest; and suspected frauds that a refund may keep from becoming one."""
    if not request.user.has_perm("payments.view_dispute"):
        return
    url = reverse("backoffice:disputes")
    waiting = disputes.to_answer()
    label = gettext("Disputes to be answered")
    if waiting and waiting[0].due_by is not None:
        label = gettext("Disputes to be answered, the first by %(day)s") % {
            "day": written(timezone.localdate(waiting[0].due_by))
        }
    yield Due("disputes", label, len(waiting), url, urgent=any(is_late(row) for row in waiting))
    yield Due("warnings", gettext("Suspected frauds, not refunded"), len(disputes.warnings()), url, urgent=True)


def _set_up(request: HttpRequest) -> Iterator[Due]:
    if request.user.has_perm("modules.view_installedmodule"):
        lacks = settings_lacks.all_lacks()
        url = lacks[0].url if len(lacks) == 1 else reverse("backoffice:modules")
        urgent = any(lack.bad for lack in lacks)
        yield Due("set-up", gettext("Settings of modules to be completed"), len(lacks), url, urgent)


def _others(request: HttpRequest) -> Iterator[Due]:
    by_hand = Operation.objects.filter(kinds.ASKED_OF_PEOPLE)
    failed = Operation.objects.filter(state=Operation.State.FAILED)
    uncertain = Mail.objects.filter(state=Mail.State.UNCERTAIN)
    unsent = Mail.objects.exclude(state__in=[Mail.State.SENT, Mail.State.UNCERTAIN])
    rows: tuple[tuple[str, str, QuerySet[Any], str, bool], ...] = (
        ("by-hand", gettext("Services to be delivered, suspended, resumed or ended by hand"), by_hand, "people", False),
        ("failed", gettext("Services whose delivery, suspension, resumption or end failed"), failed, "failed", True),
        ("alerts", gettext("Open alerts"), Alert.objects.filter(closed_at=None), "open", True),
        ("events", gettext("Events not done yet"), Notice.objects.filter(done_at=None), "open", False),
        ("uncertain", gettext("Mails that may not have left"), uncertain, "uncertain", True),
        ("mails", gettext("Mails that have not left"), unsent, "unsent", False),
    )
    for name, label, queryset, show, urgent in rows:
        options = queryset.model._meta  # noqa: SLF001 - Django's public, if underscored, model options
        if request.user.has_perm(f"{options.app_label}.view_{options.model_name}"):
            url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist") + f"?show={show}"
            yield Due(name, label, _count(queryset), url, urgent)


def _count(queryset: QuerySet[Any]) -> int:
    return queryset.order_by()[: MOST + 1].count()


def turnover(request: HttpRequest) -> list[Turnover]:
    """What stands paid on live invoices by currency, this month (business time) and in all: what went back is taken off.

    Test mode is in no revenue figure.
    """
    if not request.user.has_perm("ledger.view_entry"):
        return []
    begin = timezone.localtime(clock.now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def compute() -> list[tuple[str, int | None, int]]:
        paid = Allocation.objects.filter(invoice__mode="live", entry__mode="live")
        recent = Q(entry__occurred_at__gte=begin)
        return list(
            paid.order_by("entry__currency")
            .values_list("entry__currency")
            .annotate(in_month=Sum("amount_minor", filter=recent), in_all=Sum("amount_minor"))
        )

    rows = remembered(f"backoffice:turnover:{begin.date()}", compute)
    return [Turnover(Money(int(month or 0), currency), Money(int(total), currency)) for currency, month, total in rows]


def in_hand(request: HttpRequest) -> list[InHand]:
    """The credit that customers have not used yet, by currency. Test mode is in no figure."""
    if not request.user.has_perm("ledger.view_entry"):
        return []
    rows = Credit.objects.filter(mode="live", balance_minor__gt=0).values_list("currency")
    found = rows.annotate(sum=Sum("balance_minor"), customers=Count("pk")).order_by("currency")
    return [InHand(Money(int(total), currency), customers) for currency, total, customers in found]
