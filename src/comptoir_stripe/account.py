"""Which account a key opens."""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.modules.api import CallRefusedError, Mode
from comptoir_stripe import gateway


def identify(values: Mapping[str, str], *, mode: Mode, api_base: str) -> str:
    """The id of the account of a secret key. Raises CallRefusedError (wrong key, wrong mode), OutcomeUnknownError."""
    key = values.get("secret_key", "")
    if f"_{mode}_" not in key:
        raise CallRefusedError("key_of_the_other_mode")
    client = gateway.client_for(key, api_base)
    answer = gateway.ask(client.v1.accounts.retrieve_current)
    return str(answer["id"])
