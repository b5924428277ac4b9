"""The four roles of the team, and who may do what: the one table of permissions.

A permission is a verb on a noun: `app.view_noun`, `app.add_noun`, `app.change_noun`, `app.delete_noun` as Django has them, and verbs of our
own that stand in the `permissions` of a model's Meta where those say too little (`payments.look_payment`). The owner may everything;
for the others this table is all they may. A page asks for a permission by name, never for a role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.customers.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

OWNER, BILLING, SUPPORT, READ_ONLY = "owner", "billing", "support", "read-only"

# The names, and what each role is for, in the order in which they are offered.
NAMES: Mapping[str, _StrOrPromise] = {
    OWNER: pgettext_lazy("role", "Owner"),
    BILLING: pgettext_lazy("role", "Billing"),
    SUPPORT: pgettext_lazy("role", "Support"),
    READ_ONLY: pgettext_lazy("role", "Read-only"),
}
PURPOSES: Mapping[str, _StrOrPromise] = {
    OWNER: _("Everything: the shop, the modules and their keys, the team."),
    BILLING: _(
        "Orders, invoices, transactions and the ledger; records payments, gives credit and money back, answers disputes, decides on "
        "held payments, has a transaction looked at, mends a customer’s details."
    ),
    SUPPORT: _(
        "Customers and their services; makes deliveries by hand, has them tried again, mends a customer’s details."
    ),
    READ_ONLY: _("Sees all pages but the team's, the audit trail too, and changes nothing."),
}

_SHOP = "catalogue.view_group catalogue.view_product catalogue.view_price catalogue.view_taxrate catalogue.view_shop"
_CUSTOMERS = "customers.view_customer orders.view_order invoices.view_invoice ledger.view_creditentry"
_MONEY = (
    "payments.view_payment payments.view_attempt payments.view_foreign payments.view_refund payments.view_dispute "
    "payments.view_fraudwarning ledger.view_entry"
)
_BOOKS = "payments.view_payout payments.view_reconciliation"
_SERVICES = "services.view_service services.view_operation"
_RUNNING = "kernel.view_alert mail.view_mail"
_RECEIVING = "inbox.view_notice inbox.view_wish"
_SYSTEM = "modules.view_installedmodule kernel.view_auditentry"

MAY: Mapping[str, frozenset[str]] = {
    BILLING: frozenset(
        f"{_SHOP} {_CUSTOMERS} {_MONEY} {_BOOKS} {_SERVICES} {_RUNNING} {_RECEIVING} payments.add_reconciliation "
        "customers.change_customer payments.look_payment ledger.give_credit kernel.close_alert mail.resolve_mail "
        "orders.cancel_order invoices.correct_invoice services.release_service "
        "payments.request_refund payments.approve_refund payments.review_payment payments.answer_dispute".split()
    ),
    SUPPORT: frozenset(
        f"{_SHOP} {_CUSTOMERS} {_SERVICES} {_RUNNING} payments.view_payment customers.change_customer payments.look_payment "
        "services.deliver_operation services.retry_operation services.release_service kernel.close_alert "
        "mail.resolve_mail".split()
    ),
    READ_ONLY: frozenset(
        f"{_SHOP} {_CUSTOMERS} {_MONEY} {_BOOKS} {_SERVICES} {_RUNNING} {_RECEIVING} {_SYSTEM}".split()
    ),
}


class UnknownPermissionError(Exception):
    """The table of roles names a permission that no model has: a fault of ours."""


def make() -> None:
    """Make the groups as the table has them. Called by name after each migration; a second time changes nothing.

    Raises:
        UnknownPermissionError: the table names what no model has.
    """
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    wanted = {OWNER: frozenset(known), **MAY}
    with transaction.atomic():
        for role, permissions in wanted.items():
            unknown = permissions - known.keys()
            if unknown:
                raise UnknownPermissionError(", ".join(sorted(unknown)))
            group, _fresh = Group.objects.get_or_create(name=role)
            keys = {known[name] for name in permissions}
            if set(group.permissions.values_list("pk", flat=True)) != keys:
                group.permissions.set(keys)


def of(user: User) -> str:
    """The role of a member of staff; '' for staff without one, and for everybody else. A superuser counts as an owner."""
    if not user.is_staff:
        return ""
    if user.is_superuser:
        return OWNER
    held = {group.name for group in user.groups.all()}
    return next((role for role in NAMES if role in held), "")
