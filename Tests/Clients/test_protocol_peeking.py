"""Looking into rooms without joining them."""

import threading

import pytest

from conclave.errors import refusal
from conclave.sections import ids

VISIBILITY = "m.room.history_visibility"


@pytest.fixture
def room(alice):
    return alice.create(preset="public_chat", name="open", initial_state=[
        {"type": VISIBILITY, "content": {"history_visibility": "world_readable"}}])


def test_a_stranger_reads_what_is_open_to_the_world(alice, bob, room):
    event = alice.send(room, "for all")
    assert event in ids(bob.messages(room)["chunk"])
    assert bob.event(room, event)["content"]["body"] == "for all"
    assert bob.get("rooms", room, "context", event)["event"]["event_id"] == event
    assert bob.state(room, "m.room.name")["name"] == "open"
    assert any(event["type"] == "m.room.create" for event in bob.get("rooms", room, "state"))
    assert [member["state_key"] for member in bob.get("rooms", room, "members")["chunk"]] == [alice.user]
    assert refusal(bob, "PUT", "rooms", room, "send", "m.room.message", "t", body={"body": "x"}) == (403, "M_FORBIDDEN")


def test_what_was_said_while_closed_stays_closed(alice, bob, room):
    first = alice.send(room, "open")
    alice.set_state(room, VISIBILITY, {"history_visibility": "shared"})
    hidden = alice.send(room, "closed")
    assert refusal(bob, "GET", "rooms", room, "messages", dir="b") == (403, "M_FORBIDDEN")
    assert refusal(bob, "GET", "rooms", room, "event", first) == (404, "M_NOT_FOUND")
    alice.set_state(room, VISIBILITY, {"history_visibility": "world_readable"})
    shown = ids(bob.messages(room)["chunk"])
    assert first in shown and hidden not in shown
    assert refusal(bob, "GET", "rooms", room, "event", hidden) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize("visibility", ["shared", "invited", "joined"])
def test_other_rooms_are_closed(alice, mallory, visibility):
    room = alice.create(preset="public_chat", initial_state=[{"type": VISIBILITY, "content": {"history_visibility": visibility}}])
    event = alice.send(room)
    for parts in (("messages",), ("state",), ("state", "m.room.create"), ("members",), ("initialSync",)):
        query = {"dir": "b"} if parts == ("messages",) else {}
        assert refusal(mallory, "GET", "rooms", room, *parts, **query) == (403, "M_FORBIDDEN")
    assert refusal(mallory, "GET", "rooms", room, "event", event) == (404, "M_NOT_FOUND")
    assert refusal(mallory, "GET", "rooms", room, "context", event) == (403, "M_FORBIDDEN")
    assert refusal(mallory, "GET", "events", room_id=room) == (403, "M_FORBIDDEN")


# The first look, and following ---------------------------------------------------------------------------------------

def test_initial_sync_shows_a_stranger_the_room(alice, bob, room):
    events = [alice.send(room, f"{n}") for n in range(3)]
    found = bob.get("rooms", room, "initialSync", limit=2)
    assert found["room_id"] == room and "membership" not in found and found["visibility"] == "private"
    assert ids(found["messages"]["chunk"]) == events[1:]
    assert any(event["type"] == "m.room.name" for event in found["state"])
    older = bob.messages(room, "b", 1, **{"from": found["messages"]["start"]})
    assert ids(older["chunk"]) == [events[0]]


def test_initial_sync_shows_a_member_his_own_data(alice, room):
    alice.put("user", alice.user, "rooms", room, "account_data", "org.example.note", body={"a": 1})
    found = alice.get("rooms", room, "initialSync")
    assert found["membership"] == "join"
    assert found["account_data"] == [{"type": "org.example.note", "content": {"a": 1}}]


def test_events_come_as_they_happen(alice, bob, room):
    end = bob.get("rooms", room, "initialSync")["messages"]["end"]
    assert bob.get("events", room_id=room, **{"from": end})["chunk"] == []
    event = alice.send(room, "now")
    found = bob.get("events", room_id=room, **{"from": end})
    assert ids(found["chunk"]) == [event] and found["start"] == end
    assert bob.get("events", room_id=room, **{"from": found["end"]})["chunk"] == []


def test_a_stranger_is_woken(alice, bob, room):
    end = bob.get("rooms", room, "initialSync")["messages"]["end"]
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(bob.get("events", room_id=room, timeout=20_000, **{"from": end})))
    waiting.start()
    event = alice.send(room, "wake up")
    waiting.join(timeout=15)
    assert ids(answers[0]["chunk"]) == [event]


def test_what_is_wrong_is_refused(alice, nobody, room):
    assert refusal(alice, "GET", "events") == (400, "M_MISSING_PARAM")
    assert refusal(alice, "GET", "events", room_id="nonsense")[0] == 400
    assert refusal(alice, "GET", "events", room_id=room, timeout="x") == (400, "M_INVALID_PARAM")
    assert refusal(alice, "GET", "events", room_id=room, **{"from": "nonsense"}) == (400, "M_INVALID_PARAM")
    assert refusal(nobody, "GET", "events", room_id=room) == (401, "M_MISSING_TOKEN")
