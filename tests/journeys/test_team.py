"""The team: somebody is added, comes by the mailed link, protects the account with an app and with a passkey, and is on record."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.ways import EN_DESKTOP, EN_PHONE, FR_DARK, FR_DESKTOP, FR_PHONE, JOURNEY, Way, made

if TYPE_CHECKING:
    from tests.journeys.visit import Visit

pytestmark = JOURNEY
PASSWORD = "phare-des-baleines-17"
# What a telephone or a computer with a fingerprint reader is to a browser.
PLATFORM = {"protocol": "ctap2", "transport": "internal"} | dict.fromkeys(
    ("hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation"), True
)


def shown(secret: str) -> str:
    """What an app shows now."""
    code: str = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    return code


def confirm(visit: Visit, password: str) -> None:
    """Show once more who it is."""
    visit.page.wait_for_url(re.compile("/accounts/reauthenticate/"))
    visit.get("password").fill(password)
    visit.get("confirm").click()


def sign_out(visit: Visit) -> None:
    """End the session."""
    visit.open("/client/")
    visit.get("sign-out").click()
    visit.page.wait_for_url(f"{visit.told.shop}/")


def plug_in(visit: Visit) -> Callable[..., Any]:
    """Give the browser a passkey store of its own; returns how to talk to it."""
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})
    return lambda **more: session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": added["authenticatorId"], **more}
    )


@made(FR_DESKTOP, EN_PHONE)
def test_a_member_is_added_and_comes_with_a_second_factor(come: Callable[[Way], Visit], way: Way) -> None:
    owner, member = come(way), come(way)
    email = f"zoe.{secrets.token_hex(4)}@lumiere.example"
    add_member(owner, email)
    come_by_the_link(member, email)
    what_support_sees(member)
    codes = bind_an_app(member)
    sign_in_with_a_recovery_code(member, email, codes[0])
    what_is_on_record(owner, email)


def add_member(owner: Visit, email: str) -> None:
    """The owner adds somebody in the role support."""
    steps.staff_signs_in(owner)
    owner.see("office-today")
    owner.open("/admin/staff/")
    owner.get("team").wait_for()
    owner.page.locator('input[name="email"]').fill(email)
    owner.page.locator('select[name="role"]').last.select_option("support")
    owner.get("add-member").click()
    expect(owner.page.locator(f'[data-email="{email}"]')).to_be_visible()
    owner.see("team")


def come_by_the_link(member: Visit, email: str) -> None:
    """A password is chosen, and used."""
    member.open("/demo/mail/")
    link = member.get("mail").filter(has_text=email).get_by_role("link").first.get_attribute("href")
    assert link is not None
    member.page.goto(link)
    member.page.locator('input[name="password1"]').wait_for()
    member.see("choose-password")
    member.page.locator('input[name="password1"]').fill(PASSWORD)
    member.page.locator('input[name="password2"]').fill(PASSWORD)
    member.get("save").click()
    member.open("/admin/")
    member.see("sign-in")
    steps.sign_in(member, email, PASSWORD)
    member.page.wait_for_url(f"{member.told.shop}/admin/")
    member.see("office-today-support")


def what_support_sees(member: Visit) -> None:
    """Neither the team's page nor a line of it in the menu."""
    expect(member.page.locator('a[href="/admin/staff/"]')).to_have_count(0)
    member.watch.expect(403, "/admin/staff/")
    member.open("/admin/staff/")
    expect(member.get("refused")).to_be_visible()
    member.see("refused")


def bind_an_app(member: Visit) -> list[str]:
    """An app is bound; returns the recovery codes."""
    member.open("/accounts/2fa/")
    member.see("factors-none")
    member.get("add-totp").click()
    member.see("is-it-you")
    confirm(member, PASSWORD)
    expect(member.get("qr")).to_be_visible()
    member.page.locator("details summary").first.click()
    secret = member.get("totp-secret").inner_text()
    member.see("app")
    member.get("code").fill(shown(secret))
    member.get("confirm-code").click()
    expect(member.get("recovery-codes").locator("li")).to_have_count(10)
    member.see("recovery-codes")
    return member.get("recovery-codes").locator("code").all_inner_texts()


def sign_in_with_a_recovery_code(member: Visit, email: str, code: str) -> None:
    """After a wrong code, and in place of the app."""
    sign_out(member)
    member.open("/admin/")
    steps.sign_in(member, email, PASSWORD)
    member.get("code").wait_for()
    member.see("one-more-step")
    member.get("code").fill("000000")
    member.get("sign-in").click()
    expect(member.page.locator(".field.wrong")).to_be_visible()
    member.see("one-more-step-wrong")
    member.get("code").fill(code)
    member.get("sign-in").click()
    member.page.wait_for_url(f"{member.told.shop}/admin/")
    member.open("/accounts/2fa/")
    expect(member.get("factor-totp")).to_have_attribute("data-active", "yes")
    member.see("factors-app")


def what_is_on_record(owner: Visit, email: str) -> None:
    """All of it; then the owner takes the access away."""
    owner.open(f"/admin/audit/?thing={email}")
    told = [each.get_attribute("data-verb") for each in owner.get("entry").all()]
    assert told == [
        "sign_in.done",
        "sign_in.refused",
        "factor.added",
        "sign_in.done",
        "password.changed",
        "staff.added",
    ]
    owner.see("audit", language=False)
    owner.open("/admin/staff/")
    row = owner.page.locator(f'[data-email="{email}"]')
    row.locator("summary").click()
    owner.see("team-more")
    row.locator('[data-test="remove"]').click()
    expect(owner.page.locator(f'[data-email="{email}"]')).to_have_count(0)


@made(FR_PHONE, EN_DESKTOP, FR_DARK)
def test_a_passkey_signs_in_alone(come: Callable[[Way], Visit], way: Way) -> None:
    """A customer's: the way is the same as that of staff. The browser's own store of passkeys stands in for a finger."""
    visit = come(way)
    visit.open("/accounts/signup/")
    email = steps.sign_up(visit)
    visit.open("/accounts/2fa/")
    expect(visit.get("unconfirmed")).to_be_visible()
    visit.see("factors-unconfirmed")
    visit.open("/demo/mail/")
    link = visit.get("mail").filter(has_text=email).get_by_role("link").first.get_attribute("href")
    assert link is not None
    visit.page.goto(link)
    visit.page.locator("main form button").first.click()

    verified = plug_in(visit)
    visit.open("/client/security/")
    visit.see("security")
    visit.get("second-factor").click()
    visit.get("add-passkey").click()
    confirm(visit, steps.PASSWORD)
    visit.get("passkey-name").fill("Ma clé")
    visit.see("add-passkey", language=False)
    expect(visit.get("passkey-failed")).to_be_hidden()
    verified(isUserVerified=False)
    visit.get("add-passkey").click()
    expect(visit.get("passkey-failed")).to_be_visible()
    visit.see("passkey-failed", language=False)
    verified(isUserVerified=True)
    visit.get("add-passkey").click()
    expect(visit.get("recovery-codes").locator("li")).to_have_count(10)
    visit.open("/accounts/2fa/webauthn/")
    visit.see("passkeys", language=False)

    sign_out(visit)
    visit.open("/accounts/login/")
    visit.get("use-passkey").click()
    visit.page.wait_for_url(f"{visit.told.shop}/client/")

    sign_out(visit)
    visit.open("/accounts/login/")
    steps.sign_in(visit, email, steps.PASSWORD)
    visit.get("use-passkey").click()
    visit.page.wait_for_url(f"{visit.told.shop}/client/")
    visit.calm()
