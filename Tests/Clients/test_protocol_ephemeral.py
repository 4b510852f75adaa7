"""Typing, receipts, read markers, presence."""

import pytest

from conclave.errors import refused
from conclave.sections import ephemeral, events, of_type, room_data


def receipts(answer: dict, room: str) -> dict:
    """(event, kind, user) → content, of all m.receipt events in the answer."""
    found = {}
    for event in of_type(events(answer.get("rooms", {}).get("join", {}).get(room, {}), "ephemeral"), "m.receipt"):
        for event_id, kinds in event["content"].items():
            for kind, users in kinds.items():
                for user, content in users.items():
                    found[event_id, kind, user] = content
    return found


def typing(client, room: str, is_typing: bool = True, **body) -> None:
    client.put("rooms", room, "typing", client.user, body={"typing": is_typing, **({"timeout": 30_000} if is_typing else {}), **body})


# Typing ---------------------------------------------------------------------------------------------------------------

def test_typing_is_seen_by_the_others_until_it_stops(alice, bob):
    room = alice.room_with(bob)
    alice.next()
    typing(bob, room)
    seen = alice.until(lambda answer: ephemeral(answer, room, "m.typing") is not None)
    assert ephemeral(seen, room, "m.typing")["user_ids"] == [bob.user]
    typing(bob, room, False)
    seen = alice.until(lambda answer: ephemeral(answer, room, "m.typing") is not None)
    assert ephemeral(seen, room, "m.typing")["user_ids"] == []


def test_typing_ends_by_itself(alice, bob):
    room = alice.room_with(bob)
    alice.next()
    typing(bob, room, timeout=1500)
    alice.until(lambda answer: (ephemeral(answer, room, "m.typing") or {}).get("user_ids") == [bob.user])
    alice.until(lambda answer: (ephemeral(answer, room, "m.typing") or {}).get("user_ids") == [], seconds=15)


def test_several_people_type_at_once(alice, bob, carol):
    room = alice.room_with(bob, carol)
    alice.next()
    typing(bob, room), typing(carol, room)
    alice.until(lambda answer: set((ephemeral(answer, room, "m.typing") or {}).get("user_ids", [])) == {bob.user, carol.user})


def test_a_first_sync_shows_who_types(alice, bob):
    room = alice.room_with(bob)
    typing(bob, room)
    assert ephemeral(alice.sync(), room, "m.typing")["user_ids"] == [bob.user]


def test_nobody_types_for_another_or_from_outside(alice, bob, mallory):
    room = alice.room_with(bob)
    with refused(403, "M_FORBIDDEN"):
        mallory.put("rooms", room, "typing", alice.user, body={"typing": True, "timeout": 1000})
    with refused(403, "M_FORBIDDEN"):
        typing(mallory, room)


@pytest.mark.parametrize("body", [{}, {"typing": "yes"}, {"typing": True, "timeout": "long"}], ids=["missing", "word", "word-timeout"])
@pytest.mark.ours_only
def test_malformed_typing_is_refused(alice, body):
    room = alice.create()
    with refused(400, ("M_BAD_JSON", "M_MISSING_PARAM", "M_INVALID_PARAM")):
        alice.put("rooms", room, "typing", alice.user, body=body)


# Receipts -------------------------------------------------------------------------------------------------------------

def test_a_read_receipt_is_seen_by_the_others(alice, bob):
    room = alice.room_with(bob)
    event = alice.send(room)
    alice.next()
    bob.post("rooms", room, "receipt", "m.read", event)
    seen = alice.until(lambda answer: receipts(answer, room))
    content = receipts(seen, room)[event, "m.read", bob.user]
    assert content["ts"] > 1_600_000_000_000 and "thread_id" not in content


def test_a_first_sync_has_the_receipts(alice, bob):
    room = alice.room_with(bob)
    event = alice.send(room)
    bob.post("rooms", room, "receipt", "m.read", event)
    assert (event, "m.read", bob.user) in receipts(alice.sync(), room)


def test_only_the_last_receipt_of_a_person_counts(alice, bob):
    room = alice.room_with(bob)
    first, second = alice.send(room), alice.send(room)
    bob.post("rooms", room, "receipt", "m.read", first)
    bob.post("rooms", room, "receipt", "m.read", second)
    assert {event for event, _, user in receipts(alice.sync(), room) if user == bob.user} == {second}


def test_a_private_receipt_is_seen_by_its_owner_only(alice, bob):
    room = alice.room_with(bob)
    event = alice.send(room)
    bob.post("rooms", room, "receipt", "m.read.private", event)
    assert (event, "m.read.private", bob.user) in receipts(bob.sync(), room)
    assert not receipts(alice.sync(), room)


@pytest.mark.parametrize("thread", ["main", "root"])
def test_a_threaded_receipt_names_its_thread(alice, bob, thread):
    room = alice.room_with(bob)
    root = alice.send(room)
    event = root
    if thread == "root":
        thread = root
        event = alice.send(room, content={
            "msgtype": "m.text", "body": "in thread", "m.relates_to": {"rel_type": "m.thread", "event_id": root}})
    bob.post("rooms", room, "receipt", "m.read", event, body={"thread_id": thread})
    assert receipts(alice.sync(), room)[event, "m.read", bob.user]["thread_id"] == thread


def test_a_receipt_may_be_a_fully_read_marker(alice):
    room = alice.create()
    event = alice.send(room)
    alice.post("rooms", room, "receipt", "m.fully_read", event)
    assert room_data(alice.sync(), room, "m.fully_read") == {"event_id": event}


@pytest.mark.parametrize("kind, body", [
    ("m.telepathy", {}), ("m.read", {"thread_id": ""}), ("m.read", {"thread_id": 5}), ("m.fully_read", {"thread_id": "main"})],
    ids=["kind", "empty-thread", "number-thread", "marker-in-thread"])
def test_malformed_receipts_are_refused(alice, kind, body):
    room = alice.create()
    with refused(400, ("M_INVALID_PARAM", "M_BAD_JSON")):
        alice.post("rooms", room, "receipt", kind, alice.send(room), body=body)


@pytest.mark.ours_only
def test_receipts_from_outside_are_forbidden(alice, mallory):
    room = alice.create()
    event = alice.send(room)
    with refused(403, "M_FORBIDDEN"):
        mallory.post("rooms", room, "receipt", "m.read", event)
    assert not receipts(alice.sync(), room)


# Read markers ---------------------------------------------------------------------------------------------------------

def test_read_markers_set_marker_and_receipts_at_once(alice, bob):
    room = alice.room_with(bob)
    first, second = alice.send(room), alice.send(room)
    bob.post("rooms", room, "read_markers", body={"m.fully_read": first, "m.read": second})
    mine = bob.sync()
    assert room_data(mine, room, "m.fully_read") == {"event_id": first}
    assert (second, "m.read", bob.user) in receipts(alice.sync(), room)


def test_the_marker_can_be_read_as_account_data(alice):
    room = alice.create()
    event = alice.send(room)
    alice.post("rooms", room, "read_markers", body={"m.fully_read": event})
    assert alice.get("user", alice.user, "rooms", room, "account_data", "m.fully_read") == {"event_id": event}


def test_a_marker_moves_forward(alice):
    room = alice.create()
    first, second = alice.send(room), alice.send(room)
    for event in (first, second):
        alice.post("rooms", room, "read_markers", body={"m.fully_read": event})
    assert room_data(alice.sync(), room, "m.fully_read") == {"event_id": second}


def test_read_markers_may_be_empty(alice):
    alice.post("rooms", alice.create(), "read_markers", body={})


# Presence -------------------------------------------------------------------------------------------------------------

def status(client, who) -> dict:
    return client.get("presence", who.user, "status")


@pytest.mark.parametrize("presence", ["online", "unavailable", "offline"])
def test_presence_is_set_and_read(alice, bob, presence):
    alice.room_with(bob)
    bob.put("presence", bob.user, "status", body={"presence": presence, "status_msg": "at the harbour"})
    seen = status(alice, bob)
    assert seen["presence"] == presence and seen.get("status_msg") == "at the harbour"


def test_presence_of_those_who_share_a_room_arrives_by_sync(alice, bob):
    alice.room_with(bob)
    alice.next()
    bob.put("presence", bob.user, "status", body={"presence": "unavailable", "status_msg": "tea"})
    def about_bob(answer):
        return [event for event in events(answer, "presence")
                if event["sender"] == bob.user and event["content"].get("status_msg") == "tea"]
    content = about_bob(alice.until(about_bob))[-1]["content"]
    assert content["presence"] == "unavailable"


def test_somebody_one_meets_is_seen_as_he_is(alice, bob, carol):
    bob.put("presence", bob.user, "status", body={"presence": "unavailable", "status_msg": "rowing"})
    def about(answer, who):
        return [event["content"] for event in events(answer, "presence") if event["sender"] == who.user]
    room = alice.create(preset="public_chat")
    alice.next(), carol.next(), bob.next()
    bob.join(room)
    assert about(alice.next(), bob)[-1]["status_msg"] == "rowing"
    carol.put("presence", carol.user, "status", body={"presence": "online", "status_msg": "sailing"})
    carol.next()
    carol.join(room)
    seen = carol.next()
    assert about(seen, bob)[-1]["status_msg"] == "rowing" and about(bob.next(), carol)[-1]["status_msg"] == "sailing"
    assert about(carol.next(), bob) == []


def test_presence_of_strangers_is_forbidden(alice, mallory):
    with refused(403, "M_FORBIDDEN"):
        status(mallory, alice)


def test_nobody_sets_anothers_presence(alice, mallory):
    with refused(403, "M_FORBIDDEN"):
        mallory.put("presence", alice.user, "status", body={"presence": "offline"})


@pytest.mark.parametrize("body", [{}, {"presence": "asleep"}, {"presence": 5}, {"presence": "online", "status_msg": 5}],
                         ids=["missing", "unknown", "number", "message-number"])
def test_malformed_presence_is_refused(alice, body):
    with refused(400, ("M_BAD_JSON", "M_MISSING_PARAM", "M_INVALID_PARAM", "M_UNKNOWN")):
        alice.put("presence", alice.user, "status", body=body)
