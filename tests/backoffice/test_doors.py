"""Who may enter where. A denial changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from tests.backoffice import scenes

from comptoir.catalogue.models import Product
from comptoir.customers.models import Customer, User
from comptoir.inbox.models import Notice, Wish
from comptoir.kernel.models import Alert
from comptoir.kernel.records import alert
from comptoir.kernel.words import verbatim
from comptoir.ledger.models import Entry
from comptoir.mail.models import Mail
from comptoir.modules.models import InstalledModule
from comptoir.payments.models import Attempt, Foreign, Payment
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Scene:
    """One of everything."""

    payment: Payment
    alert: Alert
    operation: Operation
    product: Product


@pytest.fixture
def scene(alice: Customer) -> Scene:
    payment = scenes.paid(alice)
    alert("a key", verbatim("Something to see to."))
    Foreign.objects.create(
        module="stripe",
        account=scenes.ACCOUNT,
        mode="test",
        kind="payment",
        reference="pi_other",
        why=verbatim("another system"),
        seen_at=payment.created_at,
    )
    operation = Operation.objects.get()
    Operation.objects.update(by_hand=True)
    return Scene(payment, Alert.objects.get(), operation, Product.objects.get())


Where = Callable[[Scene], str]
# Address under the prefix, and the permission that opens it ('' for every member of staff).
PAGES: list[tuple[Where, str]] = [
    (lambda _: "", ""),
    (lambda _: "modules/", "modules.view_installedmodule"),
    (lambda _: "billing/stripe/", "payments.view_payment"),
    (lambda _: "billing/stripe/?show=all&state=succeeded", "payments.view_payment"),
    (lambda s: f"billing/stripe/{s.payment.pk}/", "payments.view_payment"),
    (lambda _: f"billing/stripe/others/{Foreign.objects.get().pk}/", "payments.view_foreign"),
    (lambda _: "customers/customer/", "customers.view_customer"),
    (lambda s: f"customers/{s.payment.invoice.customer_id}/", "customers.view_customer"),  # type: ignore[union-attr]
    (lambda s: f"customers/{s.payment.invoice.customer_id}/?tab=linked", "customers.view_customer"),  # type: ignore[union-attr]
    (lambda s: f"customers/customer/{s.payment.invoice.customer_id}/history/", "customers.view_customer"),  # type: ignore[union-attr]
    (lambda _: "orders/order/", "orders.view_order"),
    (lambda s: f"orders/order/{s.payment.invoice.order_id}/", "orders.view_order"),  # type: ignore[union-attr]
    (lambda _: "invoices/invoice/", "invoices.view_invoice"),
    (lambda s: f"invoices/invoice/{s.payment.invoice_id}/", "invoices.view_invoice"),
    (lambda _: "ledger/entry/", "ledger.view_entry"),
    (lambda _: f"ledger/entry/{Entry.objects.get().pk}/", "ledger.view_entry"),
    (lambda _: "payments/attempt/", "payments.view_attempt"),
    (lambda _: f"payments/attempt/{Attempt.objects.get().pk}/", "payments.view_attempt"),
    (lambda _: "payments/foreign/", "payments.view_foreign"),
    (lambda _: f"payments/foreign/{Foreign.objects.get().pk}/", "payments.view_foreign"),
    (lambda _: "services/service/", "services.view_service"),
    (lambda _: f"services/service/{Service.objects.get().pk}/", "services.view_service"),
    (lambda _: "services/operation/", "services.view_operation"),
    (lambda s: f"services/operation/{s.operation.pk}/", "services.view_operation"),
    (lambda _: "inbox/notice/", "inbox.view_notice"),
    (lambda _: f"inbox/notice/{Notice.objects.get().pk}/", "inbox.view_notice"),
    (lambda _: "inbox/wish/", "inbox.view_wish"),
    (lambda _: f"inbox/wish/{Wish.objects.get().pk}/", "inbox.view_wish"),
    (lambda _: "mail/mail/", "mail.view_mail"),
    (lambda _: f"mail/mail/{Mail.objects.get().pk}/", "mail.view_mail"),
    (lambda _: "kernel/alert/", "kernel.view_alert"),
    (lambda s: f"kernel/alert/{s.alert.pk}/", "kernel.view_alert"),
    (lambda _: "catalogue/product/", "catalogue.view_product"),
    (lambda s: f"catalogue/product/{s.product.pk}/change/", "catalogue.view_product"),
    (lambda s: f"catalogue/product/{s.product.pk}/history/", "catalogue.view_product"),
    (lambda _: "catalogue/product/add/", "catalogue.add_product"),
    (lambda _: "catalogue/group/", "catalogue.view_group"),
    (lambda s: f"catalogue/group/{s.product.group_id}/change/", "catalogue.view_group"),
    (lambda _: "catalogue/price/", "catalogue.view_price"),
    (lambda s: f"catalogue/price/{s.product.prices.get().pk}/change/", "catalogue.view_price"),
    (lambda s: f"catalogue/price/{s.product.prices.get().pk}/delete/", "catalogue.delete_price"),
    (lambda _: "catalogue/price/add/", "catalogue.add_price"),
    (lambda _: "catalogue/taxrate/", "catalogue.view_taxrate"),
    (lambda _: "catalogue/taxrate/add/", "catalogue.add_taxrate"),
]
ACTIONS: list[tuple[Where, dict[str, str], str]] = [
    (lambda _: "modules/stripe/enabled/", {"enabled": "no"}, "modules.switch_module"),
    (lambda s: f"billing/stripe/{s.payment.pk}/look/", {}, "payments.look_payment"),
    (
        lambda _: f"billing/stripe/others/{Foreign.objects.get().pk}/look/",
        {},
        "payments.look_payment payments.view_foreign",
    ),
    (lambda s: f"deliveries/{s.operation.pk}/done/", {"access": "login: a"}, "services.deliver_operation"),
    (lambda s: f"deliveries/{s.operation.pk}/again/", {}, "services.retry_operation"),
    (lambda s: f"alerts/{s.alert.pk}/close/", {}, "kernel.close_alert"),
]


def permit(user: User, permission: str) -> None:
    label, _dot, codename = permission.partition(".")
    user.user_permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_owner_sees_every_page(owner: Client, scene: Scene, language: str) -> None:
    for where, _permission in PAGES:
        answer = owner.get(f"/admin/{where(scene)}", headers={"accept-language": language})
        page = answer.content.decode()
        assert (answer.status_code, f'<html lang="{language}">' in page) == (200, True), where(scene)
        assert ("To the shop" in page) == (language == "en"), where(scene)
        assert " style=" not in page, where(scene)
        assert "<script" not in page, where(scene)


def test_nobody_else_sees_one(guest: Client, customer: Client, staff: Client, scene: Scene) -> None:
    for where, permission in PAGES:
        path = f"/admin/{where(scene)}"
        led = guest.get(path)
        assert (led.status_code, led.headers["Location"].partition("?")[0]) == (302, "/accounts/login/"), path
        assert customer.get(path).status_code == 403, path
        assert staff.get(path).status_code == (403 if permission else 200), path


def test_one_permission_opens_its_own_pages(staff: Client, sam: User, scene: Scene) -> None:
    for where, permission in PAGES:
        if permission:
            sam.user_permissions.clear()
            permit(sam, permission)
            assert staff.get(f"/admin/{where(scene)}").status_code == 200, where(scene)


def test_the_menu_shows_what_one_may_see(staff: Client, sam: User, scene: Scene) -> None:
    permit(sam, "invoices.view_invoice")
    page = staff.get("/admin/").content.decode()
    assert "/admin/invoices/invoice/" in page
    assert "/admin/ledger/entry/" not in page
    assert "/admin/billing/" not in page
    assert str(scene.alert.text) not in page


def standing() -> tuple[object, ...]:
    """What the actions could change."""
    return (
        list(InstalledModule.objects.values_list("name", "enabled")),
        list(Wish.objects.values_list("wanted")),
        list(Operation.objects.values_list("state")),
        list(Service.objects.values_list("state")),
        list(Alert.objects.values_list("closed_at")),
        Mail.objects.count(),
    )


def test_actions_denied_have_no_effect(guest: Client, customer: Client, staff: Client, scene: Scene) -> None:
    before = standing()
    for where, data, _permission in ACTIONS:
        path = f"/admin/{where(scene)}"
        assert guest.post(path, data).status_code == 302, path
        assert customer.post(path, data).status_code == 403, path
        assert staff.post(path, data).status_code == 403, path
    assert standing() == before


def test_no_get_acts_and_no_post_without_its_token(owner: Client, scene: Scene) -> None:
    before = standing()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.cookies
    for where, data, _permission in ACTIONS:
        path = f"/admin/{where(scene)}"
        assert owner.get(path).status_code == 405, path
        assert strict.post(path, data).status_code == 403, path
    assert standing() == before


def test_actions_with_their_permission(staff: Client, sam: User, scene: Scene) -> None:
    for where, data, permissions in ACTIONS:
        sam.user_permissions.clear()
        for permission in permissions.split():
            permit(sam, permission)
        assert staff.post(f"/admin/{where(scene)}", data).status_code == 302, where(scene)


def test_signing_in_goes_through_the_customers_page(
    guest: Client, customer: Client, owner: Client, scene: Scene
) -> None:
    assert guest.get("/admin/login/?next=/admin/orders/order/").headers["Location"] == (
        "/accounts/login/?next=%2Fadmin%2Forders%2Forder%2F"
    )
    refused = customer.get("/admin/login/")
    assert (refused.status_code, b'data-test="refused"' in refused.content) == (403, True)
    assert b"alice@example.org" in refused.content
    assert owner.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 302
    for gone in ("logout/", "password_change/", "autocomplete/", "jsi18n/", "invoices/", "nothing/"):
        assert owner.get(f"/admin/{gone}").status_code == 404, gone
