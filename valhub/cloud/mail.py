"""`VALHUB_EMAIL_URL`: the server that sends the hub's mails, as one address.

    (unset)                                            the hub sends none
    smtp://user:password@mail.example?from=hub@example.org    STARTTLS, port 587
    smtps://user:password@mail.example?from=hub@example.org   TLS from the start, port 465
    smtp://127.0.0.1:25?from=hub@example.org&tls=no    a relay on this machine

User and password are percent-encoded, and no message repeats them.
"""

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import SplitResult, unquote

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, Field

from valhub.cloud.addresses import Flag, Options, read_options, split_address

# The sweeper sends, and has other work to do.
_TIMEOUT_S = 5
_PORTS = {"smtp": 587, "smtps": 465}


def _sender(text: str) -> str:
    try:
        validate_email(parseaddr(text)[1])
    except ValidationError as error:
        raise ValueError("no e-mail address") from error
    return text


class MailOptions(Options):
    """Options behind `smtp://host?`.

    Attributes
    ----------
    sender : str
        Whom the mails are from.
    tls : bool
        Whether the connection is encrypted.
    """

    sender: Annotated[str, AfterValidator(_sender)] = Field(
        validation_alias="from", description="an e-mail address, such as from=hub@example.org"
    )
    tls: Flag = Field(default=True, description="yes or no")


@dataclass(frozen=True)
class MailServer:
    """Who takes mails from the hub, and as whom it signs in there."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    starttls: bool
    tls: bool

    def send(self, *, to: str, subject: str, text: str) -> None:
        """Send a mail; raises `OSError`, which `smtplib.SMTPException` is one of, if it cannot.

        Certificates are checked.
        """
        # Loaded where mails are sent: other processes need none of it.
        from django.core.mail import EmailMessage
        from django.core.mail.backends.smtp import EmailBackend

        connection = EmailBackend(
            host=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.starttls,
            use_ssl=self.tls,
            timeout=_TIMEOUT_S,
        )
        EmailMessage(subject, text, self.sender, [to], connection=connection).send()


def read_mail_server(text: str) -> MailServer | None:
    """Read the setting; None without one.

    Raises
    ------
    ImproperlyConfigured
        When it cannot be used. A secret in it is not repeated.
    """
    if not text:
        return None
    parts = split_address(text)
    port = _port(parts)
    if parts.scheme not in _PORTS or not parts.hostname or not port or parts.path not in ("", "/"):
        raise ImproperlyConfigured(
            "VALHUB_EMAIL_URL is not an address of a mail server; set it as "
            "smtp://user:password@mail.example:587?from=hub@example.org, or leave it unset to send "
            "no mails."
        )
    options = read_options("VALHUB_EMAIL_URL", MailOptions, parts.query)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not options.tls and (user or parts.scheme == "smtps"):
        raise ImproperlyConfigured(
            "VALHUB_EMAIL_URL has tls=no, which neither goes with smtps:// nor with a password, "
            "because others could read it. Remove one of them."
        )
    starttls = options.tls and parts.scheme == "smtp"
    tls = parts.scheme == "smtps"
    return MailServer(parts.hostname, port, user, password, options.sender, starttls, tls)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
