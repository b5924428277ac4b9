"""What customers do: order, leave for the page, pay in every way, abandon, come back, try again, use their credit."""

from __future__ import annotations

from urllib.parse import urljoin

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.proofs.steps import PICK, Steps, one, person, there

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.models import Credit
from comptoir.orders import actions as orders
from comptoir.orders.queries import became, filled
from comptoir.payments.actions.cancel import cancel
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.place import Spend, place
from comptoir.payments.actions.spend import use_credit
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt
from comptoir.payments.queries import choices, current_attempt

CARDS = {
    "good": "4242424242424242",
    "declined": "4000000000000002",
    "challenge": "4000000000003220",
    "challenge declined": "4000008400001629",
    "refund pending": "4000000000007726",
    "refund fails": "4000000000005126",
    "available": "4000000000000077",
    "disputed": "4000000000000259",
    "asked about": "4000000000001976",
    "disputed twice": "4000004040000079",
    "warned of": "4000000000005423",
    "risky": "4000000000009235",
}
IBANS = {
    "sepa": "FR1420041010050500013M02606",
    "sepa soon": "FR3020041010050500013M02609",
    "sepa fails": "FR8420041010050500013M02607",
    "sepa fails soon": "FR7920041010050500013M02600",
    "sepa disputed": "FR5720041010050500013M02608",
}
PIECES = st.sampled_from([1, 1, 2, 3])
WAYS = (*("good",) * 4, *CARDS, *IBANS, "bancontact")


class Customers(Steps):
    """Rules."""

    @rule(who=st.integers(0, 2), which=st.integers(0, 2), pieces=PIECES, goes=st.booleans())
    def order(self, who: int, which: int, pieces: int, *, goes: bool) -> None:
        """Fill a basket, confirm it with what one has in hand, and perhaps be led to Stripe's page."""
        invoice = self._placed(who, which, pieces, spends=True)
        if invoice is not None and goes:
            self._leave(invoice)

    @rule(who=st.integers(0, 2), which=st.integers(0, 2), pieces=PIECES, way=st.sampled_from(WAYS), back=st.booleans())
    def buy(self, who: int, which: int, pieces: int, way: str, *, back: bool) -> None:
        """Order, pay at once, confirm at the bank where it asks, and perhaps come back."""
        invoice = self._placed(who, which, pieces)
        if invoice is None:
            return
        pages, banks = len(self.pages), len(self.banks)
        self._leave(invoice)
        if len(self.pages) > pages:
            self.pay_with(self.pages[-1], way)
        if len(self.banks) > banks:
            self._submit(self.banks.pop(), {"do": "pass"})
        if back:
            self._visit(invoice)

    def _placed(self, who: int, which: int, pieces: int, *, spends: bool = False) -> Invoice | None:
        """A basket is confirmed; the invoice of the order, None where nothing was ordered."""
        world = self.world
        customer, product = world.customers[who], world.products[which]
        key = orders.add_to_basket(key=None, product=product, cycle=product.default_cycle, quantity=pieces).pk
        total = filled(key, shop=world.shop).quote.total
        held = Credit.objects.filter(customer=customer, mode="test", balance_minor__gt=0).first() if spends else None
        spend = Spend(Money(min(held.balance_minor, total.minor), total.currency), "test") if held is not None else None
        rest = total - spend.amount if spend is not None else total
        choice = next((each for each in choices(customer=customer, amount=rest) if each.module == "stripe"), None)
        person(
            lambda: place(
                basket_key=key,
                customer=customer,
                shop=world.shop,
                choice=choice if rest else None,
                shown_total_minor=total.minor,
                locale=customer.locale,
                who=f"customer:{customer.pk}",
                spend=spend,
            )
        )
        order = became(key, customer=customer)
        return order.invoices.get() if order is not None else None

    def _leave(self, invoice: Invoice) -> None:
        """Press *pay*: the page's address is kept, as a browser's history keeps it."""

        def press() -> None:
            who = f"customer:{invoice.customer_id}"
            ready = start(invoice_id=invoice.pk, gateway=None, who=who, network="198.51.100.0/24")
            if ready.url and ready.url not in self.pages:
                self.pages.append(ready.url)

        person(press)

    @precondition(there(Invoice))
    @rule(pick=PICK)
    def press_pay(self, pick: int) -> None:
        """Press *pay* on an invoice, whatever has become of it."""
        invoice = one(Invoice.objects.exclude(state="draft"), pick)
        if invoice is not None:
            self._leave(invoice)

    @precondition(lambda self: bool(self.pages))
    @rule(pick=PICK, way=st.sampled_from(WAYS))
    def pay(self, pick: int, way: str) -> None:
        """Pay on a page of Stripe's, be it the newest or one that was left open long ago in another tab."""
        if self.pages:
            self.pay_with(self.pages[-1 - pick % len(self.pages)], way)

    def pay_with(self, url: str, way: str) -> None:
        """Fill in a page of Stripe's."""
        fields = {"method": "card", "name_card": "Alice Durand", "expiry": "12/39", "cvc": "123"}
        if way in CARDS:
            fields["number"] = CARDS[way]
        elif way in IBANS:
            fields = {"method": "sepa_debit", "iban": IBANS[way], "name_sepa_debit": "Alice Durand"}
        else:
            fields = {"method": "bancontact", "name_bancontact": "Alice Durand"}
        self._submit(url, fields)

    def _submit(self, url: str, fields: dict[str, str]) -> None:
        answer = self.world.web.post(url, data=fields, allow_redirects=False, timeout=30)
        assert answer.status_code < 500, answer.text
        where = urljoin(url, answer.headers.get("location", ""))
        if "/c/step/" in where:
            self.banks.append(where)

    @precondition(lambda self: bool(self.banks))
    @rule(pick=PICK, passes=st.booleans(), stays=st.booleans())
    def at_the_bank(self, pick: int, *, passes: bool, stays: bool) -> None:
        """Confirm or refuse at the bank; the page may be used again, as one reaches it by the Back button."""
        if not self.banks:
            return
        position = -1 - pick % len(self.banks)
        url = self.banks[position]
        self._submit(url, {"do": "pass" if passes else "fail"})
        if not stays:
            del self.banks[position]

    @precondition(there(Attempt))
    @rule(pick=PICK)
    def come_back(self, pick: int) -> None:
        """Visit the page between shop and Stripe: that is a wish that we look."""
        invoice = one(Invoice.objects.filter(attempts__isnull=False).distinct(), pick)
        self._visit(invoice)

    def _visit(self, invoice: Invoice | None) -> None:
        attempt = current_attempt(invoice) if invoice is not None else None
        if attempt is not None:
            person(lambda: visit(attempt))

    def pay_newest(self) -> None:
        """The newest page is paid, in another tab."""
        if self.pages:
            self.pay_with(self.pages[-1], "good")

    def visit_newest(self) -> None:
        """The newest invoice's page is opened."""
        self._visit(Invoice.objects.order_by("-pk").first())

    def press_newest(self) -> None:
        """*Pay* is pressed on the newest invoice, in another tab."""
        invoice = Invoice.objects.order_by("-pk").first()
        if invoice is not None:
            self._leave(invoice)

    @precondition(there(Credit, balance_minor__gt=0))
    @rule(pick=PICK, by_customer=st.booleans())
    def use_credit(self, pick: int, *, by_customer: bool) -> None:
        """Pay an open invoice with what one has in hand."""
        invoice = one(Invoice.objects.filter(state__in=["open", "in_progress"]), pick)
        if invoice is not None:
            person(
                lambda: use_credit(
                    invoice_id=invoice.pk, who=f"customer:{invoice.customer_id}", by_customer=by_customer
                )
            )

    @precondition(there(Invoice, state__in=["open", "in_progress"]))
    @rule(pick=PICK)
    def think_better_of_it(self, pick: int) -> None:
        """Cancel an order that is not paid."""
        invoice = one(Invoice.objects.filter(state__in=["open", "in_progress"]), pick)
        if invoice is not None and invoice.order_id is not None:
            order = invoice.order_id
            person(
                lambda: cancel(order_id=order, why="too dear", who=f"customer:{invoice.customer_id}", by_customer=True)
            )
