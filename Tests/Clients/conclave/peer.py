"""Synapse as a second server: the tests are run against it to see that they ask for the specification and not for us,
and the benchmark compares with it. `PEER_PYTHON` names the interpreter of a virtual environment with matrix-synapse."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .server import Server

PYTHON = os.environ.get("PEER_PYTHON", "")

CONFIGURATION = """
server_name: "{name}"
pid_file: "{home}/pid"
public_baseurl: "{url}/"
serve_server_wellknown: true
listeners:
  - {{port: {port}, type: http, tls: true, bind_addresses: ["127.0.0.1"], resources: [{{names: [client]}}]}}
  - {{port: {plain}, type: http, tls: false, bind_addresses: ["127.0.0.1"], resources: [{{names: [client]}}]}}
tls_certificate_path: "{home}/server.pem"
tls_private_key_path: "{home}/server.key"
database: {{name: sqlite3, args: {{database: "{home}/homeserver.db"}}}}
log_config: "{home}/log.yaml"
media_store_path: "{home}/media"
signing_key_path: "{home}/signing.key"
registration_shared_secret: "secret of the registration desk"
enable_registration: true
enable_registration_without_verification: true
default_room_version: "12"
report_stats: false
trusted_key_servers: []
bcrypt_rounds: {bcrypt}
login_via_existing_session: {{enabled: true, require_ui_auth: true, token_timeout: "2m"}}
allow_public_rooms_without_auth: true
use_presence: true
room_list_publication_rules: [{{action: allow}}]
federation_domain_whitelist: []
rc_message: &off {{per_second: 100000, burst_count: 100000}}
rc_registration: *off
rc_registration_token_validity: *off
rc_login: {{address: *off, account: *off, failed_attempts: *off}}
rc_joins: {{local: *off, remote: *off}}
rc_joins_per_room: *off
rc_invites: {{per_room: *off, per_user: *off, per_issuer: *off}}
rc_admin_redaction: *off
rc_presence: {{per_user: *off}}
rc_room_creation: *off
rc_reports: *off
"""

LOGGING = """
version: 1
handlers: {{file: {{class: logging.FileHandler, filename: "{home}/homeserver.log"}}}}
root: {{level: WARNING, handlers: [file]}}
"""


class Synapse(Server):
    """matrix-synapse with SQLite, TLS on `port`, rate limits off."""

    ready_path = "/health"

    def __init__(self, home: Path, bcrypt: int = 4):
        super().__init__(home)
        self.bcrypt = bcrypt

    @property
    def ca(self) -> Path:
        return self.home / "ca.pem"

    def command(self) -> list[str]:
        return [PYTHON, "-m", "synapse.app.homeserver", "-c", str(self.home / "homeserver.yaml")]

    def launch(self) -> None:
        self.data = self.home
        self.home.mkdir(parents=True, exist_ok=True)
        if not self.ca.exists():
            make_certificate(self.home)
            values = {"home": self.home, "name": self.name, "port": self.port, "plain": self.plain_port,
                      "url": self.url, "bcrypt": self.bcrypt}
            (self.home / "homeserver.yaml").write_text(CONFIGURATION.format(**values))
            (self.home / "log.yaml").write_text(LOGGING.format(**values))
            subprocess.run([*self.command(), "--generate-keys"], check=True, capture_output=True)
        super().launch()


def make_certificate(home: Path) -> None:
    """A certificate authority and a certificate for localhost, with the openssl command."""
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=home)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (home / "names.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=test authority")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.pem", "-days", "30", "-extfile", "names.ext")
