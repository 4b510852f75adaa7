"""The event of a moment: /timestamp_to_event."""

import time

import pytest

from conclave.errors import refusal

V1 = "/_matrix/client/v1/rooms"


def closest(client, room, ts, dir):
    return client.get(V1, room, "timestamp_to_event", ts=ts, dir=dir)


def at(client, room, event):
    return client.event(room, event)["origin_server_ts"]


@pytest.fixture
def told(alice):
    room = alice.create(preset="public_chat")
    events = []
    for number in range(3):
        time.sleep(0.005)  # events of their own millisecond
        events.append(alice.send(room, f"{number}"))
    return room, events


def test_the_closest_event_in_each_direction(alice, told):
    room, events = told
    times = [at(alice, room, event) for event in events]
    assert closest(alice, room, times[1], "f") == {"event_id": events[1], "origin_server_ts": times[1]}
    assert closest(alice, room, times[1], "b")["event_id"] == events[1]
    assert closest(alice, room, times[0] + 1, "f")["event_id"] == events[1]
    assert closest(alice, room, times[1] - 1, "b")["event_id"] == events[0]
    assert closest(alice, room, 0, "f")["event_id"] == alice.messages(room, "f", 1)["chunk"][0]["event_id"]
    assert closest(alice, room, times[2] + 10**9, "b")["event_id"] == events[2]


def test_nothing_there_is_not_found(alice, told):
    room, events = told
    assert refusal(alice, "GET", V1, room, "timestamp_to_event", ts=at(alice, room, events[2]) + 1, dir="f") == (404, "M_NOT_FOUND")
    assert refusal(alice, "GET", V1, room, "timestamp_to_event", ts=0, dir="b") == (404, "M_NOT_FOUND")


def test_hidden_events_are_not_told(alice, bob):
    room = alice.create(preset="public_chat", initial_state=[
        {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}}])
    hidden = alice.send(room)
    time.sleep(0.005)
    bob.join(room)
    ts = at(alice, room, hidden)
    found = closest(bob, room, ts, "f")
    assert found["event_id"] != hidden and found["origin_server_ts"] > ts
    assert bob.event(room, found["event_id"])["type"] == "m.room.member"
    bob.leave(room)
    left = closest(bob, room, ts + 10**9, "b")["event_id"]
    time.sleep(0.005)
    later = alice.send(room)
    assert closest(bob, room, at(alice, room, later) + 10**9, "b")["event_id"] == left


def test_events_of_ignored_people_are_passed_over(alice, bob):
    room = alice.room_with(bob, preset="public_chat")
    mine = alice.send(room)
    time.sleep(0.005)
    theirs = bob.send(room)
    alice.put("user", alice.user, "account_data", "m.ignored_user_list", body={"ignored_users": {bob.user: {}}})
    assert closest(alice, room, 2**52, "b")["event_id"] == mine
    assert closest(bob, room, 2**52, "b")["event_id"] == theirs


def test_what_is_wrong_is_refused(alice, mallory, nobody):
    room = alice.create()
    path = (V1, room, "timestamp_to_event")
    assert refusal(alice, "GET", *path, dir="f") == (400, "M_MISSING_PARAM")
    assert refusal(alice, "GET", *path, ts=1) == (400, "M_MISSING_PARAM")
    assert refusal(alice, "GET", *path, ts="x", dir="f") == (400, "M_INVALID_PARAM")
    assert refusal(alice, "GET", *path, ts=1, dir="x") == (400, "M_INVALID_PARAM")
    assert refusal(mallory, "GET", *path, ts=1, dir="f") == (403, "M_FORBIDDEN")
    assert refusal(alice, "GET", V1, "!" + "a" * 43, "timestamp_to_event", ts=1, dir="f") == (403, "M_FORBIDDEN")
    assert refusal(nobody, "GET", *path, ts=1, dir="f") == (401, "M_MISSING_TOKEN")
