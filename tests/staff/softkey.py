"""A passkey in software: what a telephone does when a page asks it, with keys of the test's own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

ORIGIN = "http://localhost:8000"
HOST = "localhost"
FLAG = AuthenticatorData.FLAG


@dataclass
class SoftKey:
    """One passkey for one account, once it is made. `origin`: the page that the browser believes it is on."""

    origin: str = ORIGIN
    name: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: str = ""

    def _said(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, self.origin)

    def make(self, options: dict[str, Any]) -> str:
        """Answer a page that asks to make one: what the browser's script puts into the form."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]  # fido2 leaves it so
        told = AuthenticatorData.create(
            sha256(HOST.encode()).digest(),
            FLAG.UP | FLAG.UV | FLAG.AT,
            0,
            AttestedCredentialData.create(b"\0" * 16, self.name, public),
        )
        said = self._said("webauthn.create", asked["challenge"])
        response = {
            "clientDataJSON": websafe_encode(said),
            "attestationObject": websafe_encode(AttestationObject.create("none", told, {})),
            "transports": ["internal"],
        }
        return self._credential(response, {"credProps": {"rk": True}})

    def use(self, options: dict[str, Any]) -> str:
        """Answer a page that asks to use it."""
        asked = options["publicKey"]
        told = AuthenticatorData.create(sha256(HOST.encode()).digest(), FLAG.UP | FLAG.UV, 1)
        said = self._said("webauthn.get", asked["challenge"])
        signature = self.key.sign(told + said.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(said),
            "authenticatorData": websafe_encode(told),
            "signature": websafe_encode(signature),
            "userHandle": self.handle,
        }
        return self._credential(response, {})

    def _credential(self, response: dict[str, Any], results: dict[str, Any]) -> str:
        name = websafe_encode(self.name)
        assert websafe_decode(name) == self.name
        whole = {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "response": response,
            "clientExtensionResults": results,
        }
        return json.dumps(whole)
