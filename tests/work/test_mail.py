"""Mails: one a fact, claimed before they are sent, and never sent again where nobody knows."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

from comptoir.conf import conf
from comptoir.kernel.models import Alert
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
