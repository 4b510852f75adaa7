"""Ignoring people: what they say is not shown, what they change is."""

import pytest

from conclave.errors import refusal
from conclave.sections import ids


def ignore(client, *others):
    client.put("user", client.user, "account_data", "m.ignored_user_list",
               body={"ignored_users": {other.user: {} for other in others}})


@pytest.fixture
def room(alice, mallory):
    return alice.room_with(mallory, preset="public_chat", power_level_content_override={"state_default": 0, "events": {}})


def test_messages_are_hidden_and_state_is_not(alice, mallory, room):
    said = mallory.send(room, "spam")
    named = mallory.set_state(room, "m.room.name", {"name": "named by mallory"})
    mine = alice.send(room, "mine")
    ignore(alice, mallory)
    for shown in (
        ids(alice.messages(room)["chunk"]),
        ids(alice.messages(room, "f")["chunk"]),
        ids(alice.sync()["rooms"]["join"][room]["timeline"]["events"]),
        ids(alice.get("rooms", room, "context", mine, limit=20)["events_before"]),
        ids(alice.get("rooms", room, "initialSync", limit=50)["messages"]["chunk"]),
    ):
        assert said not in shown and named in shown
    assert refusal(alice, "GET", "rooms", room, "event", said) == (404, "M_NOT_FOUND")
    assert refusal(alice, "GET", "rooms", room, "context", said) == (404, "M_NOT_FOUND")
    assert alice.event(room, named)["content"]["name"] == "named by mallory"
    assert alice.state(room, "m.room.name")["name"] == "named by mallory"


def test_others_are_not_affected(alice, bob, mallory, room):
    bob.join(room)
    said = mallory.send(room, "spam")
    ignore(alice, mallory)
    assert bob.event(room, said)["content"]["body"] == "spam"


def test_it_begins_and_ends_at_once(alice, mallory, room):
    alice.next()
    ignore(alice, mallory)
    alice.next()
    hidden = mallory.send(room, "hidden")
    answer = alice.next()
    assert hidden not in ids(answer.get("rooms", {}).get("join", {}).get(room, {}).get("timeline", {}).get("events", []))
    ignore(alice)
    alice.next()
    shown = mallory.send(room, "shown")
    events = ids(alice.next()["rooms"]["join"][room]["timeline"]["events"])
    assert shown in events and hidden not in events
    assert hidden in ids(alice.messages(room)["chunk"])


def test_receipts_and_typing_are_hidden(alice, mallory, room):
    ignore(alice, mallory)
    event = alice.send(room)
    alice.next()
    mallory.post("rooms", room, "receipt", "m.read", event, body={})
    mallory.put("rooms", room, "typing", mallory.user, body={"typing": True, "timeout": 5000})
    ephemeral = alice.next().get("rooms", {}).get("join", {}).get(room, {}).get("ephemeral", {}).get("events", [])
    assert mallory.user not in str(ephemeral)


def test_invitations_are_hidden_and_still_accepted_on_purpose(alice, mallory):
    ignore(alice, mallory)
    since = alice.sync()["next_batch"]
    room = mallory.create(alice)
    for answer in (alice.sync(since), alice.sync()):
        assert room not in answer.get("rooms", {}).get("invite", {})
    ignore(alice)
    assert room in alice.sync()["rooms"]["invite"]
    alice.join(room)


def test_nobody_ignores_himself(alice):
    room = alice.create()
    ignore(alice, alice)
    said = alice.send(room, "mine")
    assert said in ids(alice.messages(room)["chunk"]) and said in ids(alice.sync()["rooms"]["join"][room]["timeline"]["events"])


@pytest.mark.parametrize("content", [{}, {"ignored_users": []}, {"ignored_users": "x"}, {"ignored_users": {"nonsense": {}}}])
def test_a_list_that_is_none_ignores_nobody(alice, mallory, room, content):
    alice.put("user", alice.user, "account_data", "m.ignored_user_list", body=content)
    said = mallory.send(room)
    assert said in ids(alice.messages(room)["chunk"])
