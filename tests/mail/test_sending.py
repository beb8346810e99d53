"""E-mails reach a mail server, or the outbox."""

import socketserver
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from pymeai.errors import ConfigurationError, Unavailable
from pymeai.mail.messages import invitation, password_changed, password_reset
from pymeai.mail.sending import OUTBOX, Mail, send
from pymeai.settings import Settings

MAIL = Mail("ana@ejemplo.cr", "Señas de Ñandú", "Buenas:\n\n¿Cómo está? ₡1 500.\n")


def _read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, _class=EmailMessage, policy=default)


@pytest.fixture
def at_home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def _outbox(settings: Settings) -> list[Path]:
    return sorted((settings.home_path / OUTBOX).iterdir())


def test_without_a_server_a_mail_is_a_file(at_home: Settings) -> None:
    send(at_home, MAIL)
    (path,) = _outbox(at_home)
    assert path.suffix == ".eml"
    message = _read(path.read_bytes())
    assert (message["To"], message["Subject"]) == ("ana@ejemplo.cr", "Señas de Ñandú")
    assert message["From"] == "PymeAI <no-responder@pymeai.local>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    assert message["Message-ID"]
    assert message.get_content().splitlines() == ["Buenas:", "", "¿Cómo está? ₡1 500."]
    # A person reads it without decoding anything.
    assert "¿Cómo está?" in path.read_text()


def test_the_outbox_is_for_its_owner_alone(at_home: Settings) -> None:
    send(at_home, MAIL)
    assert stat.S_IMODE(_outbox(at_home)[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((at_home.home_path / OUTBOX).stat().st_mode) == 0o700


def test_many_mails_at_once_are_as_many_files(at_home: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: send(at_home, Mail("ana@ejemplo.cr", f"{n}", "x")), range(40)))
    assert {_read(path.read_bytes())["Subject"] for path in _outbox(at_home)} == {str(n) for n in range(40)}


@pytest.mark.parametrize(
    "mail",
    [
        Mail("ana@ejemplo.cr\nBcc: x@y.cr", "a", "b"),
        Mail("ana@ejemplo.cr", "a\r\nBcc: x@y.cr", "b"),
        Mail("a\x00@b.cr\n", "a", "b"),
    ],
)
def test_nobody_slips_in_a_header(at_home: Settings, mail: Mail) -> None:
    with pytest.raises(ConfigurationError):
        send(at_home, mail)
    assert not (at_home.home_path / OUTBOX).exists()


@pytest.mark.parametrize(
    "address", ["ñandú@ejemplo.cr", "ana@ñandú.cr", "o'hara+x@ejemplo.cr", "a..b@ejemplo.cr", "ana@ejemplo.123"]
)
def test_odd_addresses_are_written_all_the_same(at_home: Settings, address: str) -> None:
    send(at_home, Mail(address, "a", "b"))
    (path,) = _outbox(at_home)
    assert path.stat().st_size > 100


class _Handler(socketserver.StreamRequestHandler):
    """As much of SMTP as a client that sends one mail asks for."""

    server: "_Server"

    def handle(self) -> None:
        self._say("220 prueba")
        while line := self.rfile.readline():
            command = line.decode().strip()
            self.server.commands.append(command)
            word = command.partition(" ")[0].upper()
            if word == "DATA":
                self._say("354 adelante")
                self._read_data()
                self._say("250 gracias")
            elif word == "QUIT":
                self._say("221 adiós")
                return
            elif word == "EHLO":
                self._say("250-prueba\r\n250-8BITMIME\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                self._say("235 es usted")
            elif word == "RCPT" and "rechazado" in command:
                self._say("550 no vive aquí")
            else:
                self._say("250 bueno")

    def _read_data(self) -> None:
        content = b""
        while not content.endswith(b"\r\n.\r\n"):
            content += self.rfile.readline()
        self.server.received.append(content.removesuffix(b".\r\n"))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.commands: list[str] = []
        self.received: list[bytes] = []


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_server_gets_the_mail(server: _Server, tmp_path: Path) -> None:
    url = f"smtp://{'usuario%40ejemplo.cr'}:cl%2Fave@127.0.0.1:{server.server_address[1]}"
    settings = Settings(home=tmp_path, smtp_url=url, mail_from="Ferretería <hola@ejemplo.cr>")
    send(settings, MAIL)
    message = _read(server.received[0])
    assert (message["To"], message["Subject"]) == ("ana@ejemplo.cr", "Señas de Ñandú")
    assert str(message["From"]) == "Ferretería <hola@ejemplo.cr>"
    assert "₡1 500" in message.get_content()
    login = next(command for command in server.commands if command.startswith("AUTH"))
    import base64

    assert base64.b64decode(login.split()[2]) == b"\0usuario@ejemplo.cr\0cl/ave"
    assert not (tmp_path / OUTBOX).exists()


def test_a_mail_that_is_refused_is_an_error(server: _Server, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, smtp_url=f"smtp://127.0.0.1:{server.server_address[1]}")
    with pytest.raises(Unavailable):
        send(settings, Mail("rechazado@ejemplo.cr", "a", "b"))


def test_a_server_that_is_down_is_an_error(tmp_path: Path, server: _Server) -> None:
    port = server.server_address[1]
    server.server_close()
    with pytest.raises(Unavailable):
        send(Settings(home=tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"), MAIL)


@pytest.mark.parametrize("url", ["http://x.cr", "smtp://", "ejemplo.cr:25"])
def test_an_address_that_is_no_mail_server(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="PYMEAI_SMTP_URL"):
        send(Settings(home=tmp_path, smtp_url=url), MAIL)


def test_a_server_elsewhere_must_speak_tls(server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This one does not offer STARTTLS: the token does not cross the network in the clear."""
    monkeypatch.setattr("pymeai.mail.sending._LOOPBACK", set())
    with pytest.raises(Unavailable):
        send(Settings(home=tmp_path, smtp_url=f"smtp://127.0.0.1:{server.server_address[1]}"), MAIL)
    assert server.received == []


def test_links_lead_to_the_public_address() -> None:
    ours = Settings(public_url="https://pymeai.ejemplo.cr/")
    reset = password_reset(ours, "a@b.cr", "To_ken-1")
    assert "https://pymeai.ejemplo.cr/nueva-clave?token=To_ken-1\n" in reset.text
    invited = invitation(ours, "a@b.cr", "Depósito\nEl Clavo", "manager", "To_ken-2", "Ana")
    assert "https://pymeai.ejemplo.cr/invitacion?token=To_ken-2\n" in invited.text
    assert invited.subject == "Le invitaron a Depósito El Clavo en PymeAI"
    assert "Buenas, Ana:" in invited.text
    assert "http://127.0.0.1:8501/nueva-clave?token=x" in password_reset(Settings(), "a@b.cr", "x").text
    assert "token" not in password_changed("a@b.cr").text
