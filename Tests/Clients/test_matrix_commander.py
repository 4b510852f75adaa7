"""matrix-commander, a command-line client, signs in, sends and listens over TLS."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conclave.client import Client, unique

PROGRAM = Path(sys.executable).parent / "matrix-commander"


class Commander:
    """One person's matrix-commander with its own credentials and store."""

    def __init__(self, server, who: Client, home: Path, room: str):
        self.server, self.who, self.home, self.room = server, who, home, room
        home.mkdir()

    def run(self, *arguments: str, seconds: float = 60) -> str:
        done = self.begin(*arguments).communicate(timeout=seconds)
        return done[0]

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        where = ["--credentials", str(self.home / "credentials.json"), "--store", str(self.home / "store"),
                 "--ssl-certificate", str(self.server.ca)]
        return subprocess.Popen(
            [str(PROGRAM), *where, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.home,
            stdin=subprocess.DEVNULL, env={**os.environ, "HOME": str(self.home), "PYTHONUNBUFFERED": "1"})

    def login(self) -> str:
        return self.run(
            "--login", "password", "--homeserver", self.server.url, "--user-login", self.who.user, "--password",
            self.who.password, "--device", "commander", "--room-default", self.room)


@pytest.fixture
def pair(server, alice, bob, tmp_path) -> tuple[Commander, Commander, str]:
    room = alice.room_with(bob, name="Commander", room_version="11")  # it knows no room IDs without a server name
    commanders = [Commander(server, who, tmp_path / who.localpart, room) for who in (alice, bob)]
    for commander in commanders:
        said = commander.login()
        assert (commander.home / "credentials.json").exists(), said
    return commanders[0], commanders[1], room


def test_it_signs_in_as_a_device_of_its_own(pair, alice):
    assert "commander" in [device.get("display_name") for device in alice.get("devices")["devices"]]


def test_what_it_sends_arrives(pair, bob):
    words = unique("said with commander ")
    said = pair[0].run("--message", words)
    found = [event["content"].get("body") for event in bob.messages(pair[2])["chunk"]]
    assert words in found, said


def test_it_tails_what_others_said(pair, alice):
    words = [unique("line ") for _ in range(3)]
    for line in words:
        alice.send(pair[2], line)
    said = pair[1].run("--tail", "5")
    assert all(line in said for line in words), said


def test_it_listens(pair, alice):
    listener = pair[1].begin("--listen", "forever", "--listen-self")
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.extend(iter(listener.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        end = time.monotonic() + 40
        while time.monotonic() < end:
            words = unique("listen ")
            alice.send(pair[2], words)
            time.sleep(1)
            if "listen " in "".join(heard):
                return
        raise AssertionError("".join(heard))
    finally:
        listener.terminate()
        listener.wait(10)
