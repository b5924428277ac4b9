"""Rendering: the words, the style, and the policy that lets a browser do no more than the page needs."""

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stripe_simulator.hosted.texts import TEXTS, money
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

HERE = Path(__file__).parent.parent
PAGES = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
STYLE = "/c/static/page.css"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page(
    name: str, lang: str, mode: Mode, *, status: int = 200, leaving: tuple[str | None, ...] = (), **more: object
) -> Response:
    """`leaving` are addresses to which a form of the page may lead after its redirects."""
    shop = mode.world.settings.account_name
    words = {key: text.replace("{shop}", shop) for key, text in TEXTS[lang].items()}
    html = PAGES.get_template(name).render(lang=lang, t=words, style=STYLE, shop=shop, **more)
    return HTMLResponse(html, status, {**HEADERS, "Content-Security-Policy": _policy(leaving)})


def _policy(leaving: tuple[str | None, ...]) -> str:
    # browsers apply form-action to the redirects after a form, too: the shop's own address must be named
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, filter(None, leaving))}
    targets = " ".join(["'self'", *sorted(origins)])
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'none'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {targets}"
    )


def go(url: str) -> Response:
    return RedirectResponse(url, 303, HEADERS)


def amount(thing: Json, lang: str) -> str:
    minor: int = thing["amount_total"] if "amount_total" in thing else thing["amount"]
    return money(minor, thing["currency"], lang)


def success_url(session: Json) -> str:
    target: str = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return target


def told(method: Json, words: dict[str, str]) -> Json:
    """A saved method as its owner knows it: id and label."""
    kind = method["type"]
    last = method[kind].get("last4")
    label: str = words.get(kind) or kind
    if kind == "card":
        label = method["card"]["brand"].title()
    if last:
        label = f"{label} •••• {last}"
    if kind == "card":
        month, year = f"{method['card']['exp_month']:02}", str(method["card"]["exp_year"])
        label += ", " + words["portal_expires"].replace("{month}", month).replace("{year}", year)
    return {"id": method["id"], "label": label}
