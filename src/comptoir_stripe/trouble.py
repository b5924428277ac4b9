"""Why the first call of a test did not tell the account: the exact cause, and what to do. Codes hold no secret."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.modules.api import Finding, Mode, Verdict
from comptoir_stripe import keys
from comptoir_stripe.gateway import TOO_MANY, Answer
from comptoir_stripe.links import settings_url
from comptoir_stripe.texts import filled

FAULT = 500
OWN = "api.stripe.com"


def refused_key(answer: Answer, *, mode: Mode) -> Finding:
    """Stripe has said no to the key itself."""
    url = settings_url("", mode, "keys")
    if answer.code == "api_key_expired":
        return Finding(
            "key.expired",
            Verdict.BAD,
            _("This secret key has expired, or was replaced by another one in Stripe."),
            _("Make a new key in Stripe, or copy the one that replaced it, and test again."),
            field=keys.SECRET,
            url=url,
        )
    if answer.status == 403:  # noqa: PLR2004 - HTTP's own
        return Finding(
            f"key.forbidden.{answer.code or 'no-code'}",
            Verdict.BAD,
            _("Stripe knows this key and refuses to answer this server with it."),
            _(
                "Look at the key in Stripe: whether it may be used from this server's IP address, and what it is allowed to do."
            ),
            field=keys.SECRET,
            url=url,
        )
    return Finding(
        f"key.unknown.{answer.code or 'no-code'}",
        Verdict.BAD,
        _("Stripe does not know this secret key: a character is missing or wrong, or the key was deleted."),
        _("Copy the secret key once more, from the account that is to be paid, and test again."),
        field=keys.SECRET,
        url=url,
    )


def without_answer(answer: Answer, *, api_base: str) -> Finding:
    """No answer came, or none of Stripe's. It says nothing about the key."""
    host = urlsplit(api_base).netloc or OWN
    code, text, advice = _cause(answer)
    return Finding(
        code,
        Verdict.BAD,
        filled(text, host=host, status=answer.status),
        filled(advice, host=host, status=answer.status),
    )


def _cause(answer: Answer) -> tuple[str, str, str]:
    if answer.status == TOO_MANY:
        return (
            "stripe.busy",
            gettext_noop("Stripe takes no more calls of this account for the moment (HTTP 429)."),
            gettext_noop(
                "Wait a minute and test again. Other programs that use the same account may be asking too often."
            ),
        )
    if answer.status >= FAULT:
        return (
            f"stripe.fault.{answer.status}",
            gettext_noop("Stripe has a fault of its own at the moment (HTTP %(status)s at %(host)s)."),
            gettext_noop("Test again in a few minutes; status.stripe.com says how Stripe is."),
        )
    if answer.status:
        return (
            f"stripe.garbage.{answer.status}",
            gettext_noop("Something answers at %(host)s that is not Stripe (HTTP %(status)s)."),
            gettext_noop(
                "A proxy or a filter on the way may have answered. Have the way to %(host)s left alone, or mend the address "
                "in COMPTOIR_STRIPE_API_BASE."
            ),
        )
    return NO_ANSWER[answer.trouble]


NO_ANSWER = {
    "timeout": (
        "stripe.timeout",
        gettext_noop("%(host)s did not answer in time."),
        gettext_noop(
            "Test again. If it stays so, let this server open connections to %(host)s: look at the firewall and at the "
            "network's outgoing rules."
        ),
    ),
    "tls": (
        "stripe.tls",
        gettext_noop("The encrypted connection to %(host)s failed."),
        gettext_noop(
            "Something on the way may be opening encrypted connections, or what answers there speaks no TLS. "
            "Have the way to %(host)s left alone."
        ),
    ),
    "certificate": (
        "stripe.certificate",
        gettext_noop("The encrypted connection to %(host)s failed: its certificate could not be verified."),
        gettext_noop(
            "Something on the way may be opening encrypted connections, or this server's clock is wrong. Have the way to "
            "%(host)s left alone, and set the clock."
        ),
    ),
    "name": (
        "stripe.name",
        gettext_noop("The name %(host)s could not be resolved."),
        gettext_noop("Look at this server's name resolution (DNS), then test again."),
    ),
    "proxy": (
        "stripe.proxy",
        gettext_noop("The proxy that this server uses did not lead to %(host)s."),
        gettext_noop("Look at the proxy, or at the variable HTTPS_PROXY of this server, then test again."),
    ),
    "connection": (
        "stripe.connection",
        gettext_noop("No connection to %(host)s could be opened."),
        gettext_noop(
            "Let this server open connections to %(host)s: look at the firewall and at the network's outgoing rules. Then test again."
        ),
    ),
}
