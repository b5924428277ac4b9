"""The whole simulator as one ASGI application."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from stripe_simulator.astray import astray
from stripe_simulator.control.clock import ClockControl
from stripe_simulator.control.deliveries import DeliveryControl
from stripe_simulator.control.door import Door
from stripe_simulator.control.endpoints import EndpointControl
from stripe_simulator.control.faults import FaultControl
from stripe_simulator.control.keys import KeyControl
from stripe_simulator.control.objects import ObjectControl
from stripe_simulator.control.payments import PaymentControl
from stripe_simulator.control.reset import ResetControl
from stripe_simulator.dashboard.clock import ClockPages
from stripe_simulator.dashboard.events import EventPages
from stripe_simulator.dashboard.keys import KeyPages
from stripe_simulator.dashboard.methods import MethodPages
from stripe_simulator.dashboard.objects import ObjectPages
from stripe_simulator.dashboard.overview import Overview
from stripe_simulator.dashboard.payments import PaymentPages
from stripe_simulator.dashboard.shell import Shell
from stripe_simulator.dashboard.webhooks import WebhookPages
from stripe_simulator.duties import handlers
from stripe_simulator.gate import Gate
from stripe_simulator.hosted.contents import FileContents
from stripe_simulator.hosted.pay import PayPage
from stripe_simulator.hosted.portal import PortalPage
from stripe_simulator.hosted.receipt import ReceiptPage
from stripe_simulator.hosted.step import StepPage
from stripe_simulator.registry import load_resources
from stripe_simulator.schema import load_requests
from stripe_simulator.settings import Settings
from stripe_simulator.state import StateFile, Watch
from stripe_simulator.timeline import Timeline
from stripe_simulator.trouble import Trouble
from stripe_simulator.webhooks.post import PostOffice
from stripe_simulator.world import World

STATIC = Path(__file__).parent / "static"
DEFAULT_URL = "http://127.0.0.1:12111"


class Rest(PathConvertor):
    """Whatever follows in an address, an encoded line break too: that is refused in Stripe's form like anything else."""

    regex = "(?s:.*)"


register_url_convertor("rest", Rest())


class AnyMethod:
    """The gate answers whatever the method is, `TRACE` and `PROPFIND` too: Stripe refuses those in its own form."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.gate.serve(Request(scope, receive))
        await response(scope, receive, send)


def create_app(settings: Settings | None = None) -> Starlette:
    """One simulated account behind /v1 and /v2, its hosted pages under /c, its controls under /_control."""
    settings = settings or Settings()
    settings.public_url = (settings.public_url or DEFAULT_URL).rstrip("/")
    catalog = load_requests()
    load_resources(catalog)
    world = World(settings, catalog.known())
    gate, post = Gate(world, catalog), PostOffice(world)
    timeline = Timeline(world, {**handlers(world), "deliver": post.deliver})
    state = StateFile(world, settings.state_file)
    state.load()

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await post.open()
        timeline.start()
        state.start()
        try:
            yield
        finally:
            await timeline.stop()
            await post.close()
            await state.stop()

    files = FileContents(world)
    routes: list[BaseRoute] = [
        Route("/v1/files/{file}/contents", files.show, methods=["GET"]),
        Route("/links/{address}", files.linked, methods=["GET"]),
        *(Route(path, AnyMethod(gate)) for path in ("/v1", "/v1/{path:rest}", "/v2", "/v2/{path:rest}")),
        *_hosted(world),
        *_control(world, gate, post, timeline),
        *_dashboard(Shell(world, post, Door(world)), timeline),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Watch, world=world), Middleware(Trouble, world=world)],
        exception_handlers={404: astray, 405: astray},
    )
    app.router.redirect_slashes = False  # it reads `request.url`, which fails on bytes that are no characters
    app.state.world = world
    return app


def _hosted(world: World) -> list[BaseRoute]:
    pay, step, receipt, portal = PayPage(world), StepPage(world), ReceiptPage(world), PortalPage(world)
    return [
        Mount("/c/static", StaticFiles(directory=STATIC)),
        Route("/c/pay/{session}", pay.show, methods=["GET"]),
        Route("/c/pay/{session}", pay.submit, methods=["POST"]),
        Route("/c/step/{intent}/{secret}", step.show, methods=["GET"]),
        Route("/c/step/{intent}/{secret}", step.submit, methods=["POST"]),
        Route("/p/session/{address}", portal.show, methods=["GET"]),
        Route("/p/session/{address}", portal.submit, methods=["POST"]),
        Route("/c/receipt/{charge}", receipt.show, methods=["GET"]),
        Route("/c/closed", step.closed, methods=["GET"]),
    ]


def _dashboard(shell: Shell, timeline: Timeline) -> list[BaseRoute]:
    """At the addresses of Stripe's own dashboard: /test/apikeys, and /apikeys for live mode."""
    payments, keys, hooks = PaymentPages(shell), KeyPages(shell), WebhookPages(shell)
    events, methods, overview = EventPages(shell), MethodPages(shell), Overview(shell)
    objects = ObjectPages(shell)
    return [
        Route("/", shell.guarded(overview.show, "test"), methods=["GET"]),
        *shell.routes("GET", "/dashboard", overview.show),
        *shell.routes("POST", "/clock", ClockPages(shell, timeline).change),
        *shell.routes("GET", "/payments", payments.listing),
        *shell.routes("POST", "/payments", payments.make),
        *shell.routes("GET", "/payments/{payment}", payments.show),
        *shell.routes("POST", "/payments/{payment}/refund", payments.refund),
        *shell.routes("POST", "/payments/{payment}/move", payments.move),
        *shell.routes("GET", "/apikeys", keys.show),
        *shell.routes("POST", "/apikeys", keys.make),
        *shell.routes("GET", "/webhooks", hooks.listing),
        *shell.routes("GET", "/webhooks/create", hooks.create),
        *shell.routes("POST", "/webhooks/create", hooks.make),
        *shell.routes("GET", "/webhooks/{endpoint}", hooks.show),
        *shell.routes("POST", "/webhooks/{endpoint}", hooks.change),
        *shell.routes("GET", "/events", events.listing),
        *shell.routes("GET", "/events/{event}", events.show),
        *shell.routes("POST", "/events/{event}/resend", events.resend),
        *shell.routes("GET", "/objects", objects.listing),
        *shell.routes("GET", "/objects/{object}", objects.show),
        *shell.routes("POST", "/objects/{object}/move", objects.move),
        *shell.routes("GET", "/disputes", objects.disputes),
        *shell.routes("GET", "/payouts", objects.payouts),
        *shell.routes("GET", "/settings/payment_methods", methods.show),
        *shell.routes("POST", "/settings/payment_methods", methods.change),
    ]


def _control(world: World, gate: Gate, post: PostOffice, timeline: Timeline) -> list[BaseRoute]:
    door = Door(world)
    clock, objects, faults = ClockControl(world, timeline), ObjectControl(world), FaultControl(world, gate)
    deliveries, keys, reset = DeliveryControl(world, post), KeyControl(world), ResetControl(world, gate, post)
    ends = EndpointControl(world)
    return [
        door.route("GET", "/clock", clock.read),
        door.route("POST", "/clock", clock.write),
        door.route("GET", "/objects/{id}", objects.show),
        door.route("POST", "/objects/{id}", objects.move),
        door.route("GET", "/faults", faults.show),
        door.route("POST", "/faults", faults.add),
        door.route("DELETE", "/faults", faults.clear),
        door.route("GET", "/requests", faults.requests),
        door.route("GET", "/latency", faults.show_latency),
        door.route("POST", "/latency", faults.latency),
        door.route("GET", "/rate-limit", faults.show_rate_limit),
        door.route("POST", "/rate-limit", faults.rate_limit),
        door.route("GET", "/deliveries", deliveries.show),
        door.route("POST", "/deliveries", deliveries.rule),
        door.route("POST", "/deliveries/{event}/resend", deliveries.resend),
        door.route("POST", "/secrets/{endpoint}/roll", deliveries.roll),
        door.route("GET", "/endpoints", ends.show),
        door.route("POST", "/endpoints", ends.add),
        door.route("DELETE", "/endpoints/{endpoint}", ends.remove),
        door.route("POST", "/payments", PaymentControl(world).make),
        door.route("GET", "/keys", keys.show),
        door.route("POST", "/keys", keys.restricted),
        door.route("DELETE", "/keys/{key}", keys.expire),
        door.route("POST", "/account", keys.account),
        door.route("POST", "/reset", reset.reset),
        door.route("POST", "/payouts/run", reset.payouts),
    ]
