"""Files that ClamAV's own daemon examines, with a signature of the EICAR test file and no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Iterator

import pytest

from conclave.errors import refused
from conclave.media import UPLOAD, content, download, noise, parts, upload
from conclave.server import Conclave

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")

pytestmark = [pytest.mark.ours_only, pytest.mark.skipif(CLAMD is None, reason="clamav-daemon is not installed")]

# In two parts, so that no scanner minds this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Daemon:
    def __init__(self, home: Path):
        self.home, self.socket = home, home / "clamd.sock"
        (home / "db").mkdir(parents=True)
        (home / "db" / "test.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
        (home / "clamd.conf").write_text(
            f"LocalSocket {self.socket}\nDatabaseDirectory {home}/db\nForeground yes\nStreamMaxLength 2M\nLogFile {home}/log\n")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [CLAMD, "-c", str(self.home / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not self.socket.exists():
            assert self.process.poll() is None and time.monotonic() < end, "clamd did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None
            self.socket.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory) -> Iterator[Daemon]:
    # Names of sockets are short.
    home = Path(os.path.realpath("/tmp")) / f"clamd-{os.getpid()}"
    running = Daemon(home)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def server(tmp_path_factory, daemon) -> Iterator[Conclave]:
    running = Conclave(tmp_path_factory.mktemp("scan") / "server", arguments=("--media-scan-clamd", str(daemon.socket)))
    running.start()
    yield running
    running.kill()


def test_harmless_files_are_taken(server):
    alice, sent = server.user("alice"), noise(1_000_000)
    assert content(alice, upload(alice, sent)) == sent


def test_harmful_files_are_refused_and_given_to_nobody(server):
    mallory = server.user("mallory")
    for harmful in (EICAR, b"innocent beginning " * 50_000 + EICAR):
        with refused(403, "M_FORBIDDEN"):
            upload(mallory, harmful)
    uri = mallory.post("/_matrix/media/v1/create")["content_uri"]
    with refused(403, "M_FORBIDDEN"):
        mallory.call("PUT", UPLOAD, *parts(uri), raw=EICAR)
    for who in (mallory, server.user("alice")):
        answer = download(who, uri)
        assert answer.status_code == 404 and answer.json()["errcode"] == "M_NOT_FOUND"
    with refused(409, "M_CANNOT_OVERWRITE_MEDIA"):
        mallory.call("PUT", UPLOAD, *parts(uri), raw=b"harmless after all")


def test_what_cannot_be_examined_is_not_taken(server, daemon):
    alice = server.user("alice")
    with refused(503):
        upload(alice, noise(3_000_000))
    daemon.stop()
    try:
        with refused(503):
            upload(alice, b"x")
    finally:
        daemon.start()
    assert upload(alice, b"x")


def test_an_operator_may_decide_otherwise(tmp_path):
    running = Conclave(tmp_path / "server", arguments=("--media-scan-clamd", "/nowhere/clamd.sock", "--media-scan-required", "false"))
    running.start()
    try:
        alice = running.user("alice")
        assert content(alice, upload(alice, b"unexamined")) == b"unexamined"
    finally:
        running.kill()
