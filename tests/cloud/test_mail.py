"""The server for mails: its address, and handing mails in."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from services.mail import certificate, mail_server
from valhub.cloud.mail import MailServer, read_mail_server


@pytest.mark.parametrize(
    ("address", "port", "starttls", "tls"),
    [
        ("smtp://mail.example?from=hub@example.org", 587, True, False),
        ("smtp://mail.example:25?from=hub@example.org&tls=no", 25, False, False),
        ("smtps://mail.example/?from=hub@example.org", 465, False, True),
    ],
)
def test_an_address_is_read(address: str, port: int, starttls: bool, tls: bool) -> None:
    assert read_mail_server(address) == MailServer(
        "mail.example", port, "", "", "hub@example.org", starttls, tls
    )


def test_user_and_password_are_decoded_and_not_shown() -> None:
    server = read_mail_server("smtp://a%40b:p%40ss%2Fword@mail.example?from=Hub <hub@example.org>")
    assert server is not None
    assert (server.user, server.password) == ("a@b", "p@ss/word")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mail.example", "is not an address of a mail server"),
        ("http://mail.example?from=hub@example.org", "is not an address of a mail server"),
        ("smtp://u:secret@mail.example:0x?from=hub@example.org", "is not an address"),
        ("smtp://u:secret@mail.example/box?from=hub@example.org", "is not an address"),
        ("smtp://u:secret@[mail?from=hub@example.org", "is not an address"),
        ("smtp://u:secret@mail.example", "names no from"),
        ("smtp://u:secret@mail.example?from=hub", "set it to an e-mail address"),
        ("smtp://u:secret@mail.example?from=hub@example.org&tls=1", "set it to yes or no"),
        ("smtp://u:secret@mail.example?from=hub@example.org&tls=no", "has tls=no"),
        ("smtps://mail.example?from=hub@example.org&tls=no", "has tls=no"),
        ("smtp://u:secret@mail.example?from=hub@example.org&ssl=yes", "has no option 'ssl'"),
    ],
)
def test_a_wrong_address_is_refused_without_its_password(address: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read_mail_server(address)
    assert "VALHUB_EMAIL_URL" in str(caught.value)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_password_goes_only_to_a_server_with_a_good_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    shown, context = certificate(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(shown))
    with mail_server(context) as letters:
        address = f"smtp://u:p%40ss%2Fword@127.0.0.1:{letters.port}?from=hub@example.org"
        server = read_mail_server(address)
        assert server is not None
        try:
            server.send(to="ada@example.org", subject="Olá", text="Grüße\n")
        except OSError:
            assert not trusted
    assert letters.users == ["u"] * trusted
    assert letters.receivers == ["ada@example.org"] * trusted
    if trusted:
        [mail] = letters.taken
        assert (mail["From"], mail["Subject"]) == ("hub@example.org", "Olá")
        assert "Grüße" in mail.get_content()


def test_no_address_is_no_server() -> None:
    assert read_mail_server("") is None
