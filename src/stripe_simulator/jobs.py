"""What each job of the agenda does. Jobs name objects by id, so that they survive in the state file."""

from collections.abc import Callable

from stripe_simulator.clock import Handler
from stripe_simulator.payments import checkout, refunding
from stripe_simulator.resources.balance_transactions import book
from stripe_simulator.types import Json
from stripe_simulator.webhooks.post import PostOffice
from stripe_simulator.world import Mode, World


def handlers(world: World, post: PostOffice) -> dict[str, Handler]:
    def expire(data: Json) -> None:
        session = world.mode(data["mode"]).get("checkout.session", data["session"])
        if session is not None:
            checkout.expire(world.mode(data["mode"]), session)

    def balance(data: Json) -> None:
        charge = world.mode(data["mode"]).get("charge", data["charge"])
        if charge is not None:
            book(world.mode(data["mode"]), charge)

    def settle(data: Json) -> None:
        mode = world.mode(data["mode"])
        intent = mode.get("payment_intent", data["intent"])
        waiting = intent is not None and intent["status"] == "processing" and intent["latest_charge"] == data["charge"]
        if intent is not None and waiting:  # the control API may have settled it before
            checkout.settle(mode, intent, failure=data["failure"])

    def refund(deed: Callable[[Mode, Json], None]) -> Handler:
        def handle(data: Json) -> None:
            mode = world.mode(data["mode"])
            found = mode.get("refund", data["refund"])
            if found is not None:
                deed(mode, found)

        return handle

    return {
        "expire": expire,
        "balance": balance,
        "settle": settle,
        "refund_settle": refund(refunding.settle),
        "refund_refer": refund(refunding.refer),
        "refund_fail": refund(refunding.fail),
        "deliver": post.deliver,
    }
