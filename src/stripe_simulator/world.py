"""Everything the simulator knows: one account, its two modes, the clock."""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stripe_simulator.clock import Agenda, Clock
from stripe_simulator.faults import Faults
from stripe_simulator.keys import Keys
from stripe_simulator.schema.known import Known
from stripe_simulator.settings import Settings
from stripe_simulator.types import Json
from stripe_simulator.webhooks.rules import DeliveryRule
from stripe_simulator.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Cause:
    """The API request behind an event; both empty when nobody asked through the API."""

    request_id: str | None = None
    idempotency_key: str | None = None


NOBODY = Cause()


class Mode:
    """Test or live: two sets of objects that never meet."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.livemode = name == "live"
        self.cause = NOBODY
        self.objects: dict[str, Json] = {}  # by id
        self.side: dict[str, Json] = {}  # by id: facts that never leave the simulator
        self._kinds: dict[str, dict[str, Json]] = {}  # by object type, in order of creation
        self.idempotency: dict[str, Json] = {}  # by key, in order of first use
        self.in_flight: set[str] = set()  # idempotency keys being executed

    def put(self, thing: Json, **side: object) -> Json:
        """Store an object; keyword arguments are facts that never leave the simulator."""
        self.objects[thing["id"]] = thing
        self._kinds.setdefault(thing["object"], {})[thing["id"]] = thing
        if side:
            self.side.setdefault(thing["id"], {}).update(side)
        return thing

    def get(self, kind: str, identifier: str) -> Json | None:
        return self._kinds.get(kind, {}).get(identifier)

    def all(self, kind: str) -> Iterable[Json]:
        """Newest first."""
        return reversed(self._kinds.get(kind, {}).values())

    def first(self, kind: str) -> Json | None:
        """The oldest."""
        return next(iter(self._kinds.get(kind, {}).values()), None)

    def forget(self, thing: Json) -> None:
        self.objects.pop(thing["id"], None)
        self.side.pop(thing["id"], None)
        self._kinds.get(thing["object"], {}).pop(thing["id"], None)

    def facts(self, identifier: str) -> Json:
        return self.side.setdefault(identifier, {})

    @contextmanager
    def caused_by(self, cause: Cause) -> "Iterator[None]":
        """Events of this block name this request. Safe because one operation runs at a time, never across an await."""
        before, self.cause = self.cause, cause
        try:
            yield
        finally:
            self.cause = before

    def dump(self) -> Json:
        return {"objects": list(self.objects.values()), "side": self.side, "idempotency": self.idempotency}

    def load(self, saved: Json) -> None:
        self.objects, self._kinds = {}, {}
        for thing in saved["objects"]:
            self.put(thing)
        self.side, self.idempotency = saved["side"], saved["idempotency"]


@dataclass
class Limits:
    """Stripe's rate limits, for each mode by itself; none until a caller sets them."""

    per_second: int | None = None
    per_endpoint: int | None = None
    live_per_second: int | None = None  # when live mode differs
    narrow_per_second: int | None = None  # for all of search, and for all of files
    updates_per_hour: int | None = None  # of one PaymentIntent


@dataclass
class Retrying:
    """How failed deliveries are tried again: `schedule` is a name of webhooks/schedule.py.

    With `disable_after` (seconds), an endpoint that failed for so long without one success is disabled.
    """

    schedule: str = "short"
    disable_after: float | None = None


class World:
    """One account. Everything in it is changed by one thread, one operation at a time."""

    def __init__(self, settings: Settings, known: Known) -> None:
        self.settings = settings
        self.known = known
        self.clock = Clock()
        self.agenda = Agenda()
        self.keys = Keys(settings)
        self.test = Mode(self, "test")
        self.live = Mode(self, "live")
        self.account_changes: Json = {}
        self.created = self.clock.seconds()
        self.latency_ms = 0
        self.limits = Limits()
        self.retrying = Retrying()
        self.delivering = DeliveryRule()
        self.faults = Faults()
        self.witness: Witness | None = None
        self.changed = True  # since the state file was written

    @property
    def version(self) -> str:
        """Of the API, as the installed library pins it: the account's own."""
        return self.known.version

    def mode(self, name: str) -> Mode:
        return self.live if name == "live" else self.test

    def other(self, mode: Mode) -> Mode:
        return self.test if mode.livemode else self.live

    def locate(self, identifier: str) -> tuple[Mode, Json] | None:
        """An object of either mode, by id."""
        for mode in (self.test, self.live):
            thing = mode.objects.get(identifier)
            if thing is not None:
                return mode, thing
        return None

    def reset(self) -> None:
        """Back to the first moment; the account's own keys stay, so that a configured caller keeps working."""
        self.test, self.live = Mode(self, "test"), Mode(self, "live")
        self.agenda.clear()
        self.clock = Clock()
        self.keys = Keys(self.settings)
        self.account_changes = {}
        self.latency_ms, self.limits, self.retrying = 0, Limits(), Retrying()
        self.delivering, self.faults = DeliveryRule(), Faults()

    def dump(self) -> Json:
        return {
            "form": 1,
            "created": self.created,
            "clock": self.clock.dump(),
            "agenda": self.agenda.dump(),
            "keys": self.keys.dump(),
            "account": self.account_changes,
            "latency_ms": self.latency_ms,
            "limits": asdict(self.limits),
            "retrying": asdict(self.retrying),
            "delivering": self.delivering.rule,
            "faults": self.faults.entries(),
            "test": self.test.dump(),
            "live": self.live.dump(),
        }

    def load(self, saved: Json) -> None:
        self.created, self.account_changes = saved["created"], saved["account"]
        self.latency_ms = saved.get("latency_ms", 0)  # a file of an earlier release has none of these
        self.limits, self.retrying = Limits(**saved.get("limits", {})), Retrying(**saved.get("retrying", {}))
        self.delivering.rule = saved.get("delivering", "none")
        self.faults.load(saved.get("faults", []))
        self.clock.load(saved["clock"])
        self.agenda.load(saved["agenda"])
        self.keys.load(saved["keys"])
        self.test.load(saved["test"])
        self.live.load(saved["live"])
