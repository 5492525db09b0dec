"""Mail by SMTP to each person. What the server says decides: 4xx is later, 5xx and a wrong password are never."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from analytics.notify.caller import TIMEOUT_S
from analytics.notify.channel import Answer, Message, Result
from anxin.channel_settings import Mail
from anxin.config import ConfigError, secret_file

SECURITIES = ("tls", "starttls", "none")


class MailChannel:
    """One mail a person and ring; a new connection each, because alerts are rare and connections grow stale."""

    personal = True
    reaches_people = True

    def __init__(self, one: Mail, password: str | None, name: str, personal_data: str) -> None:
        self.name, self.personal_data = name, personal_data
        self._settings, self._password = one, password
        self._context = ssl.create_default_context(cafile=one.ca)

    @classmethod
    def of(cls, one: Mail, name: str, where: str, personal_data: str) -> MailChannel:
        """Return the channel of a settings' table. where: of the table, for errors. Raises ConfigError."""
        if one.security not in SECURITIES:
            raise ConfigError(f"{where}.security: {one.security!r} is none of {', '.join(SECURITIES)}")
        if one.ca is not None and not Path(one.ca).is_file():
            raise ConfigError(f"{where}.ca: {one.ca}: there is no such file")
        if one.security == "none" and one.password is not None:
            raise ConfigError(f"{where}.security: a password is never sent without tls or starttls")
        password = None if one.password is None else secret_file(one.password, f"{where}.password")
        return cls(one, password, name, personal_data)

    def send(self, message: Message) -> Result:
        if message.to.email is None:
            return Result(Answer.NO_ADDRESS, "no mail address")
        try:
            with self._connected() as server:
                server.send_message(self._mail(message, message.to.email))
        except smtplib.SMTPRecipientsRefused as error:
            return _by_code(max(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return Result(Answer.REFUSED, "the server offers no STARTTLS")
        except (smtplib.SMTPException, OSError) as error:  # ssl.SSLError is an OSError
            return Result(Answer.NOT_NOW, type(error).__name__)
        return Result(Answer.DELIVERED)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        one = self._settings
        if one.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(one.host, one.port, timeout=TIMEOUT_S, context=self._context)
        else:
            server = smtplib.SMTP(one.host, one.port, timeout=TIMEOUT_S)
        with server:
            if one.security == "starttls":
                server.starttls(context=self._context)
            if one.user is not None and self._password is not None:
                server.login(one.user, self._password)
            yield server

    def _mail(self, message: Message, address: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self._settings.sender, address
        mail["Subject"] = message.text.splitlines()[0][:150]
        mail["Date"] = format_datetime(message.sent_at)
        # Repeats carry the same id, so that a mailbox can drop them.
        mail["Message-ID"] = f"<anxin-{message.key}@{self._settings.sender.rpartition('@')[2]}>"
        mail["Importance"] = "high"
        mail.set_content(message.text_with_link)
        return mail

    def close(self) -> None:
        """Nothing is held open."""


def _by_code(code: int) -> Result:
    later = 400 <= code < 500 or code < 100
    return Result(Answer.NOT_NOW if later else Answer.REFUSED, f"SMTP {code}")
