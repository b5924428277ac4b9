"""Which account a key opens, and everything that can be asked with it: one finding a point, in a fixed order, without an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.modules.api import CallRefusedError, Connection, Finding, Mode, Text, Verdict
from comptoir_stripe import gateway, keys, methods
from comptoir_stripe.gateway import Answer
from comptoir_stripe.links import settings_url
from comptoir_stripe.permissions import ACCOUNT, METHODS, RIGHTS, Right
from comptoir_stripe.texts import filled, joined
from comptoir_stripe.trouble import refused_key, without_answer

AT_ONCE = 6  # calls side by side; a test makes a dozen in all, half of what Stripe takes in a second
CLOCK_WRONG_SECONDS = 300  # beyond it Stripe's signatures are refused as too old or too new
CLOCK_REMARK_SECONDS = 30
OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NOT_IMPLEMENTED = 200, 400, 401, 403, 404, 501


def identify(values: Mapping[str, str], *, mode: Mode, api_base: str) -> str:
    """The id of the account of a secret key. Raises CallRefusedError (wrong key, wrong mode), OutcomeUnknownError."""
    key = values.get(keys.SECRET, "")
    if f"_{mode}_" not in key:
        raise CallRefusedError("key_of_the_other_mode")
    client = gateway.client_for(key, api_base)
    answer = gateway.ask(client.v1.accounts.retrieve_current)
    return str(answer["id"])


def test(values: Mapping[str, str], *, mode: Mode, api_base: str) -> Connection:
    """Ask Stripe all that these settings let us ask. Raises nothing for an answer, nor for the lack of one.

    Steps: 1 the account alone: with a wrong key nothing else is asked; 2 every permission, the methods and the publishable key, side
    by side; 3 the findings in their order.
    """
    problems = keys.check(values, mode=mode)
    if problems:
        return Connection(
            account="",
            findings=tuple(
                Finding(f"form.{problem.field}", Verdict.BAD, problem.text, field=problem.field) for problem in problems
            ),
        )
    asked = gateway.prober(values[keys.SECRET], api_base)
    first = gateway.probe(asked, ACCOUNT.method, ACCOUNT.path)
    if not _may_go_on(first):
        return Connection(account="", findings=(_key(first, mode=mode, api_base=api_base),))
    shown = gateway.prober(values[keys.PUBLISHABLE], api_base)
    calls: dict[str, Callable[[], Answer]] = {
        right.name: _call(asked, right) for right in RIGHTS if right is not ACCOUNT
    }
    calls[keys.PUBLISHABLE] = lambda: gateway.probe(shown, ACCOUNT.method, ACCOUNT.path)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stripe-test") as pool:
        answers = dict(zip(calls, pool.map(lambda call: call(), calls.values()), strict=True))
    answers[ACCOUNT.name] = first
    return _connection(values, answers, mode=mode, api_base=api_base)


def _call(asked: Any, right: Right) -> Callable[[], Answer]:
    return lambda: gateway.probe(asked, right.method, right.path, right.params)


def _may_go_on(first: Answer) -> bool:
    """Whether Stripe knows the key: it has told the account, or named the permission that it lacks."""
    known = str(first.data.get("id", "")).startswith("acct_")
    return (first.status == OK and known) or (first.status == FORBIDDEN and bool(first.permission))


def _connection(values: Mapping[str, str], answers: Mapping[str, Answer], *, mode: Mode, api_base: str) -> Connection:
    first = answers[ACCOUNT.name]
    account = str(first.data.get("id", ""))
    active = _methods(answers[METHODS.name])
    findings = [_key(first, mode=mode, api_base=api_base)]
    if account:
        findings += [_account(first.data), _charges(first.data, mode=mode)]
    findings.append(_clock(first.ahead_seconds))
    findings += _permissions(answers, mode=mode)
    if active is not None:
        findings.append(_active(active, account=account, mode=mode))
    findings += [_publishable(answers[keys.PUBLISHABLE], mode=mode), _webhook(values.get(keys.WEBHOOK, ""), mode=mode)]
    return Connection(
        account=account,
        findings=tuple(findings),
        title=_name(first.data),
        country=str(first.data.get("country") or ""),
        currency=str(first.data.get("default_currency") or "").upper(),
        methods=active,
    )


# ------------------------------------------------------------------ the findings, in their order


def _key(first: Answer, *, mode: Mode, api_base: str) -> Finding:
    if _may_go_on(first):
        return Finding("key.accepted", Verdict.GOOD, _("Stripe accepts the secret key."), field=keys.SECRET)
    if first.status in {UNAUTHORIZED, FORBIDDEN} and first.trouble != "garbage":
        return refused_key(first, mode=mode)
    return without_answer(first, api_base=api_base)


def _name(data: Mapping[str, Any]) -> str:
    """What the account is called: for the public, else in the dashboard, else by its e-mail."""
    public = (data.get("business_profile") or {}).get("name")
    shown = ((data.get("settings") or {}).get("dashboard") or {}).get("display_name")
    return str(public or shown or data.get("email") or "")


def _account(data: Mapping[str, Any]) -> Finding:
    return Finding(
        "account.known",
        Verdict.GOOD,
        filled(
            gettext_noop("The account is %(name)s (%(id)s), country %(country)s, currency %(currency)s."),
            name=_name(data) or "?",
            id=data["id"],
            country=data.get("country") or "?",
            currency=str(data.get("default_currency") or "?").upper(),
        ),
    )


def _charges(data: Mapping[str, Any], *, mode: Mode) -> Finding:
    if data.get("charges_enabled"):
        return Finding("charges.enabled", Verdict.GOOD, _("The account can take payments."))
    advice = _("Complete the account in Stripe's dashboard (identity, bank account), then test again.")
    if mode == "test":
        advice = _(
            "Complete the account in Stripe's dashboard (identity, bank account), or use the keys of a Stripe sandbox; then test again."
        )
    return Finding(
        "charges.disabled",
        Verdict.BAD,
        _("Stripe says that this account cannot take payments yet: every payment would be refused."),
        advice,
        url=settings_url(str(data["id"]), mode, "account"),
    )


def _clock(ahead: float | None) -> Finding:
    if ahead is None:
        return Finding(
            "clock.unknown", Verdict.UNPROVEN, _("Stripe's answer has no date: the clocks could not be compared.")
        )
    seconds = round(abs(ahead))
    advice = _("Have this server's clock set by the network (NTP, for example with systemd-timesyncd or chrony).")
    if seconds > CLOCK_WRONG_SECONDS:
        text = gettext_noop(
            "This server's clock differs from Stripe's by %(seconds)s seconds: every event would be refused as too old or too new."
        )
        return Finding("clock.wrong", Verdict.BAD, filled(text, seconds=seconds), advice)
    if seconds > CLOCK_REMARK_SECONDS:
        text = gettext_noop(
            "This server's clock differs from Stripe's by %(seconds)s seconds: still good, from 300 on no longer."
        )
        return Finding("clock.drifts", Verdict.GOOD, filled(text, seconds=seconds), advice)
    return Finding("clock.right", Verdict.GOOD, _("This server's clock agrees with Stripe's."))


def _permissions(answers: Mapping[str, Answer], *, mode: Mode) -> list[Finding]:
    """One for each right. What a call lacks of another right, whose own call says so too, is said once."""
    missing = {right.name: _missing(right, answers[right.name]) for right in RIGHTS}
    own = {_of(name) for name, lacking in missing.items() if name == lacking}
    return [
        _permission(right, answers[right.name], mode=mode)
        for right in RIGHTS
        if missing[right.name] == right.name or _of(missing[right.name]) not in own
    ]


def _of(permission: str) -> str:
    """What a permission is about, without its level."""
    return permission.removesuffix("_read").removesuffix("_write")


def _missing(right: Right, answer: Answer) -> str:
    """The permission that a refused call lacks, '' where it was not refused."""
    if answer.status != FORBIDDEN:
        return ""
    return right.name if answer.permission in right.brings else answer.permission or right.name


def _permission(right: Right, answer: Answer, *, mode: Mode) -> Finding:
    if missing := _missing(right, answer):
        return Finding(
            f"permission.missing.{missing}",
            Verdict.BAD,
            filled(
                gettext_noop("The key lacks the permission %(name)s. %(purpose)s"), name=missing, purpose=right.purpose
            ),
            _(
                "Edit the restricted key in Stripe, give it this permission and test again; the key itself stays the same."
            ),
            field=keys.SECRET,
            url=settings_url("", mode, "keys"),
        )
    told = answer.trouble == "" and (
        answer.status == OK or (right.method == "post" and answer.status in {BAD_REQUEST, NOT_FOUND})
    )
    if told:
        text = filled(gettext_noop("Permission %(name)s: given. %(purpose)s"), name=right.name, purpose=right.purpose)
        return Finding(f"permission.given.{right.name}", Verdict.GOOD, text)
    cause = filled(gettext_noop("HTTP %(status)s"), status=answer.status) if answer.status else _("no answer")
    text = filled(
        gettext_noop("Stripe did not say whether the key has the permission %(name)s (%(cause)s)."),
        name=right.name,
        cause=cause,
    )
    lacking = answer.status in {
        NOT_FOUND,
        NOT_IMPLEMENTED,
    }  # the address does not know this call: asking again tells no more
    return Finding(
        f"permission.unknown.{right.name}.{answer.status or answer.trouble}",
        Verdict.UNPROVEN if lacking else Verdict.BAD,
        text,
        "" if lacking else _("Test again in a minute."),
    )


def _methods(answer: Answer) -> dict[str, bool] | None:
    return methods.of_configurations(answer.data) if answer.status == OK and not answer.trouble else None


def _active(active: Mapping[str, bool], *, account: str, mode: Mode) -> Finding:
    titles = tuple(tile.title for tile in methods.tiles(active, account=account, mode=mode) if tile.active)
    url = settings_url(account, mode, "methods")
    if not titles:
        return Finding(
            "methods.none",
            Verdict.BAD,
            _("No payment method type is active in this account: customers could pay with nothing."),
            _("Activate at least cards in Stripe's dashboard, then test again."),
            url=url,
        )
    return Finding(
        "methods.active",
        Verdict.GOOD,
        filled(gettext_noop("Active payment method types: %(names)s."), names=joined(titles)),
        url=url,
    )


def _publishable(answer: Answer, *, mode: Mode) -> Finding:
    """A publishable key may not ask for the account: the way in which Stripe says so tells whether it knows the key."""
    if answer.status == UNAUTHORIZED and answer.code != "secret_key_required":
        return Finding(
            f"publishable.refused.{answer.code or 'invalid'}",
            Verdict.BAD,
            _("Stripe does not know the publishable key: a part of it is missing, or it was replaced by another one."),
            _("Copy the publishable key once more, from the same page as the secret key."),
            field=keys.PUBLISHABLE,
            url=settings_url("", mode, "keys"),
        )
    known = answer.status in {UNAUTHORIZED, FORBIDDEN}
    text: Text = _("No call tells whether the publishable key belongs to the same account as the secret key.")
    if known:
        text = _(
            "Stripe knows the publishable key. No call tells whether it belongs to the same account as the secret key: "
            "copy both from the same page."
        )
    return Finding(
        "publishable.known" if known else "publishable.unknown", Verdict.UNPROVEN, text, field=keys.PUBLISHABLE
    )


def _webhook(secret: str, *, mode: Mode) -> Finding:
    if secret:
        return Finding(
            "webhook-secret.unproven",
            Verdict.UNPROVEN,
            _("No call tells whether the webhook secret is right: it is proven by the first event that arrives."),
            field=keys.WEBHOOK,
        )
    return Finding(
        "webhook-secret.absent",
        Verdict.UNPROVEN,
        _("There is no webhook secret yet: until there is one, events of Stripe's are refused."),
        _(
            "The next step, under “Webhook”, makes the endpoint with one button and stores its secret. "
            "Or make it in Stripe yourself and enter its signing secret."
        ),
        field=keys.WEBHOOK,
        url=settings_url("", mode, "webhooks"),
    )
