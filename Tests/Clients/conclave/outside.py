"""What stands outside of the server and is told by it: a push gateway and a mail server, each with a certificate."""

from __future__ import annotations

import json
import queue
import ssl
import subprocess
import threading
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from .server import free_port


def certificate(home: Path) -> tuple[Path, Path]:
    """A certificate for localhost that is its own authority, and its key."""
    chain, key = home / "outside.pem", home / "outside.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(chain)],
        check=True, capture_output=True)
    return chain, key


def server_context(chain: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


class Gateway:
    """Takes notifications. `answers` holds what is said next: a status, or the push keys to reject."""

    def __init__(self, chain: Path, key: Path):
        self.told: queue.Queue[dict[str, Any]] = queue.Queue()
        self.answers: list[int | list[str]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = gateway.answers.pop(0) if gateway.answers else []
                status, said = (answer, {}) if isinstance(answer, int) else (200, {"rejected": answer})
                if status == 200:
                    gateway.told.put(json.loads(body)["notification"])
                payload = json.dumps(said).encode()
                self.send_response(status)
                if status in (301, 302, 307, 308):
                    self.send_header("Location", "https://localhost/elsewhere")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = server_context(chain, key).wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server.server_port}/_matrix/push/v1/notify"

    def next(self, seconds: float = 15) -> dict[str, Any]:
        return self.told.get(timeout=seconds)

    def event(self, event: str, seconds: float = 15) -> dict[str, Any]:
        """What is told about one event; what was told before it is passed over."""
        while True:
            told = self.next(seconds)
            if told.get("event_id") == event:
                return told

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    """A mail server that wants TLS and a password, and keeps what it gets."""

    USER, PASSWORD = "conclave", "a mail password"

    def __init__(self, chain: Path, key: Path, implicit: bool = False):
        self.mails: queue.Queue[tuple[list[str], Message]] = queue.Queue()
        self.answers: list[str] = []
        box, context = self, server_context(chain, key)

        class Handler:
            async def handle_DATA(self, server, session, envelope) -> str:
                if box.answers:
                    return box.answers.pop(0)
                box.mails.put((envelope.rcpt_tos, message_from_bytes(envelope.content)))
                return "250 taken"

        def authenticator(server, session, envelope, mechanism, data) -> AuthResult:
            wanted = LoginPassword(self.USER.encode(), self.PASSWORD.encode())
            return AuthResult(success=data == wanted)

        options: dict[str, Any] = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
        self.port = free_port()
        self.controller = Controller(
            Handler(), hostname="127.0.0.1", port=self.port, authenticator=authenticator, auth_required=True,
            auth_require_tls=not implicit, **options)
        self.controller.start()

    def next(self, seconds: float = 20) -> tuple[list[str], Message]:
        return self.mails.get(timeout=seconds)

    def close(self) -> None:
        self.controller.stop()


def subject(message: Message) -> str:
    return str(make_header(decode_header(message["Subject"])))


def text(message: Message) -> str:
    return message.get_payload(decode=True).decode()
