"""Links to files: whoever has the address reads the file, until the link expires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.test_files import PDF, upload
from tests.simulator.test_products import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from stripe_simulator.server import Server

HOUR = 3600


@pytest.fixture
def proof(sender: stripe.StripeClient) -> stripe.File:
    return upload(sender, PDF)


def links(client: stripe.StripeClient, **params: Any) -> list[str]:
    asked: Any = params
    return [link.id for link in client.v1.file_links.list(asked).data]


def test_anybody_with_the_address_reads_the_file(sender: stripe.StripeClient, proof: stripe.File) -> None:
    link = sender.v1.file_links.create({"file": proof.id, "metadata": {"case": "7"}})
    assert (link.file, link.expired, link.expires_at, link.metadata["case"]) == (proof.id, False, None, "7")
    answer = requests.get(str(link.url), timeout=5)
    assert (answer.content, answer.headers["content-disposition"]) == (PDF, "attachment")
    assert requests.get(f"{link.url}x", timeout=5).status_code == 404
    live = str(link.url).replace("/test_", "/live_")
    assert requests.get(live, timeout=5).status_code == 404
    held = sender.v1.files.retrieve(proof.id).links
    assert held is not None
    assert [each.id for each in held.data] == [link.id]
    found = sender.v1.file_links.retrieve(link.id, {"expand": ["file"]})
    assert isinstance(found.file, stripe.File)


def test_a_link_ends_by_the_clock(
    sender: stripe.StripeClient, proof: stripe.File, simulator: Server, now: Callable[[], int]
) -> None:
    short = sender.v1.file_links.create({"file": proof.id, "expires_at": now() + HOUR})
    longer = sender.v1.file_links.create({"file": proof.id, "expires_at": now() + HOUR})
    lasting = sender.v1.file_links.create({"file": proof.id, "expires_at": now() + HOUR})
    sender.v1.file_links.update(longer.id, {"expires_at": now() + 3 * HOUR})
    assert sender.v1.file_links.update(lasting.id, {"expires_at": ""}).expires_at is None
    simulator.control.advance(2 * HOUR)
    assert links(sender, expired=True) == [short.id]
    assert links(sender, expired=False, file=proof.id) == [lasting.id, longer.id]
    held = sender.v1.files.retrieve(proof.id).links
    assert held is not None
    assert [each.expired for each in held.data] == [False, False, True]
    gone = requests.get(str(short.url), headers={"Accept-Language": "fr"}, timeout=5)
    assert (gone.status_code, "n’est plus partagé" in gone.text) == (404, True)
    assert requests.get(str(longer.url), timeout=5).content == PDF


def test_a_link_is_ended_at_once_and_stays_so(sender: stripe.StripeClient, proof: stripe.File) -> None:
    link = sender.v1.file_links.create({"file": proof.id})
    assert sender.v1.file_links.update(link.id, {"expires_at": "now"}).expired
    assert requests.get(str(link.url), timeout=5).status_code == 404
    assert refused(lambda: sender.v1.file_links.update(link.id, {"metadata": {"a": "b"}}))[1] == "link"


def test_a_file_brings_its_link_along(sender: stripe.StripeClient, now: Callable[[], int]) -> None:
    wanted = {"create": True, "expires_at": now() + HOUR, "metadata": {"case": "8"}}
    made = upload(sender, PDF, file_link_data=wanted)
    assert made.links is not None
    (link,) = made.links.data
    assert (link.file, link.metadata["case"]) == (made.id, "8")
    assert requests.get(str(link.url), timeout=5).content == PDF
    none = upload(sender, PDF, file_link_data={"create": False})
    assert none.links is not None
    assert none.links.data == []


def test_what_cannot_be_linked(sender: stripe.StripeClient, proof: stripe.File, now: Callable[[], int]) -> None:
    past = now() - HOUR
    assert refused(lambda: sender.v1.file_links.create({"file": "file_none"}))[:2] == ("resource_missing", "file")
    assert refused(lambda: sender.v1.file_links.create({"file": proof.id, "expires_at": past}))[1] == "expires_at"
    passport = upload(sender, PDF, purpose="identity_document")
    assert refused(lambda: sender.v1.file_links.create({"file": passport.id}))[1] == "file"
    late = {"create": True, "expires_at": past}
    assert refused(lambda: upload(sender, PDF, file_link_data=late))[1] == "file_link_data[expires_at]"
    assert refused(lambda: upload(sender, PDF, purpose="identity_document", file_link_data={"create": True}))[1] == (
        "purpose"
    )
    assert len(sender.v1.files.list().data) == 2
    assert links(sender) == []


@pytest.fixture
def now(simulator: Server) -> Callable[[], int]:
    return lambda: int(simulator.control.get("clock")["now"])
