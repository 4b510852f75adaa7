"""GET /notifications: what a person was told of."""

import pytest

from conclave.errors import refused

MENTION = {"msgtype": "m.text", "body": "hello"}


def bodies(answer):
    return [entry["event"]["content"].get("body") for entry in answer["notifications"]]


def test_what_notified_is_listed_newest_first(alice, bob):
    room = alice.room_with(bob)
    alice.send(room, "one")
    bob.send(room, "mine")
    alice.send(room, content={"msgtype": "m.notice", "body": "quiet"})
    second = alice.send(room, "two")
    listed = bob.get("notifications")
    assert bodies(listed)[:2] == ["two", "one"]
    newest = listed["notifications"][0]
    assert newest["event"]["event_id"] == second and newest["room_id"] == room
    assert newest["actions"] == ["notify", {"set_tweak": "sound", "value": "default"}]
    assert newest["read"] is False and newest["ts"] == newest["event"]["origin_server_ts"]
    assert "mine" not in bodies(listed) and "quiet" not in bodies(listed)
    assert "mine" in bodies(alice.get("notifications"))


def test_the_invitation_is_among_them(alice, bob):
    room = alice.create(bob)
    entry = bob.get("notifications")["notifications"][0]
    assert entry["room_id"] == room and entry["event"]["type"] == "m.room.member"
    assert entry["event"]["state_key"] == bob.user
    bob.join(room)
    alice.send(room, "welcome")
    assert [entry["event"]["type"] for entry in bob.get("notifications")["notifications"]] == [
        "m.room.message", "m.room.member"]


def test_nothing_from_before_one_came_is_listed(alice, bob):
    room = alice.create(preset="public_chat")
    alice.send(room, "before")
    bob.join(room)
    alice.send(room, "after")
    assert bodies(bob.get("notifications")) == ["after"]


def test_pages(alice, bob):
    rooms = [alice.room_with(bob) for _ in range(2)]
    for number in range(7):
        alice.send(rooms[number % 2], f"{number}")
    seen, token = [], None
    for _ in range(10):
        page = bob.get("notifications", limit=3, **({"from": token} if token else {}))
        assert len(page["notifications"]) <= 3
        seen += [body for body in bodies(page) if body]
        token = page.get("next_token")
        if token is None:
            break
    assert seen == [f"{number}" for number in reversed(range(7))]


def test_only_highlights(alice, bob, carol):
    room = alice.room_with(bob, carol)
    alice.send(room, "plain")
    alice.send(room, content={**MENTION, "m.mentions": {"user_ids": [bob.user]}})
    alice.send(room, content={"msgtype": "m.text", "body": "all", "m.mentions": {"room": True}})
    alice.send(room, "plain again")
    assert bodies(bob.get("notifications", only="highlight")) == ["all", "hello"]
    assert bodies(carol.get("notifications", only="highlight")) == ["all"]
    assert bodies(alice.get("notifications", only="highlight")) == []
    assert {"set_tweak": "highlight"} in bob.get("notifications", only="highlight")["notifications"][1]["actions"]


def test_read_follows_the_receipts(alice, bob):
    room = alice.room_with(bob)
    first = alice.send(room, "one")
    alice.send(room, "two")
    thread = alice.send(room, content={
        "msgtype": "m.text", "body": "in thread", "m.relates_to": {"rel_type": "m.thread", "event_id": first}})

    def read():
        return {entry["event"]["content"]["body"]: entry["read"] for entry in bob.get("notifications")["notifications"][:3]}

    assert read() == {"one": False, "two": False, "in thread": False}
    bob.post("rooms", room, "receipt", "m.read", first)
    assert read() == {"one": True, "two": False, "in thread": False}
    bob.post("rooms", room, "receipt", "m.read.private", thread, body={"thread_id": first})
    assert read() == {"one": True, "two": False, "in thread": True}


def test_muted_rooms_and_redacted_events_are_not_listed(alice, bob):
    room, muted = alice.room_with(bob), alice.room_with(bob)
    bob.put("pushrules", "global", "room", muted, body={"actions": []})
    alice.send(muted, "not heard")
    alice.send(muted, content={**MENTION, "m.mentions": {"user_ids": [bob.user]}})
    gone = alice.send(room, "gone")
    alice.send(room, "stays")
    alice.redact(room, gone)
    assert bodies(bob.get("notifications"))[:2] == ["stays", "hello"]
    assert "not heard" not in bodies(bob.get("notifications")) and "gone" not in bodies(bob.get("notifications"))
    assert bodies(bob.get("notifications", only="highlight")) == ["hello"]


def test_a_room_that_was_left_is_not_listed(alice, bob):
    room = alice.room_with(bob)
    alice.send(room, "one")
    bob.leave(room)
    assert "one" not in bodies(bob.get("notifications"))


@pytest.mark.parametrize("query", [{"from": "x"}, {"from": "-1"}, {"limit": "x"}, {"limit": "0"}, {"limit": "-5"}])
def test_malformed_queries(alice, query):
    with refused(400, "M_INVALID_PARAM"):
        alice.get("notifications", **query)


def test_without_a_token(alice):
    with refused(401, "M_MISSING_TOKEN"):
        alice.another().get("notifications")
