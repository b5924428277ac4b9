"""The door of /v1 and /v2: key, version, idempotency, parameters, then the operation, then `expand`."""

import asyncio
import base64
import json
import logging
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator import faults, form, idempotency, ids, multipart, past
from stripe_simulator.coerce import Coercer
from stripe_simulator.connection import Dropped
from stripe_simulator.errors import StripeError, invalid, malformed, no_access, not_built, unrecognized
from stripe_simulator.expand import Allow, expand
from stripe_simulator.journal import Journal
from stripe_simulator.keys import Key
from stripe_simulator.limits import Meter, too_many
from stripe_simulator.registry import Call, Route, find, readers
from stripe_simulator.schema import Catalog, Operation
from stripe_simulator.types import Json
from stripe_simulator.world import Cause, Mode, World

log = logging.getLogger("stripe_simulator")
OK = 200
SECOND = "/v2/"
GARBAGE = '{"id": "cs_test_'  # cut in the middle of a word


@dataclass(slots=True)
class Asked:
    """A request as it came, and what its answer will carry."""

    method: str
    path: str
    request_id: str
    idempotency_key: str | None
    version: str
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a request turned out to ask for."""

    mode: Mode
    key: Key
    operation: Operation
    route: Route
    data: Json
    page: str | None  # of a list of /v2: where it goes on


@dataclass(slots=True)
class Answer:
    status: int
    body: str


class Gate:
    def __init__(self, world: World, catalog: Catalog) -> None:
        self.world, self.catalog = world, catalog
        self.coercer = Coercer(catalog)
        self.journal, self.meter = Journal(), Meter()

    async def serve(self, request: Request) -> Response:
        asked = Asked(
            method=request.method,
            path=_path(request),
            request_id=ids.make("req"),
            idempotency_key=request.headers.get("idempotency-key") if _may_repeat(request) else None,
            version=request.headers.get("stripe-version", self.world.version),
        )
        now = self.world.clock.now()
        query = _query(request)
        entry = self.journal.open(
            asked.method, asked.path, query, time=now, key=asked.idempotency_key, request_id=asked.request_id
        )
        entry.fault = asked.fault = fault = self.world.faults.strike(asked.method, asked.path)
        self.world.changed |= bool(self.world.faults.rules)  # they have counted, also what merely reads
        if fault == "drop_before":
            return Dropped()
        if fault and fault.startswith("status:"):
            answer = self._refuse(asked, _injected(faults.amount(fault)))
        else:
            answer = await self._answer(request, asked)
        if fault == "drop_after":
            return Dropped()
        entry.status = answer.status
        if self.world.witness is not None and asked.version == self.world.version:
            self.world.witness.answer(asked.method, asked.path, answer.status, answer.body)
        body = GARBAGE if fault == "garbage" else answer.body
        return Response(body, answer.status, self._headers(asked), "application/json")

    async def _answer(self, request: Request, asked: Asked) -> Answer:
        wait = self.world.latency_ms + faults.wait(asked.fault)
        try:
            key = self.world.keys.authenticate(_bearer(request.headers.get("authorization", "")))
            self._check_version(asked.version)
            self._check_account(request, self.world.mode(key.mode))
            found = find(self.catalog, asked.method, asked.path)
            if found is None:
                raise unrecognized(asked.method, asked.path)
            operation, route = found
            self.meter.count(self.world.limits, key.mode, operation.name, method=asked.method, path=asked.path)
            if route is not None:  # what is not built needs none: its name is not known here
                self.world.keys.permit(key, route.permission)
            data = form.decode(_query(request)) | _body(request, await request.body())
            page = data.pop("page", None) if asked.path.startswith(SECOND) and asked.method == "GET" else None
            if route is None:
                self._read(asked, operation, data)  # what Stripe refuses is refused the same
                raise not_built(f"{operation.name} ({operation.method} {operation.path})")
            return await self._once(asked, Target(self.world.mode(key.mode), key, operation, route, data, page), wait)
        except StripeError as error:  # before the operation was waited for: an answer takes its time, too
            await _pause(wait)
            return self._refuse(asked, error)

    async def _once(self, asked: Asked, target: Target, wait: int) -> Answer:
        """Give the stored result of an idempotency key, or execute and keep the result. `wait` is milliseconds."""
        key, mode = asked.idempotency_key, target.mode
        if not key:
            await _pause(wait)
            return self._perform(asked, target)[0]
        idempotency.check_length(key)
        mark = idempotency.fingerprint(asked.method, asked.path, target.data)
        stored = idempotency.begin(mode, key, mark)
        asked.headers["Idempotency-Key"] = key
        if stored is not None:
            asked.headers["Idempotent-Replayed"] = "true"
            asked.headers["Original-Request"] = stored["request_id"]
            await _pause(wait)
            return Answer(stored["status"], stored["body"])
        try:
            await _pause(wait)
            answer, begun = self._perform(asked, target)
        finally:
            mode.in_flight.discard(key)
        if begun and (answer.status == OK or not asked.path.startswith(SECOND)):  # /v2 runs failed work again
            asked.headers["Original-Request"] = asked.request_id
            idempotency.keep(mode, key, mark, status=answer.status, body=answer.body, request_id=asked.request_id)
        return answer

    def _perform(self, asked: Asked, target: Target) -> tuple[Answer, bool]:
        """Run the operation, unless a fault wants it to break once it has begun: before its deed, or after it."""
        fault = asked.fault or ""
        if not fault.startswith((faults.STORED, faults.AFTER)):
            return self._execute(asked, target)
        if fault.startswith(faults.AFTER):
            answer, begun = self._execute(asked, target)
            if not begun:
                return answer, begun
        else:
            try:
                self._read(asked, target.operation, target.data)
            except StripeError as error:
                return self._refuse(asked, error), False
        return self._refuse(asked, _injected(faults.amount(fault))), True

    def _execute(self, asked: Asked, target: Target) -> tuple[Answer, bool]:
        """Run the operation; the flag says whether it began, so that its result must be kept."""
        begun = False
        try:
            params = self._read(asked, target.operation, target.data)
            shape = past.shaper(target.mode, asked.path, asked.version)
            call = Call(self.world, target.mode, target.route.read(asked.path), params, asked.version, target.page)
            with target.mode.caused_by(Cause(asked.request_id, asked.idempotency_key)):
                answer = target.route.run(call)
            begun = True  # a bad `expand` is refused after the deed: the key must remember it
            allow = self._allow(asked, target.key)
            result = expand(target.mode, shape(answer), params.get("expand") or [], allow, shape)
        except StripeError as error:
            error.reshape(past.shaper(target.mode, asked.path, asked.version))
            return self._refuse(asked, error), begun or not error.validation
        except Exception:
            log.exception("%s %s failed", asked.method, asked.path)
            return self._refuse(asked, _injected(500)), True
        return Answer(200, dumps(result)), True

    def _read(self, asked: Asked, operation: Operation, data: Json) -> Json:
        """Typed parameters, or the refusal that Stripe gives before it looks at anything stored."""
        past.refuse(asked.path, data, asked.version)
        node = past.schema(asked.path, operation.schema, asked.version, self.catalog.resolve)
        return past.forward(asked.method, asked.path, self.coercer.read(node, data), asked.version)

    def _allow(self, asked: Asked, key: Key) -> Allow:
        """What is expanded must be readable by itself, too. Not asked of a POST: its deed is done by then."""

        def allow(thing: Json, of_place: str) -> None:
            route = readers().get(thing["object"])
            own = [route.permission] if route is not None else []
            for permission in [of_place, *own] if asked.method == "GET" else []:
                if permission:
                    self.world.keys.permit(key, permission)

        return allow

    def _refuse(self, asked: Asked, error: StripeError) -> Answer:
        asked.headers.update(error.headers)
        account = self.world.settings.account_id
        log_url = f"https://dashboard.stripe.com/{account}/test/logs/{asked.request_id}?t={self.world.clock.seconds()}"
        known = error.status not in {401, 501}
        return Answer(error.status, dumps(error.body(log_url if known else None)))

    def _check_version(self, version: str) -> None:
        if version not in self.world.known.versions:
            raise malformed(f"Invalid Stripe API version: {version}")

    def _check_account(self, request: Request, mode: Mode) -> None:
        """Who acts for an account says which: never answered as if it were another."""
        for name in ("stripe-account", "stripe-context"):
            wanted = request.headers.get(name)
            if wanted is None or wanted == self.world.settings.account_id:
                continue
            if mode.get("account", wanted) is not None:
                raise not_built("Acting for a connected account")
            raise no_access(wanted)

    @staticmethod
    def _headers(asked: Asked) -> dict[str, str]:
        return {
            "Request-Id": asked.request_id,
            "Stripe-Version": asked.version,
            "Cache-Control": "no-cache, no-store",
            **asked.headers,
        }


def dumps(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _path(request: Request) -> str:
    """Percent signs undone. Not `request.url`: that would cut at an encoded `#`, and fail on a strange Host header."""
    path: str = request.scope["path"]
    return path


def _query(request: Request) -> str:
    raw: bytes = request.scope["query_string"]
    return raw.decode("utf-8", errors="replace")


def _may_repeat(request: Request) -> bool:
    """Whether an idempotency key counts: of a POST, and in /v2 of a DELETE too."""
    return request.method == "POST" or (request.method == "DELETE" and _path(request).startswith(SECOND))


def _bearer(header: str) -> str | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":  # the key as the user's name, without a password
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except ValueError:  # neither base64 nor text
            return None
    return None


def _body(request: Request, raw: bytes) -> Json:
    if not raw:
        return {}
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded")
    if _path(request).startswith(SECOND):
        if not kind.startswith("application/json"):
            raise malformed("Invalid request: the content type of an API v2 request must be application/json.")
        return form.decode_json(raw)
    if _path(request) == multipart.PATH and kind.startswith(multipart.KIND):
        return multipart.decode(raw, kind)
    if not kind.startswith("application/x-www-form-urlencoded"):
        raise malformed(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any "
            "questions, we can help at https://support.stripe.com/."
        )
    return form.decode(raw)


def _injected(status: int) -> StripeError:
    if status == 429:  # noqa: PLR2004 - the only status that speaks of limits
        return too_many("global-rate")
    words = {
        409: "This object cannot be accessed right now because another API request or Stripe process is currently "
        "accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are "
        "making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more "
        "details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.",
    }
    codes = {409: "lock_timeout"}
    if status >= 500:  # noqa: PLR2004 - a class of HTTP statuses
        return StripeError(status, "An unknown error occurred", kind="api_error")
    refusal = invalid(words.get(status, "The request was refused on demand."), code=codes.get(status))
    refusal.status = status
    if status == 402:  # noqa: PLR2004 - the only status that speaks of cards
        refusal.kind, refusal.code = "card_error", "card_declined"
    return refusal


async def _pause(milliseconds: int) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
