"""The search index over kills, rebuilds and on the disk."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time

import httpx
import pytest

from conclave.client import unique
from conclave.errors import Refused
from conclave.server import Conclave
from conclave.traces import Traces

from test_protocol_search import found, pages, search

pytestmark = pytest.mark.ours_only

WORDS = ["harbour", "lantern", "quiet", "天气", "报告", "会议", "привет", "straße", "café", "meeting", "report"]


def status(server: Conclave) -> dict:
    return json.loads(server.run("search", "status", "--json").stdout)


def until_indexed(server: Conclave, events: int, seconds: float = 60) -> dict:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = status(server)
        if seen["events"] >= events and not seen["removals"]:
            return seen
        time.sleep(0.2)
    raise AssertionError(f"only {seen} after {seconds} s")


def test_nothing_is_lost_or_doubled_over_kills_while_it_is_indexed(tmp_path):
    server = Conclave(tmp_path / "server")
    server.start()
    alice = server.user("alice")
    room = alice.create()
    dice, said = random.Random(5), {}
    for _ in range(6):
        stop = threading.Timer(dice.uniform(0.3, 2.5), server.process.kill)
        stop.start()
        try:
            while True:
                text = " ".join(dice.choices(WORDS, k=4))
                said[alice.send(room, text)] = text
        except (httpx.HTTPError, OSError, Refused):
            pass
        stop.join()
        server.kill()
        server.start()
        alice = server.client().login(alice.user, alice.password)
        for word in WORDS:
            events = pages(alice, word, order_by="recent", filter={"limit": 100, "rooms": [room]})
            assert len(events) == len(set(events))
            assert {event for event, text in said.items() if word in text.split()} <= set(events), word
    until_indexed(server, len(said))
    for word in WORDS:
        events = pages(alice, word, filter={"limit": 100, "rooms": [room]})
        # What was sent in the moment of a kill may be there although nobody was told.
        assert {event for event, text in said.items() if word in text.split()} <= set(events), word
        assert len(events) == len(set(events))
    server.kill()


def test_it_is_made_anew_on_demand_and_the_doctor_tells(fresh):
    alice = fresh.user("alice")
    room = alice.create()
    event = alice.send(room, "needle")
    until_indexed(fresh, 1)
    again = fresh.run("search", "rebuild")
    assert again.returncode == 0 and "made anew" in again.stdout, again.stderr
    assert found(search(alice, "needle")) == [event]
    until_indexed(fresh, 1)
    assert found(search(alice, "needle")) == [event]
    report = json.loads(fresh.run("doctor", "--json").stdout)
    assert any(finding["subject"] == "search" and finding["state"] == "ok" for finding in report["findings"])
    fresh.stop()
    assert "events" in fresh.run("search", "status").stdout
    assert fresh.run("search", "rebuild", "--json").returncode == 0


def test_no_word_that_was_indexed_can_be_read_on_the_disk(tmp_path):
    server = Conclave(tmp_path / "server")
    server.start()
    alice = server.user("alice")
    words = {f"word {number}": f"canary{secrets.token_hex(12)}" for number in range(20)}
    room = alice.create(name=words["word 0"], topic=words["word 1"])
    for word in words.values():
        alice.send(room, f"{word} {unique()}")
    for word in words.values():
        assert search(alice, word, filter={"rooms": [room]})["count"] >= 1
    until_indexed(server, 20)
    traces = Traces(words)
    for stopped in (False, True):
        for path in sorted(server.home.rglob("*")):
            if path.is_file() and path != server.key_file:
                assert not traces.within(path.read_bytes()), path
        if not stopped:
            server.stop()
