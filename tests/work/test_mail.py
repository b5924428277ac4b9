"""Mails: one a fact, claimed before they are sent, and never sent again where nobody knows."""

from __future__ import annotations

import datetime as dt
import smtplib
from email.message import EmailMessage

import pytest
from django.db import connection
from django.test import Client
from tests import builders
from tests.jobs import run_jobs

from comptoir.conf import conf
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.states import States
from comptoir.kernel.words import NOTHING
from comptoir.mail import actions, tasks
from comptoir.mail.models import Mail

pytestmark = pytest.mark.django_db(transaction=True)


class Server:
    """A mail server that takes a mail, or raises what it is told."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.taken: list[EmailMessage] = []

    def send_message(self, message: EmailMessage) -> None:
        """Take it."""
        if self.error is not None:
            raise self.error
        self.taken.append(message)

    def close(self) -> None:
        """Hang up."""


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Mail:
    """A mail that waits, and settings that name a mail server."""
    settings = conf().model_copy(update={"email_url": "smtp://mail.example.org"})
    monkeypatch.setattr(tasks, "conf", lambda: settings)
    actions.queue_text(fact="a fact", to="alice@example.org", subject="Bonjour\r\nBcc: x@y", body="Texte", locale="fr")
    return Mail.objects.get()


def send(mail: Mail, error: Exception | None, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server(error)
    monkeypatch.setattr(tasks, "_connect", lambda: server)
    tasks.send(mail.pk)
    return server


def test_it_is_sent_once_and_its_subject_is_one_line(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    server = send(mail, None, monkeypatch)
    assert [message["Subject"] for message in server.taken] == ["Bonjour Bcc: x@y"]
    assert send(mail, None, monkeypatch).taken == []
    mail.refresh_from_db()
    assert mail.state == "sent"


def test_a_line_cut_while_sending_leaves_it_uncertain_and_unrepeated(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(mail, smtplib.SMTPServerDisconnected("cut"), monkeypatch)
    mail.refresh_from_db()
    assert (mail.state, mail.sent_at) == ("uncertain", None)
    assert Alert.objects.filter(key=f"mail:{mail.pk}").exists()
    assert send(mail, None, monkeypatch).taken == []


@pytest.mark.parametrize(
    "refusal",
    [
        smtplib.SMTPRecipientsRefused({}),
        smtplib.SMTPSenderRefused(550, b"no", "x"),
        smtplib.SMTPDataError(451, b"later"),
        smtplib.SMTPNotSupportedError("no SMTPUTF8"),
    ],
)
def test_a_refusal_is_certain_and_tried_again(mail: Mail, monkeypatch: pytest.MonkeyPatch, refusal: Exception) -> None:
    with pytest.raises(tasks.NotSentError):
        send(mail, refusal, monkeypatch)
    mail.refresh_from_db()
    assert mail.state == "waiting"
    assert len(send(mail, None, monkeypatch).taken) == 1


def test_a_sender_that_died_leaves_it_uncertain(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    assert actions.claim(mail.pk) is not None
    assert send(mail, None, monkeypatch).taken == []
    mail.refresh_from_db()
    assert mail.state == "uncertain"


def test_a_death_while_it_is_noted_leaves_it_as_it_was(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not sent without its text, which another try would send; not uncertain without a word to the team."""
    actions.queue_text(fact="r", to="a@example.org", subject="s", body="https://link", locale="fr", secret=True)

    class Died(BaseException):
        pass

    def die(*_args: object, **_named: object) -> None:
        raise Died

    first, told = actions.claim(mail.pk), actions.claim(Mail.objects.get(fact="r").pk)
    assert first is not None
    assert told is not None
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(States, "_record", die)
        actions.sent(told)
    told.refresh_from_db()
    assert (told.state, told.sent_at, told.body) == ("sending", None, "https://link")
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(actions, "alert", die)
        actions.uncertain(first, problem=NOTHING)
    first.refresh_from_db()
    assert first.state == "sending"


def test_the_same_fact_is_told_once(mail: Mail) -> None:
    assert actions.queue_text(fact="a fact", to="x@example.org", subject="s", body="b", locale="fr") is False
    assert Mail.objects.count() == 1


def test_words_that_cannot_be_rendered_stop_nothing_but_the_mail(mail: Mail) -> None:
    actions.queue(fact="other", to="a@example.org", template="nowhere", values={"name": "Zoé"}, locale="fr")
    with pytest.raises(Exception, match="nowhere"):
        tasks.send(Mail.objects.get(fact="other").pk)
    assert Mail.objects.get(fact="other").state == "waiting"


def test_words_that_sign_in_are_forgotten_once_they_are_sent(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.queue_text(fact="r", to="a@example.org", subject="s", body="https://link", locale="fr", secret=True)
    told = Mail.objects.get(fact="r")
    assert "https://link" in send(told, None, monkeypatch).taken[0].get_content()
    told.refresh_from_db()
    assert (told.state, told.body) == ("sent", "")


# ------------------------------------------------------------------ somebody decides


@pytest.fixture
def lost(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> Mail:
    """A mail of which nobody knows whether it left, and that no job sees to."""
    send(mail, smtplib.SMTPServerDisconnected("cut"), monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    mail.refresh_from_db()
    assert mail.state == "uncertain"
    return mail


def press(mail: Mail, deed: str, *, role: str = "support") -> int:
    who = Client()
    who.force_login(builders.staff(f"Vera{deed}", role))
    return who.post(f"/admin/mails/{mail.pk}/{deed}/").status_code


def test_it_is_sent_again_by_somebody_alone_and_once(lost: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(None)
    monkeypatch.setattr(tasks, "_connect", lambda: server)
    assert run_jobs() == 0
    assert actions.take_up_forgotten() == 0
    assert press(lost, "again") == 302
    run_jobs()
    lost.refresh_from_db()
    assert (lost.state, len(server.taken), lost.problem.english) == ("sent", 1, "")
    assert not Alert.objects.filter(closed_at=None).exists()
    entry = AuditEntry.objects.get(verb="mail.again")
    assert (entry.name, entry.key) == ("a fact", str(lost.pk))
    assert press(lost, "sent") == 302, "too late, and told so"
    assert not AuditEntry.objects.filter(verb="mail.marked").exists()


def test_it_is_marked_as_sent_and_nothing_is_sent(lost: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(None)
    monkeypatch.setattr(tasks, "_connect", lambda: server)
    press(lost, "sent")
    run_jobs()
    lost.refresh_from_db()
    assert (lost.state, server.taken) == ("sent", [])
    assert not Alert.objects.filter(closed_at=None).exists()
    assert AuditEntry.objects.filter(verb="mail.marked").count() == 1


def test_a_link_that_signs_in_is_forgotten_when_it_is_marked(mail: Mail) -> None:
    actions.queue_text(fact="r", to="a@example.org", subject="s", body="https://link", locale="fr", secret=True)
    Mail.objects.filter(fact="r").update(state="uncertain")
    assert actions.mark_sent(mail_id=Mail.objects.get(fact="r").pk, who="test")
    assert Mail.objects.get(fact="r").body == ""


def test_only_who_may_decides(lost: Mail) -> None:
    assert press(lost, "again", role="read-only") == 403
    lost.refresh_from_db()
    assert lost.state == "uncertain"
    page = Client()
    page.force_login(builders.staff("Rita", "read-only"))
    shown = page.get(f"/admin/mail/mail/{lost.pk}/", headers={"accept-language": "en"}).content.decode()
    assert 'data-test="uncertain"' in shown
    assert 'data-test="send-again"' not in shown


def test_the_first_page_and_the_alert_lead_to_it(lost: Mail) -> None:
    olive = Client()
    olive.force_login(builders.owner())
    builders.shop()
    home = olive.get("/admin/", headers={"accept-language": "en"}).content.decode()
    assert 'data-test="due-uncertain" data-count="1"' in home
    assert "Bonjour" in olive.get("/admin/mail/mail/?show=uncertain").content.decode()
    alert = Alert.objects.get(key=f"mail:{lost.pk}")
    assert f"/admin/mail/mail/{lost.pk}/" in olive.get(f"/admin/kernel/alert/{alert.pk}/").content.decode()


def test_what_no_job_sees_to_any_more_is_taken_up(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    assert actions.take_up_forgotten() == 0, "its job waits"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert actions.take_up_forgotten() == 0, "not yet"
    Mail.objects.update(created_at=mail.created_at - dt.timedelta(hours=1))
    assert actions.take_up_forgotten() == 1
    server = Server(None)
    monkeypatch.setattr(tasks, "_connect", lambda: server)
    run_jobs()
    assert len(server.taken) == 1


def test_one_whose_sender_died_with_its_job_becomes_uncertain(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    assert actions.claim(mail.pk) is not None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    Mail.objects.update(claimed_at=mail.created_at - dt.timedelta(hours=1))
    server = Server(None)
    monkeypatch.setattr(tasks, "_connect", lambda: server)
    assert actions.take_up_forgotten() == 1
    run_jobs()
    mail.refresh_from_db()
    assert (mail.state, server.taken) == ("uncertain", [])
