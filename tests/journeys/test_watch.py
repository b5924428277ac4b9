"""The watch that every journey keeps does see what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.journeys.access import obstacles
from tests.journeys.visit import TOO_WIDE
from tests.journeys.ways import EN_DESKTOP, FR_PHONE, JOURNEY, Way
from tests.journeys.words import strangers

if TYPE_CHECKING:
    from tests.journeys.visit import Visit

pytestmark = JOURNEY
INLINE = """() => {
  document.body.insertAdjacentHTML("beforeend", '<p style="color: red">red</p>');
  const script = document.createElement("script");
  script.textContent = "document.title = 'changed'";
  document.body.append(script);
}"""
BARE = """() => document.querySelector("main").insertAdjacentHTML("beforeend",
  '<img src="/static/look/mark.svg"><input type="text"><button></button>')"""
WIDE = "() => document.querySelector('main').insertAdjacentText('beforeend', 'w'.repeat(60))"


def test_what_breaks_a_rule_is_complained_about(come: Callable[[Way], Visit]) -> None:
    visit = come(FR_PHONE)
    visit.open("/")
    visit.page.evaluate(INLINE)
    visit.page.evaluate("() => { setTimeout(() => { throw new Error('broken') }) }")
    visit.page.evaluate("() => fetch('/nothing').then(() => 0)")
    said = visit.watch.complaints.copy()
    visit.watch.complaints.clear()
    for words in ("policy: style-src-attr", "policy: script-src-elem", "script: broken", "refused: GET"):
        assert any(complaint.startswith(words) for complaint in said), f"{words} is not among {said}"
    visit.page.evaluate(WIDE)
    assert "px for" in visit.page.evaluate(TOO_WIDE)


def test_what_keeps_people_out_is_found(come: Callable[[Way], Visit]) -> None:
    visit = come(EN_DESKTOP)
    visit.open("/")
    assert obstacles(visit.page) == []
    visit.page.evaluate(BARE)
    said = " ".join(obstacles(visit.page))
    for words in ("critical image-alt", "critical label", "critical button-name"):
        assert words in said


def test_words_of_the_other_language_are_noticed() -> None:
    assert strangers("fr", ["Votre panier", "Your basket", "Invoice TEST-2026-00001 is paid: 49,90"]) != []
    assert strangers("fr", ["Votre panier", "Service", "VPS Bougie"]) == []
    assert strangers("en", ["Your basket", "Services"]) == []
    assert strangers("en", ["Your basket", " Votre\u00a0panier "]) == ["Votre panier"]
