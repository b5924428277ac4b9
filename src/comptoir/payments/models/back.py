"""Money that goes back: refunds that we ask for or mirror, disputes, and warnings of fraud."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext, pgettext_lazy

from comptoir.kernel import states
from comptoir.kernel.fields import WordsField
from comptoir.kernel.money import Money
from comptoir.modules.api import DisputeStatus, RefundStatus
from comptoir.payments.models.attempts import Payment

REFUND_STATES = states.table(
    "refund",
    waiting="created cancelled",
    created="pending succeeded failed refused cancelled",
    pending="succeeded failed cancelled",
    succeeded="failed",  # weeks later
    failed="",
    refused="pending succeeded failed cancelled",  # a later read is believed: it was made after all
    cancelled="",
)
REFUND_READS = states.reads(
    REFUND_STATES,
    RefundStatus,
    # ------- waiting   created   pending   succeeded failed refused   cancelled
    pending="   odd       pending   pending   odd       odd    pending   odd",
    succeeded=" odd       succeeded succeeded succeeded odd    succeeded odd",
    failed="    odd       failed    failed    failed    failed failed    odd",
    cancelled=" cancelled cancelled cancelled odd       odd    cancelled cancelled",
)
OWED = ("failed", "refused")  # the customer does not have the money, unless another one has taken its place
LEAVING = ("waiting", "created", "pending", "succeeded")  # of these no more than was paid

DISPUTE_STATES = states.table(
    "dispute",
    needs_response="under_review won lost closed",
    under_review="needs_response won lost closed",
    won="needs_response under_review lost",  # the bank goes on to the next stage
    lost="needs_response under_review won",  # an appeal
    closed="needs_response under_review won lost",  # an inquiry that becomes a chargeback
)
DISPUTE_READS = states.reads(
    DISPUTE_STATES,
    DisputeStatus,
    # ------------ needs_response under_review   won            lost           closed
    needs_response=" needs_response needs_response needs_response needs_response needs_response",
    under_review="   under_review   under_review   under_review   under_review   under_review",
    won="            won            won            won            won            won",
    lost="           lost           lost           lost           lost           lost",
    closed="         closed         closed         odd            odd            closed",
)
OPEN_DISPUTES = ("needs_response", "under_review")


class ServicePolicy(models.TextChoices):
    """What becomes of the services that a payment has paid."""

    KEEP = "keep", _("keep them")
    SUSPEND = "suspend", _("suspend them")
    END = "end", _("end them")


class Refund(models.Model):
    """Money to be given back, or given back. Stored before the provider is called, with the random key of that call.

    `made_here`: somebody asked for it in the back office; others are mirrored from the provider, by its id, once.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for a second person")
        CREATED = "created", _("being asked for")
        PENDING = "pending", pgettext_lazy("refund", "under way")
        SUCCEEDED = "succeeded", pgettext_lazy("refund", "given back")
        FAILED = "failed", pgettext_lazy("refund", "failed")
        REFUSED = "refused", pgettext_lazy("refund", "refused")
        CANCELLED = "cancelled", pgettext_lazy("refund", "cancelled")

    class Reason(models.TextChoices):
        REQUESTED = "requested_by_customer", _("the customer asked for it")
        DUPLICATE = "duplicate", _("paid twice")
        FRAUDULENT = "fraudulent", _("fraud")
        OTHER = "", _("something else")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    reference = models.CharField(_("reference"), max_length=255, blank=True)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.CREATED)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=30, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    policy = models.CharField(_("services"), max_length=10, choices=ServicePolicy, default=ServicePolicy.KEEP)
    made_here = models.BooleanField(_("asked for here"), default=True)
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    asked_by = models.ForeignKey(  # who that is, whatever they are called by now
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True)
    failure = WordsField(_("failure"), blank=True)
    stoppable = models.BooleanField(default=False)  # the provider says that it may be called off
    again_of = models.ForeignKey(  # the one that had failed, in whose place this one is
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="tries", verbose_name=_("in place of")
    )
    put_aside_by = models.CharField(_("paid back in another way, says"), max_length=150, blank=True)
    put_aside_at = models.DateTimeField(_("paid back in another way, noted"), null=True, blank=True)
    calling_until = models.DateTimeField(null=True, blank=True)  # wall time: somebody is calling the provider
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at"]
        permissions = [
            ("request_refund", "Give money back"),
            ("approve_refund", "Approve a refund that somebody else asked for"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["module", "account", "mode", "reference"],
                condition=~models.Q(reference=""),
                name="payments_refund_once",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payments_refund_positive"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "created", "pending"]),
                name="payments_refund_open",
            ),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["failed", "refused"], put_aside_by=""),
                name="payments_refund_owed",
            ),
            models.Index(fields=["-created_at", "-id"], name="payments_refund_newest"),
        ]

    def __str__(self) -> str:
        return self.reference or str(self.pk)

    @property
    def amount(self) -> Money:
        """What goes back, positive."""
        return Money(self.amount_minor, self.currency)

    @property
    def otherwise(self) -> bool:
        """Whether its customer has the money in another way: it has not gone by itself, and somebody has said so."""
        return self.state in OWED and bool(self.put_aside_by)


class Dispute(models.Model):
    """A payment that the customer's bank takes back, or asks about. Kept as the provider last showed it."""

    class State(models.TextChoices):
        NEEDS_RESPONSE = "needs_response", pgettext_lazy("dispute", "needs an answer")
        UNDER_REVIEW = "under_review", pgettext_lazy("dispute", "with the bank")
        WON = "won", pgettext_lazy("dispute", "won")
        LOST = "lost", pgettext_lazy("dispute", "lost")
        CLOSED = "closed", pgettext_lazy("dispute", "closed")

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    reference = models.CharField(_("reference"), max_length=255)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("payment"))
    charge = models.CharField(_("charge"), max_length=255)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.NEEDS_RESPONSE)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=60)  # the provider's word
    inquiry = models.BooleanField(_("inquiry"), default=False)
    appeal = models.BooleanField(_("appeal"), default=False)
    refundable = models.BooleanField(_("can be refunded"), default=False)
    answerable = models.BooleanField(_("can be answered"), default=False)
    due_by = models.DateTimeField(_("answer by"), null=True, blank=True)
    booked = models.JSONField(default=list, editable=False)  # ids of what the provider booked for it, oldest first
    lost_minor = models.BigIntegerField(_("taken for good, minor units"), default=0)
    policy = models.CharField(
        _("services"), max_length=10, choices=ServicePolicy, blank=True
    )  # what was done with them
    policy_by = models.CharField(max_length=150, blank=True)  # who said so; nobody: the house's rules
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)  # texts by the contract's fields
    laid = models.JSONField(default=list, editable=False)  # names of the texts that lie with the provider
    evidence_key = models.UUIDField(default=uuid.uuid4, editable=False)
    staged_at = models.DateTimeField(_("laid with the provider"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent to the bank"), null=True, blank=True)
    sent_by = models.CharField(_("sent by"), max_length=150, blank=True)
    calling_until = models.DateTimeField(null=True, blank=True)  # wall time: somebody answers it at the provider
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-id"]
        permissions = [("answer_dispute", "Answer a dispute, or give it up")]
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "reference"], name="payments_dispute_once")
        ]
        indexes = [
            models.Index(
                fields=["due_by"],
                condition=models.Q(state__in=OPEN_DISPUTES),
                name="payments_dispute_open",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # Django makes one only where there is none
        """The state in a word; one that was won, and of which something is lost for good, was won in part."""
        if self.state == Dispute.State.WON and self.lost_minor:
            return pgettext("dispute", "won in part")
        return str(Dispute.State(self.state).label)

    @property
    def is_open(self) -> bool:
        """Whether the bank has yet to decide."""
        return self.state in OPEN_DISPUTES

    @property
    def amount(self) -> Money:
        """What it is about, positive, in the currency that was paid."""
        return Money(self.amount_minor, self.currency)

    @property
    def lost(self) -> Money:
        """What the bank has taken for good, positive, in the currency that was paid."""
        return Money(self.lost_minor, self.currency)


class FraudWarning(models.Model):
    """The card's issuer believes that a payment is fraud (Stripe: early fraud warning)."""

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    reference = models.CharField(_("reference"), max_length=255)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="fraud_warnings", verbose_name=_("payment")
    )
    kind = models.CharField(_("kind"), max_length=60)  # the provider's word
    actionable = models.BooleanField(_("a refund may still avoid a dispute"), default=True)
    closed_by = models.CharField(_("put aside by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("fraud warning")
        verbose_name_plural = _("fraud warnings")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "reference"], name="payments_warning_once")
        ]

    def __str__(self) -> str:
        return self.reference
