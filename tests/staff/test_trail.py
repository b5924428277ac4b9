"""What people do in the back office leaves an entry each: who, what, before and after; and the page that shows them."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.backoffice import scenes
from tests.jobs import run_jobs
from tests.staff.browser import Browser

from comptoir.catalogue.models import Group, Price, Product, TaxRate
from comptoir.customers.models import Customer, User
from comptoir.kernel import audit
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.records import alert
from comptoir.kernel.words import verbatim
from comptoir.services.models import Operation

OWNER = "staff:owner@example.org"


@pytest.fixture
def owner(olive: User) -> Client:
    """Olive, signed in, with nothing noted yet."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(olive, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def alice(olive: User) -> Customer:
    """A customer of a shop with a gateway."""
    scenes.gateway()
    return builders.customer("Alice")


def noted() -> list[AuditEntry]:
    return list(AuditEntry.objects.exclude(who="test").order_by("id"))


def only() -> AuditEntry:
    [entry] = noted()
    return entry


def form(client: Client, path: str, **typed: str) -> None:
    """Send a page's own form back, with other things typed."""
    from tests.security.html import Page

    page = Page(client.get(path).content.decode())
    fields = next(each for each in page.forms if each.method == "post" and each.action == "").fields
    answer = client.post(path, {**fields, **typed})
    assert answer.status_code == 302, answer.content.decode()


def test_an_edit_is_noted_with_before_and_after(owner: Client) -> None:
    group = Group.objects.create(slug="vps", name_fr="Serveurs", name_en="Servers")
    form(owner, f"/admin/catalogue/group/{group.pk}/change/", name_fr="Machines")
    entry = only()
    assert (entry.who, entry.verb, entry.noun, entry.key) == (OWNER, "changed", "catalogue.group", str(group.pk))
    assert (entry.before, entry.after) == ({"name_fr": "Serveurs"}, {"name_fr": "Machines"})
    assert entry.address == "127.0.0.0/24"
    form(owner, f"/admin/catalogue/group/{group.pk}/change/")
    assert len(noted()) == 1, "a form that changes nothing leaves nothing"


def test_what_is_added_and_deleted_is_noted(owner: Client) -> None:
    form(owner, "/admin/catalogue/taxrate/add/", name_fr="TVA réduite", country="FR", percent="5.5")
    rate = TaxRate.objects.get(basis_points=550)
    assert (only().verb, only().after["basis_points"]) == ("added", 550)
    owner.post(f"/admin/catalogue/taxrate/{rate.pk}/delete/", {"post": "yes"})
    gone = noted()[1]
    assert (gone.verb, gone.key, gone.before["name_fr"], gone.after) == ("deleted", str(rate.pk), "TVA réduite", {})


def test_a_price_on_its_products_page_is_noted_as_money(owner: Client) -> None:
    product = builders.product()
    form(owner, f"/admin/catalogue/product/{product.pk}/change/", **{"prices-0-amount": "89.90"})
    entry = only()
    assert (entry.noun, entry.before, entry.after) == (
        "catalogue.price",
        {"amount_minor": {"minor": 9990, "currency": "EUR"}},
        {"amount_minor": {"minor": 8990, "currency": "EUR"}},
    )
    page = owner.get("/admin/audit/").content.decode()
    assert "€99.90" in page
    assert "€89.90" in page
    form(owner, f"/admin/catalogue/product/{product.pk}/change/", **{"prices-0-DELETE": "on"})
    assert [each.verb for each in noted()] == ["changed", "deleted"]
    assert noted()[1].key == entry.key
    assert not Price.objects.exists()


def test_a_customers_details_are_noted_by_their_name(owner: Client, alice: Customer) -> None:
    form(owner, f"/admin/customers/{alice.pk}/", city="Lyon")
    entry = only()
    assert (entry.name, entry.before, entry.after) == ("Alice Durand", {"city": "Paris"}, {"city": "Lyon"})


def test_what_staff_do_about_money_and_deliveries_is_noted(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, builders.product("Move", driver="manual"))
    run_jobs()
    operation = Operation.objects.get()
    owner.post(f"/admin/billing/stripe/{payment.pk}/look/")
    owner.post(f"/admin/deliveries/{operation.pk}/done/", {"access": "password: hunter2-hunter2", "note": "by Vera"})
    owner.post(f"/admin/deliveries/{operation.pk}/done/", {"access": "password: other", "note": "again"})
    alert("a key", verbatim("Something."))
    row = Alert.objects.get(key="a key")
    owner.post(f"/admin/alerts/{row.pk}/close/")
    owner.post(f"/admin/alerts/{row.pk}/close/")
    assert [(each.verb, each.name, each.before, each.after) for each in noted() if each.who == OWNER] == [
        ("payment.looked", payment.reference, {}, {}),
        (
            "service.delivered",
            "Move",
            {"state": "waiting"},
            {"state": "done", "note": "by Vera", "access": "changed"},
        ),
        ("alert.closed", "a key", {}, {}),
    ]


def test_a_delivery_tried_again_is_noted(owner: Client, alice: Customer) -> None:
    scenes.paid(alice, builders.product("Move", driver="manual"))
    operation = Operation.objects.get()
    Operation.objects.update(state=Operation.State.FAILED)
    owner.post(f"/admin/deliveries/{operation.pk}/again/")
    owner.post(f"/admin/deliveries/{operation.pk}/again/")
    told = [each for each in noted() if each.verb == "service.again"]
    assert [(each.before, each.after) for each in told] == [({"state": "failed"}, {"state": "waiting"})]


def test_modules_and_keys_are_noted_without_the_keys(owner: Client, alice: Customer) -> None:
    owner.post("/admin/modules/stripe/enabled/", {"enabled": "no"})
    entry = noted()[-1]
    assert (entry.who, entry.verb, entry.name) == (OWNER, "module.disabled", "Stripe")
    stored = AuditEntry.objects.filter(verb="account.stored")
    assert stored.exists()
    assert all("sk_none" not in str((each.before, each.after)) for each in stored)


def shown(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/admin/audit/{query}").content.decode()
    return [part.partition('"')[0] for part in page.split('data-test="entry" data-verb="')[1:]]


def test_the_page_finds_by_who_deed_thing_and_day(owner: Client, olive: User) -> None:
    thing = audit.Thing("catalogue.group", "7", "Serveurs")
    audit.record(who="staff:vera@example.org", verb="changed", on=thing, before={"slug": "a"}, after={"slug": "b"})
    audit.record(who=OWNER, verb="deleted", on=audit.Thing("catalogue.group", "8000001", "Autres"))
    audit.record(who="command", verb="factor.reset", on=olive, before={"factors": ["totp"]}, after={"factors": []})
    assert shown(owner) == ["factor.reset", "deleted", "changed"]
    assert shown(owner, "?who=vera") == ["changed"]
    assert shown(owner, "?who=command") == ["factor.reset"]
    assert shown(owner, "?verb=deleted") == ["deleted"]
    assert shown(owner, "?thing=8000001") == ["deleted"]
    assert shown(owner, "?thing=serv") == ["changed"]
    today = AuditEntry.objects.latest("id").at.astimezone().date()
    assert len(shown(owner, f"?day={today}")) == 3
    assert shown(owner, "?day=2001-01-01") == []
    for nonsense in ("?day=x", "?day=9999-12-31", "?before=x", "?before=99999999999999999999", "?verb=x", "?who=%00"):
        assert len(shown(owner, nonsense)) == 3, nonsense


def test_before_and_after_stand_side_by_side_in_words(owner: Client, olive: User) -> None:
    audit.record(who=OWNER, verb="staff.role", on=olive, before={"role": "support"}, after={"role": "billing"})
    english = owner.get("/admin/audit/").content.decode()
    for words in ("Role changed", '<td data-label="Before">Support</td>', '<td data-label="After">Billing</td>'):
        assert words in english, words
    french = owner.get("/admin/audit/", headers={"accept-language": "fr"}).content.decode()
    for words in ("Rôle changé", '<td data-label="Avant">Assistance</td>', '<td data-label="Après">Facturation</td>'):
        assert words in french, words


def test_what_people_wrote_stays_as_it_is(owner: Client, alice: Customer) -> None:
    """A company that is called like a role keeps its name, and of a secret it is said that it is changed."""
    audit.record(who=OWNER, verb="changed", on=alice, before={"company": "support"}, after={"company": "owner"})
    page = owner.get("/admin/audit/", headers={"accept-language": "fr"}).content.decode()
    assert '<td data-label="Avant">support</td>' in page
    assert '<span class="muted">Clé secrète</span> nouvelle valeur</span>' in page


def test_method_types_stand_by_their_titles(owner: Client) -> None:
    thing = audit.Thing("modules.installedmodule", "stripe", "Stripe")
    names = "payment method types"
    audit.record(who=OWNER, verb="changed", on=thing, before={names: ["card"]}, after={names: ["card", "sepa_debit"]})
    page = owner.get("/admin/audit/", headers={"accept-language": "fr"}).content.decode()
    assert "sepa_debit" not in page
    assert "SEPA" in page


def test_line_ends_of_a_browser_are_no_change(owner: Client) -> None:
    group = Group.objects.create(slug="vps", name_fr="Serveurs", name_en="Servers", description_fr="un\ndeux")
    form(owner, f"/admin/catalogue/group/{group.pk}/change/", description_fr="un\r\ndeux", name_fr="Machines")
    assert set(only().after) == {"name_fr"}


def test_a_long_trail_is_cut_by_key(owner: Client) -> None:
    for number in range(120):
        audit.record(who=OWNER, verb="changed", on=audit.Thing("catalogue.group", str(number), "x"))
    seen, query = [], ""
    for _ in range(3):
        page = owner.get(f"/admin/audit/{query}").content.decode()
        seen.append(page.count('data-test="entry"'))
        if 'data-test="older"' in page:
            query = page.split('rel="next" href="')[1].partition('"')[0]
    assert seen == [50, 50, 20]


def test_who_reads_and_who_does_not(olive: User) -> None:
    for name, role, status in (("Vera", "read-only", 200), ("Boris", "billing", 403), ("Sybil", "support", 403)):
        browser = Browser(builders.staff(name, role))
        browser.sign_in()
        assert browser.client.get("/admin/audit/").status_code == status, role
        assert ('href="/admin/audit/"' in browser.text("/admin/")) == (status == 200), role


def test_a_product_is_named_where_it_is_meant(owner: Client) -> None:
    product = builders.product("VPS Phare")
    audit.record(who=OWNER, verb="changed", on=product)
    page = owner.get("/admin/audit/").content.decode()
    assert f'<a href="/admin/catalogue/product/{product.pk}/change/">VPS Phare</a>' in page
    assert Product.objects.count() == 1


def test_states_and_settings_are_told_in_words(owner: Client) -> None:
    """A column's choice, a module's field and what the module is about: none is shown as a code."""
    stripe = audit.Thing("modules.installedmodule", "stripe", "Stripe")
    audit.record(who=OWNER, verb="settings.stored", on=stripe, after={"account": "acct_1"}, secret=["secret_key"])
    operation = audit.Thing("services.operation", "1", "VPS")
    audit.record(who=OWNER, verb="service.again", on=operation, before={"state": "failed"}, after={"state": "waiting"})
    page = owner.get("/admin/audit/", headers={"accept-language": "fr"}).content.decode()
    for words in ("Compte</span>", "Clé secrète</span>", ">échec</td>", ">en attente</td>"):
        assert words in page, words
    for code in ("secret_key", ">failed<", ">waiting<"):
        assert code not in page, code
