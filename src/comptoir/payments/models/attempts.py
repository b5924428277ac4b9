"""Attempts to be paid (ours, going out) and payments (the provider's, seen)."""

from __future__ import annotations

import uuid
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext, pgettext_lazy

from comptoir.invoices.models import Invoice
from comptoir.kernel import states
from comptoir.kernel.fields import WordsField
from comptoir.kernel.money import Money
from comptoir.modules.api import PaymentStatus

ATTEMPT_STATES = states.table(
    "attempt",
    created="open in_progress succeeded ended",
    open="in_progress succeeded ended",
    in_progress="open succeeded ended",
    succeeded="",
    ended="succeeded",  # a page that was given up here was paid there after all
)
PAYABLE = ("created", "open", "in_progress")  # at most one of these for an invoice


class PageWord(StrEnum):
    """What a read of a payment says of the page that it is paid on."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    SUCCEEDED = "succeeded"
    OVER = "over"  # nothing can be paid on it any more


def page_word(status: PaymentStatus, *, ended: bool) -> PageWord:
    """The word for how a payment stands; `ended`: nothing can be paid on it any more."""
    if status in {PaymentStatus.SUCCEEDED, PaymentStatus.IN_PROGRESS}:
        return PageWord(status.value)
    return PageWord.OVER if ended else PageWord.OPEN


# A try that was in progress and failed on a page that is still open leads back to that page. One that was ended here and is paid after
# all has succeeded: whether its money pays the invoice or is held is the invoice's to say.
ATTEMPT_READS = states.reads(
    ATTEMPT_STATES,
    PageWord,
    # ---------- created      open         in_progress  succeeded  ended
    open="         open         open         open         succeeded  ended",
    in_progress="  in_progress  in_progress  in_progress  succeeded  ended",
    succeeded="    succeeded    succeeded    succeeded    succeeded  succeeded",
    over="         ended        ended        ended        succeeded  ended",
)

PAYMENT_STATES = states.table(
    "payment",
    open="in_progress succeeded failed cancelled held",
    in_progress="open succeeded failed cancelled held",
    failed="open in_progress succeeded cancelled held",
    succeeded="held partially_refunded refunded disputed",
    held="succeeded refunded disputed partially_refunded",
    cancelled="open in_progress failed succeeded held",  # a later read is believed: money must not be lost to a table
    partially_refunded="refunded succeeded disputed held",
    refunded="partially_refunded succeeded disputed held",
    disputed="succeeded partially_refunded refunded held",
)
# What is held stays so until a person decides, and what went back or is disputed is said by refunds and disputes.
PAYMENT_READS = states.reads(
    PAYMENT_STATES,
    PaymentStatus,
    # --------- open        in_progress failed      succeeded held cancelled   partially_refunded refunded disputed
    open="        open        open        open        odd       odd  open        odd                odd      odd",
    in_progress=" in_progress in_progress in_progress odd       odd  in_progress odd                odd      odd",
    succeeded="   succeeded   succeeded   succeeded   succeeded held succeeded   partially_refunded refunded disputed",
    failed="      failed      failed      failed      odd       odd  failed      odd                odd      odd",
    cancelled="   cancelled   cancelled   cancelled   odd       odd  cancelled   odd                odd      odd",
)


class Attempt(models.Model):
    """One try to have an invoice paid. Stored before the provider is called, with the random key of that call."""

    class State(models.TextChoices):
        CREATED = "created", _("being prepared")
        OPEN = "open", _("open")
        IN_PROGRESS = "in_progress", _("in progress")
        SUCCEEDED = "succeeded", _("succeeded")
        ENDED = "ended", pgettext_lazy("attempt", "ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("invoice"))
    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.CREATED)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    revision = models.PositiveIntegerField(default=0, db_default=0)  # of the invoice as it was when this was begun
    network = models.CharField(max_length=50, blank=True, db_default="")  # from which it was begun (`limits`)
    subject_kind = models.CharField(max_length=20, blank=True)
    reference = models.CharField(_("reference"), max_length=255, blank=True)
    url = models.TextField(blank=True)
    failure = WordsField(_("failure"), blank=True)
    calling_until = models.DateTimeField(null=True, blank=True)  # wall time: somebody is calling the provider
    wished_at = models.DateTimeField(null=True, blank=True)  # wall time: the last look that a visit has asked for
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"], condition=models.Q(state__in=PAYABLE), name="payments_attempt_one_payable"
            )
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(state__in=PAYABLE), name="payments_attempt_open")
        ]

    def __str__(self) -> str:
        return f"{self.reference or self.pk}"

    @property
    def amount(self) -> Money:
        """What is to be paid."""
        return Money(self.amount_minor, self.currency)


class Payment(models.Model):
    """A payment as the provider last showed it. `state` is a summary; the ledger is the truth."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        IN_PROGRESS = "in_progress", _("in progress")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        HELD = "held", _("held for review")
        PARTIALLY_REFUNDED = "partially_refunded", _("partially refunded")
        REFUNDED = "refunded", _("refunded")
        DISPUTED = "disputed", _("disputed")

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    reference = models.CharField(_("transaction"), max_length=255)
    attempt = models.ForeignKey(
        Attempt, null=True, blank=True, on_delete=models.PROTECT, related_name="payments", verbose_name=_("attempt")
    )
    invoice = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="payments", verbose_name=_("invoice")
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.OPEN)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    method = models.CharField(_("method"), max_length=80, blank=True)
    method_type = models.CharField(_("method type"), max_length=40, blank=True)  # the provider's word, e.g. `card`
    failure = models.CharField(_("failure"), max_length=120, blank=True)
    risk = models.CharField(
        _("risk"), max_length=10, blank=True, db_default=""
    )  # the provider's: normal, elevated, highest, or ''
    held_because = WordsField(_("held because"), blank=True)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("last read"))  # the database's clock, taken before the read

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering = ["-id"]
        permissions = [
            ("look_payment", "Have the provider asked"),
            ("review_payment", "Decide what becomes of a payment that is held"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "reference"], name="payments_payment_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="held"), name="payments_payment_held"),
            models.Index(fields=["module", "-created_at", "-id"], name="payments_payment_newest"),
            models.Index(fields=["module", "state", "-created_at", "-id"], name="payments_payment_state"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # Django makes one only where there is none
        """The state in a word. *Disputed* stands for open disputes and for those that have taken something: the word tells them apart.

        It asks for the disputes of a payment that is disputed: a list prefetches them.
        """
        rows = list(self.disputes.all()) if self.state == Payment.State.DISPUTED else []
        lost = sum(row.lost_minor for row in rows)
        if lost <= 0 or any(row.is_open for row in rows):
            return str(Payment.State(self.state).label)
        whole = lost >= self.amount_minor
        return pgettext("payment", "lost to a dispute") if whole else pgettext("payment", "lost in part to a dispute")

    @property
    def amount(self) -> Money:
        """What it is about."""
        return Money(self.amount_minor, self.currency)


class PaymentReference(models.Model):
    """Every id of the provider's by which a payment can be found, whole or by its beginning."""

    module = models.CharField(max_length=60)
    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.PROTECT, related_name="references")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="references")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "reference"], name="payments_reference_once")
        ]
        indexes = [
            models.Index(fields=["reference"], name="payments_reference_prefix", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.reference
