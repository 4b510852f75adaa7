"""kill -9 while several people write: every acknowledged event is there, in order, once; sync tokens go on."""

from __future__ import annotations

import os
import random
import threading
import time

import httpx
import pytest

from conclave.client import Client
from conclave.errors import Refused
from conclave.sections import events, ids
from conclave.server import Conclave

pytestmark = pytest.mark.ours_only

KILLS = int(os.environ.get("KILLS", "20"))
WRITERS = 4
# What a connection that has died throws, apart from httpx's own errors.
GONE = (httpx.HTTPError, OSError)


class Writer(threading.Thread):
    """Sends numbered messages until the connection dies, and remembers what was acknowledged."""

    def __init__(self, who: Client, own: str, shared: str, begin: int):
        super().__init__(daemon=True)
        self.who, self.own, self.shared, self.next = who, own, shared, begin
        self.acknowledged: dict[str, list[str]] = {own: [], shared: []}
        self.unsure: list[tuple[str, str, str]] = []
        self.trouble: Exception | None = None

    def run(self) -> None:
        while True:
            room = self.own if self.next % 3 else self.shared
            txn, text = f"txn-{self.who.localpart}-{self.next}", f"{self.who.localpart} {self.next}"
            self.next += 1
            try:
                self.acknowledged[room].append(self.who.send(room, text, txn=txn))
            except GONE:
                self.unsure.append((room, txn, text))
                return
            except Refused as error:
                if error.status != 503:
                    self.trouble = error
                self.unsure.append((room, txn, text))
                return


def history(who: Client, room: str) -> list[str]:
    found, query = [], {}
    while True:
        answer = who.messages(room, "f", 500, **query)
        found += ids(answer["chunk"])
        if "end" not in answer:
            return found
        query = {"from": answer["end"]}


def drain(who: Client, room: str, seen: list[str]) -> None:
    """Incremental syncs until nothing is new; gaps are filled backwards."""
    while True:
        since = who.since
        answer = who.next(filter={"room": {"timeline": {"limit": 500}}})
        part = answer.get("rooms", {}).get("join", {}).get(room, {})
        batch = ids(events(part, "timeline"))
        if part.get("timeline", {}).get("limited"):
            back = who.messages(room, "b", 1000, **{"from": part["timeline"]["prev_batch"], "to": since})
            seen += ids(back["chunk"])[::-1]
        seen += batch
        if not batch:
            return


def test_nothing_acknowledged_is_lost(tmp_path):
    chance = random.Random(9)
    server = Conclave(tmp_path / "server")
    server.start()
    try:
        people = [server.user("writer") for _ in range(WRITERS)]
        watcher = server.user("watcher")
        shared = people[0].room_with(*people[1:], watcher)
        owns = [person.create() for person in people]
        watcher.next()
        seen: list[str] = []
        acknowledged: dict[str, list[str]] = {room: [] for room in [shared, *owns]}
        per_writer: dict[tuple[str, str], list[str]] = {}
        begins = [0] * WRITERS
        slowest = 0.0
        for kill in range(KILLS):
            writers = [Writer(*each) for each in zip(people, owns, [shared] * WRITERS, begins)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.02, 0.6))
            server.process.kill()
            server.process.wait(10)
            for writer in writers:
                writer.join(30)
                assert not writer.is_alive() and writer.trouble is None, writer.trouble
            server.close()
            began = time.monotonic()
            server.start()
            slowest = max(slowest, time.monotonic() - began)
            for person in [*people, watcher]:
                person.http = server.http
            for index, writer in enumerate(writers):
                begins[index] = writer.next
                for room, found in writer.acknowledged.items():
                    acknowledged[room] += found
                    per_writer.setdefault((room, writer.who.user), []).extend(found)
                # Repeating an unsure transaction gives the event that was stored, or stores it now: once in the end.
                for room, txn, text in writer.unsure:
                    event = writer.who.send(room, text, txn=txn)
                    assert writer.who.send(room, text, txn=txn) == event
                    acknowledged[room].append(event)
                    per_writer.setdefault((room, writer.who.user), []).append(event)
            drain(watcher, shared, seen)
        total = 0
        for index, room in enumerate([shared, *owns]):
            stored = history(people[0] if index == 0 else people[index - 1], room)
            assert len(stored) == len(set(stored)), "an event is there twice"
            missing = set(acknowledged[room]) - set(stored)
            assert not missing, f"{len(missing)} acknowledged events are lost after {kill + 1} kills"
            total += len(acknowledged[room])
            places = {event: place for place, event in enumerate(stored)}
            for (where, _), sent in per_writer.items():
                if where == room:
                    order = [places[event] for event in sent]
                    assert order == sorted(order), "events of one sender changed their order"
        assert total > KILLS * WRITERS
        assert len(seen) == len(set(seen)), "sync gave an event twice"
        stored = [event for event in history(watcher, shared) if event in set(seen)]
        assert seen == stored and set(acknowledged[shared]) <= set(seen)
        print(f"{KILLS} kills, {total} acknowledged events, slowest restart {slowest:.2f} s")
        assert server.stop() == 0, server.tail()
    finally:
        server.kill()


def test_a_kill_during_the_first_start_leaves_something_that_starts(tmp_path):
    chance = random.Random(4)
    for attempt in range(6):
        server = Conclave(tmp_path / f"server{attempt}")
        server.launch()
        time.sleep(chance.uniform(0.0, 0.25))
        server.kill()
        try:
            server.start()
            assert server.user("alice").create()
            assert server.stop() == 0
        finally:
            server.kill()
