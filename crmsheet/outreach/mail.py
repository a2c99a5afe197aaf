"""Mails by SMTP."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP

from crmsheet.outreach.errors import RefusedError, UnansweredError
from crmsheet.outreach.messages import Message, body
from crmsheet.policy.settings import Mail

TIMEOUT = 20  # seconds


def send_mail(message: Message, mail: Mail, password: str | None, day: str) -> None:
    """One mail to one person.  Raises RefusedError or UnansweredError."""
    with _refusing(), _server(mail) as server:
        if mail.user is not None and mail.security != "none":  # a password never goes in the clear
            server.login(mail.user, password or "")
        _accepted(server.mail(mail.sender)[0])
        _accepted(server.rcpt(message.to)[0])
        _hand_over(server, _letter(message, mail, day))


def _hand_over(server: smtplib.SMTP, letter: bytes) -> None:
    try:
        code, _ = server.data(letter)
    except smtplib.SMTPDataError as error:  # it said no before it got anything
        raise RefusedError(f"SMTP {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise UnansweredError(type(error).__name__) from None
    _accepted(code)


def _accepted(code: int) -> None:
    if code not in (250, 251):
        raise RefusedError(f"SMTP {code}")


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever fails before the letter is handed over has sent nothing; an answer may name an address, so that its code is told."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise RefusedError(f"SMTP {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise RefusedError(type(error).__name__) from None


@contextmanager
def _server(mail: Mail) -> Iterator[smtplib.SMTP]:
    """A connection; how it is left says nothing about what was sent."""
    trust = ssl.create_default_context()
    if mail.security == "ssl":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=TIMEOUT, context=trust)
    else:
        server = smtplib.SMTP(mail.server, mail.port, timeout=TIMEOUT)
    try:
        if mail.security == "starttls":
            server.starttls(context=trust)
        server.ehlo_or_helo_if_needed()
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _letter(message: Message, mail: Mail, day: str) -> bytes:
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = mail.sender, message.to, message.subject
    told = "\n".join([day, message.key, *(line.key for line in message.lines)])
    letter["Message-ID"] = f"<{hashlib.sha256(told.encode()).hexdigest()[:32]}@crmsheet>"  # the same mail is the same mail
    letter.set_content(body(message))
    return letter.as_bytes()
