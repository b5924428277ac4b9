"""Files: uploaded as the library uploads them, byte for byte; named by the evidence of a dispute."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.conftest import pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

PDF = b"%PDF-1.7\r\n--not-a-boundary\r\n\x00\xff\xfe\r\n\r\n%%EOF"


def upload(sender: stripe.StripeClient, content: bytes, name: str = "proof.pdf", **more: Any) -> stripe.File:
    file = io.BytesIO(content)
    file.name = f"/srv/camille/{name}"
    params: Any = {"purpose": "dispute_evidence", "file": file, **more}
    return sender.v1.files.create(params)


def test_a_file_arrives_as_it_was(sender: stripe.StripeClient, simulator: Server) -> None:
    made = upload(sender, PDF)
    assert (made.filename, made.type, made.size, made.purpose) == ("proof.pdf", "pdf", len(PDF), "dispute_evidence")
    assert sender.v1.files.retrieve(made.id) == made
    assert made.url

    def read(key: str) -> requests.Response:
        return requests.get(str(made.url), headers={"Authorization": f"Bearer {key}"}, timeout=5)

    assert read(simulator.secret_key).content == PDF
    other = simulator.control.post("keys", mode="test", permissions=["rak_charge_read"])["key"]
    live = simulator.control.post("keys", mode="live", permissions=["rak_file_read"])["key"]
    assert [read(key).status_code for key in ("sk_test_nobody", other, live)] == [401, 403, 404]


def test_files_are_listed(sender: stripe.StripeClient) -> None:
    proof = upload(sender, PDF)
    logo = upload(sender, b"\x89PNG\r\n\x1a\n....", "logo.png", purpose="business_logo")
    assert [file.id for file in sender.v1.files.list().data] == [logo.id, proof.id]
    assert [file.id for file in sender.v1.files.list({"purpose": "dispute_evidence"}).data] == [proof.id]


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"#!/bin/sh", {}),
        (b"", {}),
        (b"%PDF-" + bytes(5 * 1024 * 1024), {}),
        (PDF, {"purpose": "amusement"}),
    ],
)
def test_what_is_no_evidence(sender: stripe.StripeClient, content: bytes, more: dict[str, str]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        upload(sender, content, **more)
    assert sender.v1.files.list().data == []


def test_only_an_upload_brings_a_file(http: Http) -> None:
    plain = http("POST", "/v1/files", {"purpose": "dispute_evidence", "file[filename]": "a.pdf", "file[content]": "?"})
    assert (plain.status_code, plain.json()["error"]["param"]) == (400, "file")
    kind = {"Content-Type": "multipart/form-data; boundary=abc"}
    assert http("POST", "/v1/files", b"--abc\r\nno end", headers=kind).status_code == 400
    assert http("POST", "/v1/customers", b"--abc--\r\n", headers=kind).status_code == 400


def test_the_same_upload_twice_is_one_file(sender: stripe.StripeClient) -> None:
    files = []
    for _ in range(2):
        file = io.BytesIO(PDF)
        files.append(
            sender.v1.files.create({"purpose": "dispute_evidence", "file": file}, {"idempotency_key": "proof-1"})
        )
    assert files[0].id == files[1].id


def test_evidence_names_files(
    sender: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    simulator.control.post("clock", frozen=True)
    pay_by_card(visiting(sender.v1.checkout.sessions.create(session_params()).url), "4000000000002685")
    simulator.control.advance(6)
    (dispute,) = sender.v1.disputes.list().data
    proof, logo = upload(sender, PDF), upload(sender, b"\x89PNG\r\n\x1a\n....", purpose="business_logo")
    for wrong in ("file_none", logo.id):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            sender.v1.disputes.update(dispute.id, {"evidence": {"receipt": wrong}, "submit": False})
        assert caught.value.param == "evidence[receipt]"
    sender.v1.disputes.update(dispute.id, {"evidence": {"receipt": proof.id}, "submit": False})
    found = sender.v1.disputes.retrieve(dispute.id, {"expand": ["evidence.receipt"]})
    assert isinstance(found.evidence.receipt, stripe.File)
    assert found.evidence.receipt.filename == "proof.pdf"


def test_what_a_key_may_do(sender: stripe.StripeClient, simulator: Server, http: Http) -> None:
    path = f"/v1/files/{upload(sender, PDF).id}"
    keys = [
        simulator.control.post("keys", mode="test", permissions=[name])["key"]
        for name in ("rak_dispute_write", "rak_file_read")
    ]
    assert [http("GET", path, key=key).status_code for key in keys] == [403, 200]
    denied = http("POST", "/v1/files", {"purpose": "dispute_evidence"}, key=keys[1])
    assert (denied.status_code, "rak_file_write" in denied.text) == (403, True)
