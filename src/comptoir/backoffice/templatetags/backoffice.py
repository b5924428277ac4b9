"""What the back office's templates say by name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from comptoir.backoffice import disputes, related
from comptoir.backoffice.forms import DeliveredForm
from comptoir.backoffice.menu import Entrance, gateways
from comptoir.backoffice.transactions import number
from comptoir.backoffice.views.deliveries import for_people, not_now
from comptoir.customers.models import Customer, User
from comptoir.kernel import shown
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.words import Words
from comptoir.ledger.admin import name_of, origin_of
from comptoir.mail.models import Mail
from comptoir.modules import registry
from comptoir.modules.admin import who_in_words
from comptoir.payments.books import payout_cause
from comptoir.payments.models import Attempt, Dispute, Foreign, FraudWarning, Payment, Payout, Reconciliation
from comptoir.payments.queries import cause as of_payment
from comptoir.services import kinds
from comptoir.services.models import Operation

SETTINGS_OF = {"endpoint": "webhook"}  # what an alert's key begins with: the section of the settings page that mends it
OF_DISPUTES = {"dispute", "dispute-due", "dispute-end", "dispute-odd"}  # these keys name a dispute
register = template.Library()
register.simple_tag(related.around_invoice)
register.simple_tag(related.around_order)
register.simple_tag(related.around_service)
register.simple_tag(disputes.around_payment, name="payment_disputes")
register.simple_tag(related.around_entry)
register.filter("for_people", for_people)
register.filter("not_now", not_now)
register.filter("said_of_kind", kinds.of)
register.filter("why_wanted", lambda operation: kinds.why(operation.service))
register.filter("who", who_in_words)
register.filter("origin", origin_of)
register.filter("entry_name", name_of)


@register.filter
def state(row: Any) -> SafeString:
    """A row's state as a dot and a word."""
    return shown.state(row.state, row.get_state_display())


@register.simple_tag
def state_named(row: Any, name: str) -> SafeString:
    """The same, carrying a `data-test` name."""
    return shown.state(row.state, row.get_state_display(), test=name)


@register.filter
def cause(row: Payment | Attempt | Payout) -> SafeString:
    """Why it has failed: the provider's code in words, and the code."""
    if isinstance(row, Payout):
        return shown.reason(payout_cause(row.module, row.failure), row.failure)
    if isinstance(row.failure, Words) and row.failure.kind != "code":
        return shown.said(row.failure)
    return shown.reason(of_payment(row.module, str(row.failure)), str(row.failure))


@register.filter
def money(value: Money | None) -> SafeString:
    """An amount by locale."""
    return shown.amount(value)


@register.filter
def moment(value: dt.datetime | dt.date | None) -> SafeString:
    """A time or a day by locale."""
    return shown.moment(value)


@register.filter
def to_the_second(value: dt.datetime | None) -> SafeString:
    """A time by locale, for stories."""
    return shown.moment(value, seconds=True)


@register.filter
def mode(word: str) -> SafeString:
    """Live, or the label of test mode."""
    return shown.mode(word)


@register.filter
def words(said: Words | str) -> SafeString:
    """What was stored for staff, in their language, its ids and codes marked as such: `{{ }}` alone would show plain text."""
    return said.__html__() if isinstance(said, Words) else conditional_escape(said)


@register.filter
def page(row: models.Model | str | None) -> SafeString:
    """A row's name, leading to its page; a template hands over '' where there is no such row."""
    return shown.link(row if isinstance(row, models.Model) else None)


@register.filter
def page_named(row: models.Model | None, name: str) -> SafeString:
    """The same with other words."""
    return shown.link(row, name)


@register.filter
def payment_url(payment: Payment) -> str:
    """Address of a payment's page."""
    return reverse("backoffice:payment", args=[payment.module, payment.pk])


# Alerts about payouts and reports of the reconciliation: what their keys name, and the name of its page's address.
BOOKS: dict[str, tuple[type[Payout | Reconciliation], str]] = {
    "payout-failed": (Payout, "backoffice:payout"),
    "payout-odd": (Payout, "backoffice:payout"),
    "reconciliation": (Reconciliation, "backoffice:reconciliation"),
}


@register.filter
def alert_about(alert: Alert) -> SafeString:
    """The transaction, payout or report that an alert is about, leading to it; '' where its key names none."""
    noun, _colon, name = alert.key.partition(":")
    pk = number(name.partition(":")[0])
    if noun in BOOKS and pk is not None:
        model, address = BOOKS[noun]
        row = model.objects.filter(pk=pk).first()
        return format_html('<a href="{}">{}</a>', reverse(address, args=[pk]), row) if row else SafeString()
    if noun in {"held", "disputed"} and pk is not None:
        payment = Payment.objects.filter(pk=pk).first()
        return format_html('<a href="{}">{}</a>', payment_url(payment), payment.reference) if payment else SafeString()
    if noun in OF_DISPUTES:
        return _of_dispute(number(name.partition(":")[0]))
    if noun == "warning" and pk is not None:
        warning = FraudWarning.objects.filter(pk=pk).select_related("payment").first()
        return (
            format_html('<a href="{}">{}</a>', payment_url(warning.payment), warning.payment.reference)
            if warning
            else SafeString()
        )
    gateway, _colon, refund = name.partition(":")
    module = registry.installed().get(gateway) if noun.startswith("refund") else None
    if module is None or module.gateway is None:
        return SafeString()
    search = f"{reverse('backoffice:transactions', args=[gateway])}?{urlencode({'q': refund})}"
    return format_html('<a href="{}">{}</a>', search, refund)


@register.filter
def alert_mail(alert: Alert) -> SafeString:
    """The mail that an alert is about, leading to where somebody decides; '' where it is about none."""
    noun, _colon, name = alert.key.partition(":")
    pk = number(name) if noun == "mail" else None
    mail = Mail.objects.filter(pk=pk).first() if pk is not None else None
    return shown.link(mail) if mail else SafeString()


@register.filter
def alert_settings(alert: Alert) -> str:
    """Address of the settings that an alert asks somebody to mend; '' where it asks for none."""
    noun, _colon, name = alert.key.partition(":")
    gateway, _colon, where = name.partition(":")
    module = registry.installed().get(gateway) if noun in SETTINGS_OF else None
    if module is None or module.setup is None:
        return ""
    mode = "live" if ":live:" in f":{where}:" else "test"
    return f"{reverse('backoffice:module_settings', args=[gateway])}?mode={mode}#{SETTINGS_OF[noun]}"


def _of_dispute(pk: int | None) -> SafeString:
    row = Dispute.objects.filter(pk=pk).first() if pk is not None else None
    return (
        format_html('<a href="{}">{}</a>', reverse("backoffice:dispute", args=[row.pk]), row) if row else SafeString()
    )


@register.simple_tag
def gateway_above(asked: QueryDict) -> Entrance | None:
    """The gateway to whose attempts, or objects of others, a list is narrowed; the only one, where one is installed."""
    names = gateways()
    name = asked.get("module") or (next(iter(names)) if len(names) == 1 else "")
    if name not in names:
        return None
    return Entrance(names[name], reverse("backoffice:transactions", args=[name]), current=False)


@register.simple_tag
def linked(customer: Customer, asked: QueryDict) -> related.Linked:
    """A customer's services and transactions; `asked`: where each list is cut."""
    return related.linked(customer, asked)


@register.filter
def foreign_url(foreign: Foreign) -> str:
    """Address of the page of a payment of others."""
    return reverse("backoffice:foreign", args=[foreign.module, foreign.pk])


@register.simple_tag
def delivered_form(given: DeliveredForm | str, operation: Operation) -> DeliveredForm:
    """The form as it was sent in, or an empty one."""
    return given if isinstance(given, DeliveredForm) else DeliveredForm(operation=operation)


@register.filter
def may(user: User | AnonymousUser, permission: str) -> bool:
    """Whether somebody has a permission."""
    return user.has_perm(permission)
