"""What people do about deliveries."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.reading import Reading, plain
from tests.jobs import run_jobs
from tests.journeys.words import strangers

from comptoir.backoffice.forms import DeliveredForm
from comptoir.customers.models import Customer
from comptoir.kernel import locks
from comptoir.kernel.models import Alert, AuditEntry, StateChange
from comptoir.kernel.words import code
from comptoir.mail.models import Mail
from comptoir.modules.api import DeliveryStatus, Outcome
from comptoir.payments.models import Payment
from comptoir.services import actions, steering
from comptoir.services.models import Operation, Service
from comptoir.services.queries import access

pytestmark = pytest.mark.django_db


@pytest.fixture
def operation(alice: Customer) -> Operation:
    """Something paid that people deliver."""
    scenes.paid(alice, builders.product("Déménagement", driver="manual"))
    run_jobs()
    row = Operation.objects.get()
    assert (row.state, row.by_hand) == ("waiting", True)
    return row


def delivered_mails() -> int:
    return Mail.objects.filter(fact__startswith="delivered:").count()


def test_marking_as_delivered_activates_once(owner: Client, operation: Operation) -> None:
    page = f"/admin/services/operation/{operation.pk}/"
    assert b'data-test="mark-delivered"' in owner.get(page).content
    sent = {"access": "login: alice\r\n\r\npassword: a:b c", "note": "by Olive"}
    for _twice in range(2):
        answer = owner.post(f"/admin/deliveries/{operation.pk}/done/", sent)
        assert (answer.status_code, answer.headers["Location"]) == (302, page)
    service = Service.objects.get()
    assert (service.state, access(service)) == ("active", {"login": "alice", "password": "a:b c"})
    assert delivered_mails() == 1
    moves = StateChange.objects.filter(noun="service", to_state="active")
    assert [move.who for move in moves] == ["staff:owner@example.org"]
    shown = owner.get(page).content.decode()
    assert "a:b c" not in shown
    assert 'data-test="mark-delivered"' not in shown


@pytest.mark.parametrize("lines", ["alice", "login:", ": alice", "login: a\nlogin: b", f"{'n' * 61}: a"])
def test_a_line_that_is_no_name_and_value_stores_nothing(owner: Client, operation: Operation, lines: str) -> None:
    answer = owner.post(f"/admin/deliveries/{operation.pk}/done/", {"access": lines})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "wrong" in page
    assert lines.partition("\n")[0] in page  # nothing typed is lost
    assert (Service.objects.get().state, delivered_mails()) == ("pending", 0)


def test_a_failed_one_is_tried_again(owner: Client, operation: Operation) -> None:
    claimed = actions.claim(operation.pk, by="test")
    assert claimed is not None
    actions.finish(claimed, Outcome(DeliveryStatus.FAILED, note="no room"), by="system")
    assert b'data-test="try-again"' in owner.get(f"/admin/services/operation/{operation.pk}/").content
    owner.post(f"/admin/deliveries/{operation.pk}/again/")
    assert Operation.objects.get().state == "waiting"
    owner.post(f"/admin/deliveries/{operation.pk}/again/")  # a second click finds nothing failed
    assert StateChange.objects.filter(noun="operation", from_state="failed", to_state="waiting").count() == 1


def test_what_a_driver_is_about_to_do_is_the_drivers(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    operation = Operation.objects.get()
    assert b'data-test="mark-delivered"' not in owner.get(f"/admin/services/operation/{operation.pk}/").content
    assert owner.post(f"/admin/deliveries/{operation.pk}/done/", {"access": "login: a"}).status_code == 302
    assert (Operation.objects.get().state, Service.objects.get().state) == ("waiting", "pending")
    assert owner.post("/admin/deliveries/00000000-0000-4000-8000-000000000000/done/").status_code == 404


# ------------------------------------------------------------------ by the kind of what is to be done

# What leads to an operation of a kind, and what its page must say: by hand, failed, the button, and once it is pressed.
KINDS: dict[str, tuple[list[str], dict[str, tuple[str, str, str, str]]]] = {
    "create": (
        [],
        {
            "en": ("To be delivered by hand", "This delivery failed", "Mark as delivered", "Delivered."),
            "fr": ("À livrer à la main", "Cette livraison a échoué", "Marquer comme livré", "Livré."),
        },
    ),
    "suspend": (
        ["suspended"],
        {
            "en": ("To be suspended by hand", "This suspension failed", "Mark as suspended", "Suspended."),
            "fr": ("À suspendre à la main", "Cette suspension a échoué", "Marquer comme suspendu", "Suspendu."),
        },
    ),
    "resume": (
        ["suspended", ""],
        {
            "en": ("To be resumed by hand", "This resumption failed", "Mark as resumed", "Resumed."),
            "fr": ("À rétablir à la main", "Cette reprise a échoué", "Marquer comme rétabli", "Rétabli."),
        },
    ),
    "end": (
        ["ended"],
        {
            "en": ("To be ended by hand", "The end of this service failed", "Mark as ended", "Ended."),
            "fr": ("À arrêter à la main", "L’arrêt de ce service a échoué", "Marquer comme terminé", "Terminé."),
        },
    ),
}
OF_A_DELIVERY = {"en": ("delivered", "delivery of", "access data"), "fr": ("livré", "livraison de", "données d’accès")}


def steered(operation: Operation, kind: str) -> Operation:
    """An operation of a kind that is left to people; whatever comes before it was done by hand."""
    for wanted in KINDS[kind][0]:
        for each in Operation.objects.exclude(state="done"):
            actions.done_by_hand(operation_id=each.pk, access={}, note="", who="test")
        steering.steer(service_id=operation.service_id, wanted=wanted, why=code("dp_1"), who="test")
        run_jobs()
    row = Operation.objects.get(kind=kind)
    assert (row.state, row.by_hand) == ("waiting", True)
    return row


def main_part(client: Client, path: str, language: str) -> str:
    """What a page says beneath the menu, without its texts of the other language."""
    page = client.get(path, headers={"accept-language": language}).content.decode()
    texts = Reading(page.partition("<main")[2]).texts
    assert strangers("fr" if language == "fr" else "en", texts) == []
    return "\n".join(texts)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_what_is_to_be_done(owner: Client, operation: Operation, kind: str, language: str) -> None:
    row = steered(operation, kind)
    path, (by_hand, failed, button, done) = f"/admin/services/operation/{row.pk}/", KINDS[kind][1][language]
    asked = main_part(owner, path, language)
    assert by_hand in asked
    assert button in asked
    claimed = actions.claim(row.pk, by="test")
    assert claimed is not None
    actions.finish(claimed, Outcome(DeliveryStatus.FAILED, note="no room"), by="system")
    broken = main_part(owner, path, language)
    assert failed in broken
    assert button in broken
    page = owner.get(path).content.decode()
    assert f'data-kind="{kind}"' in page
    assert ('data-test="why"' in page) == (kind in {"suspend", "end"})
    for said in (asked, broken):
        told = any(word in said.lower() for word in OF_A_DELIVERY[language])
        assert told == (kind == "create"), said
    answer = owner.post(
        f"/admin/deliveries/{row.pk}/done/", {"note": "Vera"}, follow=True, headers={"accept-language": language}
    )
    assert done in answer.content.decode()
    assert Operation.objects.get(pk=row.pk).state == "done"


def test_access_data_are_of_a_delivery_alone(owner: Client, operation: Operation) -> None:
    """What is typed by habit while a service is suspended is stored nowhere, and no word of it is noted."""
    row = steered(operation, "suspend")
    owner.post(f"/admin/deliveries/{row.pk}/done/", {"access": "password: hunter2", "note": ""})
    service = Service.objects.get()
    assert (service.state, access(service)) == ("suspended", {})
    assert "access" not in AuditEntry.objects.get(verb="service.suspended").after


@pytest.mark.parametrize("language", ["en", "fr"])
def test_lists_and_stories_name_the_kind(owner: Client, operation: Operation, language: str) -> None:
    row = steered(operation, "end")
    payment = Payment.objects.get()
    word, moved, due = {  # of the story the pieces, each of which stands by itself
        "en": ("End", "End of Déménagement : Waiting", "Services to be delivered, suspended, resumed or ended by hand"),
        "fr": (
            "Fin",
            "Arrêt de Déménagement : En attente",
            "Services à livrer, suspendre, rétablir ou arrêter à la main",
        ),
    }[language]
    listed = main_part(owner, "/admin/services/operation/?show=people", language).split("\n")
    assert word in {each.capitalize() for each in listed}
    story = main_part(owner, f"/admin/billing/stripe/{payment.pk}/", language)
    assert moved in plain(story.replace("\n", " "))
    assert due in main_part(owner, "/admin/", language)
    around = main_part(owner, f"/admin/invoices/invoice/{row.cause_id}/", language).split("\n")
    assert word in {each.capitalize() for each in around}


# ------------------------------------------------------------------ when something else is wanted by then

NOT_NOW = {
    "en": ("Not to be delivered now:", "shut off what you have delivered already", "no money is charged or given back"),
    "fr": ("À ne pas livrer maintenant :", "coupez ce que vous auriez déjà livré", "rien n’est débité ni rendu par là"),
}
SHALL_NOT = {"en": "This shall not be delivered now: dp_1.", "fr": "Ceci ne doit pas être livré maintenant : dp_1."}
CALLED_OFF = {"en": "This is not to be done any more", "fr": "Ceci n’est plus à faire"}


def wants(wanted: str) -> None:
    steering.steer(service_id=Service.objects.get().pk, wanted=wanted, why=code("dp_1"), who="test")


def pressed(client: Client, operation: Operation, language: str, do: str = "done") -> str:
    """What somebody reads after they have pressed a button of a page that they had opened before."""
    where = f"/admin/deliveries/{operation.pk}/{do}/"
    answer = client.post(where, {"access": "login: a"}, follow=True, headers={"accept-language": language})
    return plain(answer.content.decode())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_held_back_is_not_marked_as_delivered(owner: Client, operation: Operation, language: str) -> None:
    page = f"/admin/services/operation/{operation.pk}/"
    wants("suspended")
    shown = main_part(owner, page, language)
    assert all(each in plain(shown) for each in ("dp_1", *NOT_NOW[language])), shown
    assert KINDS["create"][1][language][2] not in shown
    assert b"mark-delivered" not in owner.get(page).content
    assert SHALL_NOT[language] in pressed(owner, operation, language)
    assert (Service.objects.get().state, delivered_mails()) == ("pending", 0)
    assert not AuditEntry.objects.filter(verb="service.delivered").exists()
    assert operation.service.name not in main_part(owner, "/admin/services/operation/?show=people", language)
    assert b'data-test="due-by-hand" data-count="0"' in owner.get("/admin/").content
    wants("")
    run_jobs()
    assert b"mark-delivered" in owner.get(page).content
    assert b'data-test="not-now"' not in owner.get(page).content
    assert Alert.objects.filter(key=f"by-hand:{operation.pk}", closed_at=None).exists()
    assert KINDS["create"][1][language][3] in pressed(owner, operation, language)


def test_what_a_person_has_to_let_go_says_why(owner: Client, operation: Operation) -> None:
    with locks.transaction():
        steering.hold(services=locks.take_all(Service), why=code("highest"))
    page = owner.get(f"/admin/services/operation/{operation.pk}/").content.decode()
    assert 'data-test="not-now"' in page
    assert "highest" in page
    assert "mark-delivered" not in page


def test_one_that_failed_is_neither_tried_again_nor_marked_while_it_is_held_back(
    owner: Client, operation: Operation
) -> None:
    claimed = actions.claim(operation.pk, by="test")
    assert claimed is not None
    actions.finish(claimed, Outcome(DeliveryStatus.FAILED, note="no room"), by="system")
    wants("suspended")
    page = owner.get(f"/admin/services/operation/{operation.pk}/").content
    assert b'data-test="not-now"' in page
    assert b'data-test="try-again"' not in page
    for do in ("done", "again"):
        assert SHALL_NOT["en"] in pressed(owner, operation, "en", do)
    assert Operation.objects.get().state == "failed"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["suspend", "resume"])
def test_what_was_called_off_meanwhile_is_told(owner: Client, operation: Operation, kind: str, language: str) -> None:
    row = steered(operation, kind)
    wants("ended" if kind == "resume" else "")
    page = owner.get(f"/admin/services/operation/{row.pk}/").content
    assert b"mark-delivered" not in page
    assert CALLED_OFF[language] in pressed(owner, row, language)
    assert Service.objects.get().state == ("suspended" if kind == "resume" else "active")
    assert not Mail.objects.filter(fact=f"{kind}:{row.pk}").exists()


def test_whoever_presses_second_is_not_told_that_it_is_delivered(
    owner: Client, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    valid = DeliveredForm.is_valid

    def another_is_faster(form: DeliveredForm) -> bool:
        actions.done_by_hand(operation_id=operation.pk, access={"login": "b"}, note="", who="staff:vera@example.org")
        return valid(form)

    monkeypatch.setattr(DeliveredForm, "is_valid", another_is_faster)
    said = pressed(owner, operation, "en")
    assert "This is not waiting for a person (any more). Nothing was changed." in said
    assert "Delivered." not in said
    assert [each.who for each in AuditEntry.objects.filter(verb="service.delivered")] == ["staff:vera@example.org"]
    assert access(Service.objects.get()) == {"login": "b"}


def test_the_page_of_a_resumption_says_why_in_french(owner: Client, operation: Operation) -> None:
    row = steered(operation, "resume")
    page = f"/admin/services/operation/{row.pk}/"
    assert "Il est suspendu, et plus rien ne justifie la suspension" in main_part(owner, page, "fr")
    Operation.objects.filter(pk=row.pk).update(state="failed")
    assert "Il est toujours suspendu, alors que plus rien ne justifie la suspension" in main_part(owner, page, "fr")
