"""Sending, outside any transaction."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext_noop

from comptoir.conf import conf
from comptoir.jobs.app import app
from comptoir.jobs.backoff import Backoff
from comptoir.kernel.words import code, words
from comptoir.mail import actions
from comptoir.mail.models import Mail

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 20
_REFUSALS = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPResponseException,
    smtplib.SMTPNotSupportedError,
)


class NotSentError(Exception):
    """The mail surely did not leave; the job is tried again."""


@app.task(name="mail.send", retry=Backoff(first=10, longest=3600, tries=12))
def send(mail_id: int) -> None:
    """Claim a mail and send it. Before the server has the text, a failure is certain; afterwards the outcome is unknown."""
    actions.render(Mail.objects.get(pk=mail_id))
    mail = actions.claim(mail_id)
    if mail is None:
        return
    address = urlsplit(conf().email_url)
    if address.scheme == "console":
        log.info("mail", to=mail.to, subject=mail.subject)  # not its text: it may hold a link that signs in
    elif address.scheme != "outbox" and not _smtp(
        mail
    ):  # the demo's mails stay in the outbox, where its page shows them
        return
    actions.sent(mail)


def _smtp(mail: Mail) -> bool:
    """True once the server has taken it; False where nobody knows. Raises NotSentError where it surely has not."""
    try:
        server = _connect()
    except (OSError, smtplib.SMTPException) as error:
        fault = code(type(error).__name__)
        actions.again(mail, problem=words(gettext_noop("the mail server does not answer: %(error)s"), error=fault))
        raise NotSentError from error
    try:
        server.send_message(_message(mail))
    except _REFUSALS as error:
        fault = code(type(error).__name__)
        actions.again(mail, problem=words(gettext_noop("refused by the mail server: %(error)s"), error=fault))
        raise NotSentError from error
    except (OSError, smtplib.SMTPException) as error:
        fault = code(type(error).__name__)
        lost = words(
            gettext_noop("the mail server stopped answering while it was given the text: %(error)s"), error=fault
        )
        actions.uncertain(mail, problem=lost)
        return False
    finally:
        server.close()  # without QUIT: the answer to it would tell nothing more
    return True


def _connect() -> smtplib.SMTP:
    address = urlsplit(conf().email_url)
    host = address.hostname or "localhost"
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if address.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, address.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, address.port or 587, timeout=TIMEOUT_SECONDS)
        if address.username:
            server.starttls(context=context)
    if address.username:
        server.login(unquote(address.username), unquote(address.password or ""))
    return server


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.pk}.{mail.created_at:%Y%m%d%H%M%S}@{conf().host}>"
    message["Content-Language"] = mail.locale
    message.set_content(mail.body)
    return message
