"""A server process: started as a user starts it, watched, stopped as a service manager stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx

from .client import Client, unique
from .schema import REPOSITORY, Specification, present

BINARY = Path(os.environ.get("CONCLAVE_BIN", REPOSITORY / ".build" / "release" / "conclave"))
SECRET = "secret of the registration desk"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """What any Matrix server process has: ports, a data directory, a certificate authority, a life."""

    name = "example.test"
    ready_path = "/readyz"
    specification: Specification | None = None

    def __init__(self, home: Path):
        self.home = home
        self.data = home / "data"
        self.port, self.plain_port = free_port(), free_port()
        self.log = home / "output.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._http: httpx.Client | None = None

    @property
    def ca(self) -> Path:
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        # Our own variables are settings of the server; those of the surroundings must not decide what is tested.
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("CONCLAVE_")}
        return {**surroundings, "HOME": str(self.home)}

    # Life ---------------------------------------------------------------------------------------------------------

    def launch(self) -> None:
        """Starts the process and does not wait."""
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment(),
                cwd=self.home, start_new_session=True)

    def start(self, seconds: float = 60) -> "Server":
        """Starts and waits until it is ready, at most this long. Returns self."""
        self.launch()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.tail()}")
            if self.is_ready():
                return self
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"the server was not ready after {seconds} s:\n{self.tail()}")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.plain_port}{self.ready_path}", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, seconds: float = 20) -> int:
        """SIGTERM; the exit code. A server that does not go is killed and the test fails."""
        self.close()
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server was still there {seconds} s after SIGTERM:\n{self.tail()}")

    def kill(self) -> None:
        """kill -9."""
        self.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def tail(self, lines: int = 30) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    # Clients ------------------------------------------------------------------------------------------------------

    @property
    def http(self) -> httpx.Client:
        if self._http is None:
            self._http = self.connection()
        return self._http

    def connection(self, http2: bool = False, **options: object) -> httpx.Client:
        """A pool of TLS connections that trusts this server's authority and nothing else."""
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=100)
        return httpx.Client(verify=tls_context(self.ca), http2=http2, trust_env=False, limits=limits, **options)

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def client(self) -> Client:
        return Client(self.http, self.url, self.specification)

    def user(self, name: str = "alice", **fields: object) -> Client:
        """Registers somebody new whose name begins like this."""
        return self.client().register(unique(name), **fields)


def tls_context(ca: Path):
    import ssl

    return ssl.create_default_context(cafile=str(ca))


class Conclave(Server):
    """Our server. `profile=()` starts it as in real life: closed registration, rate limits on."""

    def __init__(self, home: Path, arguments: tuple[str, ...] = (), test_profile: bool = True):
        super().__init__(home)
        self.arguments, self.test_profile = arguments, test_profile
        self.keys = home / "keys"
        self.config = home / "config"

    @property
    def key_file(self) -> Path:
        return self.keys / "master.key"

    @property
    def ca(self) -> Path:
        return self.data / "tls" / "ca.pem"

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "XDG_CONFIG_HOME": str(self.config)}

    def command(self) -> list[str]:
        self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        profile = ["--test-profile", "--plain-port", str(self.plain_port), "--registration-secret", SECRET]
        return [
            str(BINARY), "serve", "--data-dir", str(self.data), "--port", str(self.port), "--server-name", self.name,
            "--master-key-file", str(self.key_file), "--metrics-port", "none", *(profile if self.test_profile else []), *self.arguments]

    def is_ready(self) -> bool:
        if self.test_profile:
            return super().is_ready()
        try:
            return self.ca.exists() and self.http.get(self.url + self.ready_path, timeout=2).status_code == 200
        except (httpx.HTTPError, OSError):
            return False

    def run(self, *arguments: str, input: str | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Another command of the same binary, on the same data."""
        where = ["--data-dir", str(self.data), "--master-key-file", str(self.key_file)]
        return subprocess.run(
            [str(BINARY), *arguments, *where], input=input, capture_output=True, text=True, timeout=timeout,
            env=self.environment())


def load_specification() -> Specification | None:
    return Specification() if present() else None
