"""Faults that are put into the product, each one patch of one function: the state machine must find every one of them."""

from __future__ import annotations
import __future__

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from tests.proofs.crash import replace

ACTIONS = "comptoir.payments.actions"


@dataclass(frozen=True)
class Mutant:
    """`old` is written once in the function at `where` (module:function) and becomes `new`; `shows`: what the oracle then says."""

    name: str
    where: str
    old: str
    new: str
    shows: str

    @contextmanager
    def installed(self) -> Iterator[None]:
        """The product has the fault, wherever the function was imported to."""
        undo = replace(self.where, self._patched)
        try:
            yield
        finally:
            undo()

    def _patched(self, real: Callable[..., Any]) -> Callable[..., Any]:
        source = inspect.getsource(real)
        assert source.count(self.old) == 1, f"{self.where} does not say any more: {self.old}"
        changed = compile(
            source.replace(self.old, self.new), self.where, "exec", flags=__future__.annotations.compiler_flag
        )
        made: dict[str, Any] = {}
        exec(changed, vars(import_module(real.__module__)), made)  # noqa: S102 - our own words, above
        patched: Callable[..., Any] = made[real.__name__]
        return patched


MUTANTS = (
    Mutant(
        "what is held pays",
        f"{ACTIONS}.observe:_store_money",
        "held = payment.state == Payment.State.HELD or payment.held_because",
        "held = False",
        "though it is held|nobody has accepted it",
    ),
    Mutant(
        "a delivery that may have been made is made again without asking",
        "comptoir.services.tasks:_carry_out",
        "if operation.asked:",
        "if False:",
        "was made 2 times|was carried out",
    ),
    Mutant(
        "a mail whose sender died is sent again",
        "comptoir.mail.actions:claim",
        'uncertain(mail, problem=words(gettext_noop("the sender stopped while sending")))\n        return None',
        "return mail",
        "left 2 times",
    ),
    Mutant(
        "yen are charged a hundredfold",
        "comptoir_stripe.amounts:decimals",
        "return 0",
        "return 2",
        "entry|is no whole amount",
    ),
    Mutant(
        "refunds are kept by their payment instead of by their own ids",
        f"{ACTIONS}.taken_back:_enter",
        "reference=refund.id,",
        "reference=seen.payment_id,",
        r"entry \('refund', .*we None",
    ),
    Mutant(
        "refunds are booked with the sum of all that went back",
        f"{ACTIONS}.taken_back:_record",
        "kind=Entry.Kind.REFUND, amount=-refund.amount)\n    elif",
        "kind=Entry.Kind.REFUND, amount=-sum((each.amount for each in seen.refunds), refund.amount - refund.amount))\n    elif",
        r"entry \('refund'",
    ),
    Mutant(
        "an older read overwrites a newer one",
        f"{ACTIONS}.observe:_apply",
        "if payment.read_at > read_at:",
        "if False:",
        "-odd:",
    ),
)
