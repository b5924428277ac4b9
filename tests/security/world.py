"""The people and things of the walk: Alice has bought, Bob has not; the others work here, each in a role, with a second factor."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs
from tests.staff.softkey import SoftKey
from tests.stripe import Stripe

from comptoir.catalogue.models import Group, Price, Product, TaxRate
from comptoir.conf import conf, stored_secret
from comptoir.customers.models import Customer, User
from comptoir.inbox.models import Notice, Wish
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.words import verbatim
from comptoir.ledger.models import Entry
from comptoir.mail.models import Mail
from comptoir.modules import actions as module_actions, queries as modules, setup
from comptoir.modules.api import Connection, DeliveryStatus, Outcome
from comptoir.payments.actions import spend
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start
from comptoir.payments.models import (
    Attempt,
    BookReading,
    Dispute,
    Foreign,
    FraudWarning,
    Payment,
    Payout,
    Reconciliation,
    Refund,
)
from comptoir.payments.reconcile import run
from comptoir.payments.sync import look_once
from comptoir.services import actions as services
from comptoir.services.models import Operation, Service
from comptoir.services.queries import access

ROLES = ("guest", "alice", "bob", "nina", "sam", "vera", "sybil", "boris", "olive")
WORK_AS = {"nina": "owner", "sam": "", "vera": "read-only", "sybil": "support", "boris": "billing"}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TOKEN = "t" * 32  # a CSRF token that a page would have handed out
WAITING_KEY = "sk_test_51" + "waiting" * 6  # of another account
WARES = ("VPS Lanterne", "VPS Phare", "VPS Fanal")


@dataclass
class World:
    """What the addresses are about, by name, and each person's session."""

    stripe: Stripe
    ids: dict[str, object] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def client(self, role: str, *, token: bool = False) -> Client:
        """A browser of this person's, with CSRF enforced; `token`: it has loaded a page with a form before."""
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if role in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        if token:
            client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
            client.defaults["HTTP_X_CSRFTOKEN"] = TOKEN
        return client

    def path(self, name: str, arguments: tuple[str, ...]) -> str:
        """The address of a named pattern for things of this world."""
        return reverse(name, args=[self.ids[each] for each in arguments])

    def filled(self, data: dict[str, str]) -> dict[str, str]:
        """A form with the ids of this world in it."""
        return {name: text.format(**self.ids) for name, text in data.items()}


def own_secrets() -> dict[str, str]:
    """What the installation keeps in its state folder, by name."""
    keys = (settings.SECRET_KEY, *stored_secret(conf().home.resolve(), "seal_keys").split(","))
    return dict(zip(("Django's secret key", "seal key"), keys, strict=True))


def secrets(world: World) -> dict[str, str]:
    """Every secret of the walk's world, by name."""
    opened = [access(service) for service in Service.objects.exclude(access_sealed=b"")]
    account = modules.accounts("stripe")[0]
    return {
        **own_secrets(),
        "Stripe's secret key": account.values["secret_key"],
        "webhook secret": account.values["webhook_secret"],
        "secret key that waits": WAITING_KEY,
        "everybody's password": builders.PASSWORD,
        **{f"session of {role}": key for role, key in world.sessions.items()},
        **world.secrets,
        **{f"access password {number}": values["password"] for number, values in enumerate(opened)},
    }


def build(stripe: Stripe) -> World:
    """Alice's paid order in all states of delivery, her open invoice, her basket; something of each noun of the back office."""
    stripe.connect()
    world = World(stripe)
    builders.shop()
    alice, bob = builders.customer("Alice"), builders.customer("Bob", locale="en")
    paid = _paid_order(alice, stripe)
    _deliveries()
    waiting = builders.invoice(alice, builders.product("Nom de domaine"))
    ready = start(invoice_id=waiting.pk, gateway="stripe", who="customer")
    untouched = builders.invoice(alice, builders.product("VPS Falot"))
    world.ids |= {**_things(paid, waiting, ready.attempt), "unpaid_token": untouched.pay_token}
    world.ids |= {"unpaid": untouched.pk, "unpaid_order": untouched.order_id, "unpaid_line": untouched.lines.get().pk}
    world.ids |= _credit(alice)
    _oddities(stripe)
    world.ids |= {"endpoint": _set_up(stripe)}
    world.ids |= _books(stripe)
    world.ids |= _nouns()
    world.ids["unknown"] = stripe.api("POST", "/v1/payment_intents", data={"amount": 500, "currency": "eur"})["id"]
    _people(world, alice, bob)
    world.ids |= _keys(alice)  # last: signing in makes older ones void
    return world


def _paid_order(alice: Customer, stripe: Stripe) -> Invoice:
    wares = [
        builders.product(name, driver=driver)
        for name, driver in zip(WARES, ("instant", "manual", "manual"), strict=True)
    ]
    invoice = builders.invoice(alice, *wares, total_minor=3 * 9990)
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="customer")
    stripe.pay(ready.url)
    visit(ready.attempt)
    while look_once(by="test"):
        pass
    run_jobs()
    return invoice


def _deliveries() -> None:
    """One is done, one is left to people, one has failed."""
    broken = Operation.objects.get(service__name=WARES[2])
    Operation.objects.filter(pk=broken.pk).update(state=Operation.State.RUNNING)
    services.finish(broken, Outcome(DeliveryStatus.FAILED, note="no room on the host"), by="system")
    run_jobs()


def _things(paid: Invoice, waiting: Invoice, attempt: Attempt) -> dict[str, object]:
    operations = {each.service.name: each.pk for each in Operation.objects.select_related("service")}
    return {
        "invoice": paid.pk,
        "order": paid.order_id,
        "token": waiting.pay_token,
        "paid_token": paid.pay_token,
        "attempt": attempt.pk,
        "payment": Payment.objects.get().pk,
        "service": Service.objects.get(name=WARES[0]).pk,
        "done": operations[WARES[0]],
        "by_hand": operations[WARES[1]],
        "failed": operations[WARES[2]],
    }


def _credit(alice: Customer) -> dict[str, object]:
    """Two euros of credit stand on an open invoice, one more is in hand."""
    invoice = builders.invoice(alice, builders.product("VPS Bougeoir"))

    def give(minor: int) -> None:
        amount = Money(minor, "EUR")
        spend.give_credit(customer=alice, mode="test", amount=amount, note="", key=uuid.uuid4(), who="test")

    give(200)
    spend.use_credit(invoice_id=invoice.pk, who="test")
    give(100)
    return {"credited": invoice.pk, "uuid": str(uuid.uuid4()), "today": timezone.localdate(clock.now()).isoformat()}


def _oddities(stripe: Stripe) -> None:
    """An alert, notices and their wishes, somebody else's payment."""
    from tests.backoffice import scenes

    alert("test", verbatim("Something that a person must see."))
    scenes.notice("pi_foreign", event="evt_foreign", account=stripe.account)
    payment = Payment.objects.get()
    for state in ("waiting", "failed"):
        scenes.refund(payment, 100, state=state)
    _held(payment, reference="pi_held")
    asked = _held(payment, reference="pi_asked")  # apart: what the bank asks about is not to be decided
    scenes.dispute(asked, reference="du_open")  # unknown at Stripe: what is sent for it is refused there
    scenes.dispute(payment, reference="du_won", state="won", answerable=False, policy="keep")
    scenes.warning(asked)
    scenes.notice(payment.reference, event="evt_paid", account=stripe.account)
    Foreign.objects.create(
        module="stripe",
        account=stripe.account,
        mode="test",
        kind="payment",
        reference="pi_foreign",
        why=verbatim("another shop"),
        seen_at=clock.now(),
    )


def _held(like: Payment, *, reference: str) -> Payment:
    """A payment that waits for a person, of the same customer."""
    return Payment.objects.create(
        module=like.module,
        account=like.account,
        mode=like.mode,
        reference=reference,
        invoice=like.invoice,
        state=Payment.State.HELD,
        amount_minor=9990,
        currency=like.currency,
        held_because=verbatim("It does not fit."),
        created_at=clock.now(),
        read_at=clock.now(),
    )


def _books(stripe: Stripe) -> dict[str, object]:
    """A payout, and a report of the reconciliation that has stopped half-way."""
    now = clock.now()
    account = {"module": "stripe", "account": stripe.account, "mode": "test"}
    payout = Payout.objects.create(
        **account, reference="po_1", amount_minor=9815, currency="EUR", arrival_on=now, created_at=now, read_at=now
    )
    reading = BookReading.objects.create(**account)
    report = run.ask(reading, since=now - dt.timedelta(days=1), until=now, who="test")
    assert report is not None
    run_jobs()
    stopped = Reconciliation.objects.create(**account, since=report.since, until=now, read_until=now, who="test")
    return {"payout": payout.pk, "reconciliation": stopped.pk}


def _set_up(stripe: Stripe) -> str:
    """The settings page has something to do: an endpoint that lacks events, and keys of another account that wait. Returns its id."""
    stripe.control.post("deliveries", rule="drop")  # nobody listens at the address of this world
    address = setup.notice_address("stripe")
    made = stripe.api("POST", "/v1/webhook_endpoints", data={"url": address, "enabled_events[]": "charge.succeeded"})
    setup.endpoints(module="stripe", mode="test")
    values = {"secret_key": WAITING_KEY, "publishable_key": "pk_test_waiting", "webhook_secret": ""}
    other = Connection(account="acct_waiting", findings=(), title="Hébergeur Phare")
    module_actions.store_tested(module="stripe", mode="test", connection=other, values=values, who="test")
    return str(made["id"])


def _nouns() -> dict[str, object]:
    product = Product.objects.get(name_fr=WARES[0])
    spare = builders.product("VPS Bougie")
    return {
        "gateway": "stripe",
        "picture": "shop",
        "module": "manual",
        "group": Group.objects.get().pk,
        "slug": Group.objects.get().slug,
        "product": product.pk,
        "spare_product": spare.pk,
        "price": Price.objects.get(product=product).pk,
        "tax_rate": TaxRate.objects.get().pk,
        "spare_rate": TaxRate.objects.create(name_fr="TVA 550", country="FR", basis_points=550).pk,
        "spare_group": Group.objects.create(slug="spare", name_fr="Vide", name_en="Empty").pk,
        "shop": builders.shop().pk,
        "alert": Alert.objects.get(key="test").pk,
        "notice": Notice.objects.get(event_id="evt_foreign").pk,
        "payment_notice": Notice.objects.get(event_id="evt_paid").pk,
        "refund": Refund.objects.get(state="waiting").pk,
        "held_payment": Payment.objects.get(reference="pi_held").pk,
        "failed_refund": Refund.objects.get(state="failed").pk,
        "refund_form": uuid.uuid4(),
        "dispute": Dispute.objects.get(reference="du_open").pk,
        "won_dispute": Dispute.objects.get(reference="du_won").pk,
        "warning": FraudWarning.objects.get().pk,
        "wish": Wish.objects.get(external_id="pi_foreign").pk,
        "foreign": Foreign.objects.get().pk,
        "entry": Entry.objects.earliest("id").pk,
        "mail": Mail.objects.filter(template="paid").latest("id").pk,
        "uncertain": _uncertain(),
    }


def _uncertain() -> int:
    """A mail of which nobody knows whether it left."""
    values = {"template": "", "subject": "Bonjour", "body": "Bonjour", "locale": "fr", "state": Mail.State.UNCERTAIN}
    return Mail.objects.create(fact="uncertain", to="alice@example.org", **values).pk


def _keys(alice: Customer) -> dict[str, object]:
    """What mails hold: the key that confirms Alice's address, and the one that resets her password."""
    address = EmailAddress.objects.create(user=alice.user, email=alice.user.email, primary=True, verified=False)
    return {
        "password": builders.PASSWORD,
        "confirmation": EmailConfirmationHMAC.create(address).key,
        "reset_user": user_pk_to_url_str(alice.user),
        "reset_key": default_token_generator.make_token(alice.user),
    }


def _people(world: World, alice: Customer, bob: Customer) -> None:
    users = {"alice": alice.user, "bob": bob.user, "olive": builders.owner()}
    users |= {name: builders.staff(name.capitalize(), role) for name, role in WORK_AS.items()}
    for role, user in users.items():
        if user.is_staff and role != "nina":
            world.secrets |= _factor(user, role)
        client = Client()
        client.force_login(user, backend=BACKEND)
        world.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
        if role == "alice":
            world.ids |= _basket(client)
    passkey = _passkey(users["olive"])
    invited = User.objects.create_user("ivan@example.org", is_staff=True)
    world.ids |= {"customer": alice.pk, "member": users["vera"].pk, "invited": invited.pk, "passkey": passkey.pk}


def _factor(user: User, role: str) -> dict[str, str]:
    """An app and recovery codes, bound as allauth binds them; returns what nobody else may ever read."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user)
    told = {f"app's key of {role}": secret, f"seed of the codes of {role}": decrypt(codes.instance.data["seed"])}
    return told | {f"recovery code {number} of {role}": code for number, code in enumerate(codes.get_unused_codes())}


def _passkey(user: User) -> Authenticator:
    made = SoftKey().make({"publicKey": {"user": {"id": "AA"}, "challenge": "AA"}})
    row: Authenticator = WebAuthn.add(user, "My phone", json.loads(made)).instance
    return row


def _basket(client: Client) -> dict[str, object]:
    from comptoir.orders.models import BasketLine

    key: uuid.UUID = builders.basket(Product.objects.get(name_fr=WARES[0]))
    session: Any = client.session
    session["basket"] = str(key)
    session.save()
    return {"basket": key, "line": BasketLine.objects.get(basket=key).pk}
