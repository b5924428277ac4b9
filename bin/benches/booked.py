"""A simulator whose account has booked very many payments of one counter: `python -m bin.benches.booked ROWS INSTALLATION`.

Each is a payment of 99.90 EUR with its charge and its balance transaction, 20 s apart, the newest a day ago. Prints its address.
"""

from __future__ import annotations

import copy
import signal
import sys
import threading
from typing import TYPE_CHECKING

import requests
from bin.benches.traffic import PAYMENT

from stripe_simulator.server import Server

if TYPE_CHECKING:
    from stripe_simulator.types import Json

APART, DAY = 20, 86_400  # seconds
AMOUNT, FEE = 9_990, 175  # minor units
KINDS = {"intent": "pi", "charge": "ch", "booked": "txn"}


def name(kind: str, number: int) -> str:
    """The id of the n-th of a kind, as both sides of the benchmark know it."""
    return f"{KINDS[kind]}_bench{number:020}"


def fill(server: Server, *, rows: int, installation: str) -> None:
    """Copy one payment, which the API has made, as often as asked; the oldest first, as time would have brought them."""
    metadata = {"metadata[installation]": installation, "metadata[attempt]": "11111111-1111-4111-8111-111111111111"}
    made = requests.post(
        f"{server.base_url}/v1/payment_intents",
        data={**PAYMENT, "amount": str(AMOUNT), **metadata},
        auth=(server.secret_key, ""),
        timeout=10,
    )
    made.raise_for_status()
    server.control.advance(5)  # until it is booked
    mode = server.world.test
    intent = mode.objects[made.json()["id"]]
    charge = mode.objects[intent["latest_charge"]]
    booked = mode.objects[charge["balance_transaction"]]
    newest = int(server.control.now()) - DAY
    for number in range(rows):
        at = newest - APART * (rows - 1 - number)
        ids = {kind: name(kind, number) for kind in KINDS}
        mode.put(_copied(intent, ids["intent"], at, latest_charge=ids["charge"]))
        mode.put(_copied(charge, ids["charge"], at, payment_intent=ids["intent"], balance_transaction=ids["booked"]))
        mode.put(_copied(booked, ids["booked"], at, source=ids["charge"]))


def _copied(thing: Json, identifier: str, at: int, **other: str) -> Json:
    return {**copy.copy(thing), "id": identifier, "created": at, **other}


def main() -> None:
    """Serve until told to stop."""
    rows, installation = int(sys.argv[1]), sys.argv[2]
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_told: stopped.set())
    with Server() as server:
        fill(server, rows=rows, installation=installation)
        print(f"ready: {server.base_url} {server.secret_key} {server.settings.account_id}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
