"""The table of addresses: who gets what, by GET and by POST. A new address needs a row here, and so a thought.

Answers stand in the order of `ROLES`: a guest; Alice, whose things they are; Bob, another customer; Sam, staff without a
permission; Vera, staff who may look at everything; Olive, the owner. One word alone stands for all of them. `in` leads to the
sign-in page, `>name` to another address, `>outside` to the provider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.security.world import ROLES

STAFF_LOOK = "in 403 403 403 200 200"
STAFF_EDIT = "in 403 403 403 403 200"
NOBODY = "in 403 403 403 403 403"
NO_POST = "in 403 403 405 405 405"
IN = "in 200 200 200 200 200"
IN_NO_POST = "in 405 405 405 405 405"
HAS_PASSWORD = "in" + 5 * " >account_change_password"
CONFIRMED = ">account_login >client" + 4 * " >account_login"


@dataclass(frozen=True)
class Row:
    """One address. `post` is with a CSRF token and the data given; without a token it is 403 unless `exempt`.

    `acts`: whose POST has an effect; nobody else's may leave a trace. `looks`: the tables that a GET may touch. `like_olive`: the
    POST sends what Olive's page has in its form, and `data` over it.
    """

    name: str
    get: str
    post: str
    args: tuple[str, ...] = ()
    query: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    acts: str = ""
    looks: frozenset[str] = frozenset()
    exempt: bool = False
    like_olive: bool = False

    def answer(self, role: str, *, post: bool) -> str:
        """What the table says for somebody."""
        words = (self.post if post else self.get).split()
        word = words[ROLES.index(role)] if len(words) > 1 else words[0]
        return ">account_login" if word == "in" else word


def deed(name: str, leads_to: str, args: tuple[str, ...], data: Mapping[str, str] | None = None) -> Row:
    """What staff with a permission do by POST, and nobody else."""
    return Row(name, "in 403 403 403 403 405", f"in 403 403 403 403 {leads_to}", args, data=data or {}, acts="olive")


ADDRESS = {
    "first_name": "Zoé",
    "last_name": "Martin",
    "company": "",
    "address": "1, quai Neuf",
    "postcode": "69001",
    "city": "Lyon",
    "country": "FR",
}
BASKET = frozenset({"orders_basket", "orders_basketline"})
WISH = frozenset({"inbox_wish"})
# An account that was not made by registration: allauth notes its own address at the first page that asks for it.
ADDRESSES = frozenset({"account_emailaddress"})
EVERYBODY = " ".join(ROLES)
SIGNED_IN = "alice bob sam vera olive"

SHOP = [
    Row("home", "200", "405"),
    Row("group", "200", "405", ("slug",)),
    Row("direct", ">checkout", "405", ("product",), looks=BASKET),
    Row("basket", "200", "405"),
    Row("basket_add", "200", ">basket", ("product",), acts=EVERYBODY),
    Row("basket_line", "405", "404 >basket 404 404 404 404", ("line",), data={"quantity": "3"}, acts="alice"),
    Row(
        "checkout",
        ">basket 200 >basket >basket >basket >basket",
        ">basket >pay >basket >basket >basket >basket",
        data={**ADDRESS, "basket": "{basket}", "gateway": "stripe", "terms": "1", "total": "9990"},
        acts="alice",
    ),
    # An unguessable address is its own key, and whoever has it may pay: paying somebody else's invoice harms nobody.
    Row("pay", "200", "405", ("token",), "?back=done", looks=WISH),
    Row("pay_state", "200", "405", ("token",)),
    Row("pay_start", "405", ">pay", ("unpaid_token",), acts=EVERYBODY, exempt=True),
    Row("client", IN, IN_NO_POST),
    Row("client_services", IN, IN_NO_POST),
    Row("client_invoices", IN, IN_NO_POST),
    Row("client_invoice", "in 200 404 404 404 404", IN_NO_POST, ("invoice",)),
    Row(
        "client_profile",
        IN,
        "in >client_profile >client_profile >client_profile >client_profile >client_profile",
        data={**ADDRESS, "locale": "en"},
        acts=SIGNED_IN,
    ),
    Row("client_security", IN, IN_NO_POST),
    Row("demo_mail", "404", "405"),  # a page of the demo's alone
    Row("set_language", ">home", ">home", data={"language": "en"}, exempt=True),
    Row("healthz", "200", "405"),
    Row("readyz", "200", "405"),
    Row("robots", "200", "405"),
    Row("inbox_receive", "405", "400", ("gateway",), exempt=True),
]

# Who is signed in already is led on.
LED_ON = "200 >client >client >client >client >client"
NEW = {"email": "zoe@example.org", "password1": "a horse and a battery"}
CHANGED = {"oldpassword": "{password}", "password1": "a horse and a battery", "password2": "a horse and a battery"}
ACCOUNTS = [
    Row("account_login", LED_ON, LED_ON, data={"login": "alice@example.org", "password": "wrong"}),
    Row("account_logout", ">home 200 200 200 200 200", ">home"),  # ends the visitor's own session, and nothing else
    Row("account_inactive", "200", "405"),
    Row("account_signup", LED_ON, ">client", data=NEW, acts="guest"),
    Row("account_reauthenticate", IN, IN, data={"password": "wrong"}),
    Row(
        "account_email",
        IN,
        "in >account_email >account_email >account_email >account_email >account_email",
        data={"email": "zoe@example.org", "action_add": "1"},
        acts=SIGNED_IN,
        looks=ADDRESSES,
    ),
    Row("account_email_verification_sent", "200", "405"),
    Row(
        "account_change_password",
        IN,
        "in >account_change_password >account_change_password >account_change_password >account_change_password "
        ">account_change_password",
        data=CHANGED,
        acts=SIGNED_IN,
    ),
    Row("account_set_password", HAS_PASSWORD, HAS_PASSWORD),
    # The same answer for an address that is known and for one that is not; a mail goes out in both cases.
    Row(
        "account_reset_password",
        "200",
        ">account_reset_password_done",
        data={"email": "alice@example.org"},
        acts=EVERYBODY,
    ),
    Row("account_confirm_login_code", *2 * ("in >client >client >client >client >client",)),  # codes are not offered
    # Mails hold these two keys: whoever has one may use it. The reset's is moved into the session first.
    Row("account_confirm_email", "200", CONFIRMED, ("confirmation",), acts=EVERYBODY),
    Row("account_reset_password_from_key_done", "200", "405"),
    Row(
        "account_reset_password_from_key",
        ">account_reset_password_from_key",
        ">account_reset_password_from_key",
        ("reset_user", "reset_key"),
    ),
    Row("account_reset_password_done", "200", "405"),
]

BACK_OFFICE = [
    Row("admin:index", "in 403 403 200 200 200", "in 403 403 200 200 200"),
    Row("admin:login", "in 403 403 in in in", "in 403 403 in in in"),
    Row("backoffice:modules", STAFF_LOOK, "in 403 403 403 405 405"),
    # All staff may read how things are done; the pictures are those of that page.
    Row("backoffice:help", "in 403 403 200 200 200", "in 403 403 405 405 405", ("gateway",)),
    Row("backoffice:help_picture", "in 403 403 200 200 200", "in 403 403 405 405 405", ("picture",)),
    # The test that an empty form asks for is of the stored keys; they are good, and the time of the test is kept.
    Row("backoffice:module_settings", STAFF_LOOK, "in 403 403 403 403 200", ("gateway",), acts="olive"),
    deed("backoffice:module_waiting", ">backoffice:module_settings", ("gateway",), {"answer": "yes"}),
    deed("backoffice:module_mode", ">backoffice:module_settings", ("gateway",), {"use": "test"}),
    deed("backoffice:module_methods", ">backoffice:module_settings", ("gateway",), {"do": "read"}),
    deed("backoffice:module_check", ">backoffice:module_settings", ("gateway",)),
    deed("backoffice:module_repair", ">backoffice:module_settings", ("gateway",), {"endpoint": "{endpoint}"}),
    # Last of these: what it does at the provider is not undone after the visit.
    deed("backoffice:module_endpoint", ">backoffice:module_settings", ("gateway",)),
    Row(
        "backoffice:module_missing",
        STAFF_LOOK,
        "in 403 403 403 403 >backoffice:module_settings",
        ("gateway",),
        acts="olive",
    ),
    # This world is at home where it answers: there is nothing to say yes to.
    Row("backoffice:moved", "in 403 403 403 403 405", "in 403 403 403 403 >backoffice:modules"),
    Row("backoffice:transactions", STAFF_LOOK, "in 403 403 403 405 405", ("gateway",)),
    Row("backoffice:payment", STAFF_LOOK, "in 403 403 403 405 405", ("gateway", "payment")),
    Row("backoffice:payment_event", STAFF_LOOK, "in 403 403 403 405 405", ("gateway", "payment", "payment_notice")),
    Row("backoffice:foreign", STAFF_LOOK, "in 403 403 403 405 405", ("gateway", "foreign")),
    Row("backoffice:foreign_event", STAFF_LOOK, "in 403 403 403 405 405", ("gateway", "foreign", "notice")),
    deed("backoffice:foreign_look", ">backoffice:foreign", ("gateway", "foreign")),
    # What nobody here knows and the provider does: a look is wished for, and the page that waits for it is led to.
    deed("backoffice:ask", ">backoffice:asked", ("gateway",), {"q": "{unknown}"}),
    Row(
        "backoffice:asked",
        "in 403 403 403 >backoffice:transactions >backoffice:transactions",  # nobody has asked for anything
        "in 403 403 403 405 405",
        ("gateway",),
    ),
    deed("backoffice:module_switch", ">backoffice:modules", ("module",), {"enabled": "no"}),
    deed("backoffice:payment_look", ">backoffice:payment", ("gateway", "payment")),
    deed("backoffice:delivery_done", ">admin:services_operation_change", ("by_hand",), {"access": "name: value"}),
    deed("backoffice:delivery_again", ">admin:services_operation_change", ("failed",)),
    deed("backoffice:alert_close", ">admin:kernel_alert_changelist", ("alert",)),
    Row("admin:customers_customer_changelist", STAFF_LOOK, STAFF_LOOK),
    Row("admin:customers_customer_history", STAFF_LOOK, STAFF_LOOK, ("customer",)),
    Row(
        "admin:customers_customer_change",
        STAFF_LOOK,
        "in 403 403 403 403 >admin:customers_customer_changelist",
        ("customer",),
        data={"city": "Lyon"},
        acts="olive",
        like_olive=True,
    ),
]

# Nouns whose rows are facts: a list and a page, for staff who may look; nobody adds, changes or deletes.
FACTS = {
    "kernel_alert": "alert",
    "inbox_notice": "notice",
    "inbox_wish": "wish",
    "mail_mail": "mail",
    "orders_order": "order",
    "invoices_invoice": "invoice",
    "services_service": "service",
    "services_operation": "by_hand",
    "ledger_entry": "entry",
    "payments_attempt": "attempt",
    "payments_foreign": "foreign",
}

# Nouns that the owner edits: the row that is changed, the row that nothing else holds, and what is typed.
EDITED: dict[str, tuple[str, str, dict[str, str]]] = {
    "catalogue_group": ("group", "spare_group", {"name_fr": "Neuf", "name_en": "New", "slug": "new"}),
    "catalogue_product": ("product", "spare_product", {"name_fr": "Neuf", "name_en": "New", "group": "{group}"}),
    "catalogue_price": (
        "price",
        "price",
        {"product": "{spare_product}", "cycle": "monthly", "currency": "EUR", "amount": "3"},
    ),
    "catalogue_taxrate": (
        "tax_rate",
        "spare_rate",
        {"name_fr": "TVA", "name_en": "VAT", "country": "FR", "percent": "7"},
    ),
    "catalogue_shop": ("shop", "shop", {"name": "Hébergeur Neuf"}),
}


def _facts() -> Iterator[Row]:
    for noun, thing in FACTS.items():
        yield Row(f"admin:{noun}_changelist", STAFF_LOOK, NO_POST)
        yield Row(f"admin:{noun}_change", STAFF_LOOK, NO_POST, (thing,))


def _edited() -> Iterator[Row]:
    for noun, (thing, spare, typed) in EDITED.items():
        listed = f"in 403 403 403 403 >admin:{noun}_changelist"
        yield Row(f"admin:{noun}_history", STAFF_LOOK, STAFF_LOOK, (thing,))
        yield Row(f"admin:{noun}_change", STAFF_LOOK, listed, (thing,), data=typed, acts="olive", like_olive=True)
        if noun == "catalogue_shop":  # there is one: its list leads to it, none is added or deleted
            lead = "in 403 403" + 3 * f" >admin:{noun}_change"
            yield Row(f"admin:{noun}_changelist", lead, lead)
            yield Row(f"admin:{noun}_add", NOBODY, NOBODY)
            yield Row(f"admin:{noun}_delete", NOBODY, NOBODY, (thing,), data={"post": "yes"})
        else:
            yield Row(f"admin:{noun}_changelist", STAFF_LOOK, STAFF_LOOK)
            yield Row(f"admin:{noun}_add", STAFF_EDIT, listed, data=typed, acts="olive", like_olive=True)
            yield Row(f"admin:{noun}_delete", STAFF_EDIT, listed, (spare,), data={"post": "yes"}, acts="olive")


ROWS = [*SHOP, *ACCOUNTS, *BACK_OFFICE, *_facts(), *_edited()]
