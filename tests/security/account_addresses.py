"""The addresses at which people look after their own accounts and second factors: a row of each."""

from __future__ import annotations

from tests.security.rows import (
    EVERYBODY,
    SIGNED_IN,
    TEAM,
    Row,
    by,
    signed,
)

# An account that was not made by registration: allauth notes its own address at the first page that asks for it.
ADDRESSES = frozenset({"account_emailaddress"})
LED_ON = by(">client", guest="200")
HAS_PASSWORD = signed(">account_change_password")
NEW = {"email": "zoe@example.org", "password1": "a horse and a battery"}
CHANGED = {"oldpassword": "{password}", "password1": "a horse and a battery", "password2": "a horse and a battery"}
# What members of the team try wrongly is noted in the audit trail.
NOTED = "nina sam vera sybil boris olive"
ACCOUNTS = [
    Row("account_login", LED_ON, LED_ON, data={"login": "alice@example.org", "password": "wrong"}),
    Row("account_logout", by("200", guest=">home"), ">home"),  # ends the visitor's own session, and nothing else
    Row("account_inactive", "200", "405"),
    Row("account_signup", LED_ON, ">client", data=NEW, acts="guest"),
    Row("account_reauthenticate", signed("200"), signed("200"), data={"password": "wrong"}, acts=NOTED),
    Row(
        "account_email",
        signed("200"),
        signed(">account_email"),
        data={"email": "zoe@example.org", "action_add": "1"},
        acts=SIGNED_IN,
        looks=ADDRESSES,
    ),
    Row("account_email_verification_sent", "200", "405"),
    Row("account_change_password", signed("200"), signed(">account_change_password"), data=CHANGED, acts=SIGNED_IN),
    Row("account_set_password", HAS_PASSWORD, HAS_PASSWORD),
    # The same answer for an address that is known and for one that is not; a mail goes out in both cases.
    Row(
        "account_reset_password",
        "200",
        ">account_reset_password_done",
        data={"email": "alice@example.org"},
        acts=EVERYBODY,
    ),
    Row("account_confirm_login_code", *2 * (signed(">client"),)),  # codes are not offered
    # Mails hold these two keys: whoever has one may use it. The reset's is moved into the session first.
    Row("account_confirm_email", "200", by(">account_login", alice=">client"), ("confirmation",), acts=EVERYBODY),
    Row("account_reset_password_from_key_done", "200", "405"),
    Row(
        "account_reset_password_from_key",
        ">account_reset_password_from_key",
        ">account_reset_password_from_key",
        ("reset_user", "reset_key"),
    ),
    Row("account_reset_password_done", "200", "405"),
]

# Whoever changes a factor shows first who it is. The team has one each but Nina; Alice and Bob have none.
CONFIRM = signed(">account_reauthenticate")
IF_SET_UP = signed(">account_reauthenticate", alice="404", bob="404", nina="404")
FACTORS = [
    Row("mfa_index", signed("200"), signed("405")),
    Row("mfa_authenticate", *2 * (by(">client", guest="in"),), data={"code": "000000"}),  # the second step of nobody
    Row("mfa_login_webauthn", by(">client", guest="in"), by(">client", guest="in"), data={"credential": "{{}}"}),
    Row(
        "mfa_reauthenticate",
        signed("200", alice=">account_reauthenticate", bob=">account_reauthenticate", nina=">account_reauthenticate"),
        signed("200", alice=">account_reauthenticate", bob=">account_reauthenticate", nina=">account_reauthenticate"),
        data={"code": "000000"},
        acts=TEAM,
    ),
    Row(
        "mfa_reauthenticate_webauthn",
        signed(">account_reauthenticate", olive="200"),
        signed(">account_reauthenticate", olive=">account_login"),
        data={"credential": "{{}}"},
    ),
    Row("mfa_activate_totp", CONFIRM, CONFIRM, data={"code": "000000"}),
    Row("mfa_deactivate_totp", IF_SET_UP, IF_SET_UP),
    Row("mfa_view_recovery_codes", IF_SET_UP, signed("405")),
    Row("mfa_download_recovery_codes", IF_SET_UP, IF_SET_UP),
    Row("mfa_generate_recovery_codes", CONFIRM, CONFIRM),
    Row("mfa_list_webauthn", signed("200"), signed("405")),
    Row("mfa_add_webauthn", CONFIRM, CONFIRM, data={"credential": "{{}}"}),
    Row("mfa_edit_webauthn", CONFIRM, CONFIRM, ("passkey",), data={"name": "mine"}),
    Row("mfa_remove_webauthn", CONFIRM, CONFIRM, ("passkey",)),
]
