"""Services and their deliveries as staff see them. Access data are the customer's alone: no page here opens them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from comptoir.invoices.models import Invoice
from comptoir.kernel.admin import Facts, ModeFilter, ShowFilter
from comptoir.kernel.money import Money
from comptoir.modules.admin import title_of
from comptoir.services import kinds
from comptoir.services.models import Operation, Service


@admin.register(Service)
class ServiceAdmin(Facts):
    """What customers have bought."""

    list_display = ("name", "customer", "state", "cycle", "amount", "mode", "paid_until")
    list_select_related = ("customer__user",)
    list_filter = ("state", ModeFilter)
    found_by = ("order_line__order__number__startswith",)
    upper_case = True
    search_help_text = _("Number of the order")
    facts = (
        "customer",
        "product",
        "order",
        "cycle",
        "amount",
        "delivered_by",
        "activated_at",
        "paid_until",
        "created_at",
    )
    noun = "service"
    page_template = "backoffice/service.html"

    @admin.display(description=_("delivery driver"))
    def delivered_by(self, row: Service) -> str:
        """The module that delivers it."""
        return title_of(row.driver)

    @admin.display(description=_("price of one period"))
    def amount(self, row: Service) -> Money:
        """As the shop shows it."""
        return row.price

    @admin.display(description=_("order"))
    def order(self, row: Service) -> object:
        """The order that it belongs to."""
        return row.order_line.order


class OperationShow(ShowFilter):
    """What waits for a person."""

    conditions = (
        ("people", _("by hand"), kinds.ASKED_OF_PEOPLE),
        ("failed", _("failed"), Q(state=Operation.State.FAILED)),
        ("open", _("not done"), ~Q(state=Operation.State.DONE)),
    )


@admin.register(Operation)
class OperationAdmin(Facts):
    """What drivers do, and what they leave to people."""

    list_display = ("service", "kind", "customer", "state", "by_hand", "mode", "created_at", "done_at")
    list_select_related = ("service__customer__user",)
    list_filter = (OperationShow,)
    found_by = ("cause__number__startswith",)
    upper_case = True
    search_help_text = _("Number of the invoice")
    facts = (
        *("service", "customer", "driver", "kind", "invoice", "by_hand", "tries", "note", "created_at", "done_at"),
        "key",
    )
    noun = "operation"
    page_template = "backoffice/delivery.html"

    @admin.display(description=_("customer"))
    def customer(self, row: Operation) -> object:
        """Who waits for it."""
        return row.service.customer

    @admin.display(description=_("mode"))
    def mode(self, row: Operation) -> str:
        """Live or test, as its service."""
        return row.service.mode

    @admin.display(description=_("delivery driver"))
    def driver(self, row: Operation) -> str:
        """Who delivers."""
        return title_of(row.service.driver)

    @admin.display(description=_("paid by"))
    def invoice(self, row: Operation) -> Invoice:
        """Why it is to be done."""
        return row.cause

    @admin.display(description=_("key"))
    def key(self, row: Operation) -> str:
        """The name under which the driver knows it."""
        return str(row.pk)

    def name_of(self, row: Operation) -> str:
        """What is delivered, suspended, resumed or ended."""
        return str(kinds.of(row).name) % {"service": row.service}
