"""Sending events, transaction IDs, redaction."""

import pytest

from conclave.client import unique
from conclave.errors import refused
from conclave.sections import ids, timeline

VERSIONS = ["10", "11", "12"]


# Sending --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_is_stored_as_it_was_sent(alice, bob, version):
    room = alice.room_with(bob, room_version=version)
    event = alice.send(room, content={"msgtype": "m.text", "body": "hello", "org.example.extra": {"n": 7}})
    seen = bob.event(room, event)
    assert seen["content"] == {"msgtype": "m.text", "body": "hello", "org.example.extra": {"n": 7}}
    assert (seen["sender"], seen["room_id"], seen["type"]) == (alice.user, room, "m.room.message")
    assert event.startswith("$") and len(event) == 44 and seen["origin_server_ts"] > 1_600_000_000_000


@pytest.mark.parametrize("type", ["m.room.message", "m.room.encrypted", "m.reaction", "org.example.custom", "with space", "with/slash", "日本"])
def test_any_type_can_be_sent(alice, type):
    room = alice.create()
    event = alice.send(room, type=type, content={"msgtype": "m.text", "body": "x", "algorithm": "org.example"})
    assert alice.event(room, event)["type"] == type


@pytest.mark.parametrize("body", ["", "🦊" * 100, "line\nbreak\ttab", "nul \u0000 byte", "\u202eright to left", "</script>", "a" * 30_000],
                         ids=["empty", "emoji", "controls", "nul", "bidi", "markup", "long"])
def test_text_survives_unchanged(alice, body):
    room = alice.create()
    assert alice.event(room, alice.send(room, body))["content"]["body"] == body


def test_events_arrive_in_the_order_they_were_sent(alice, bob):
    room = alice.room_with(bob)
    sent = [alice.send(room, f"{n}") for n in range(15)]
    assert ids(reversed(bob.messages(room, limit=15)["chunk"])) == sent


def test_the_sender_sees_the_transaction_id_and_nobody_else(alice, bob):
    room = alice.room_with(bob)
    alice.next(), bob.next()
    txn = unique("txn")
    event = alice.send(room, txn=txn)
    mine = timeline(alice.until(lambda answer: event in ids(timeline(answer, room))), room)[-1]
    theirs = timeline(bob.until(lambda answer: event in ids(timeline(answer, room))), room)[-1]
    assert mine["unsigned"]["transaction_id"] == txn
    assert "transaction_id" not in theirs.get("unsigned", {})


def test_another_device_of_the_sender_sees_no_transaction_id(alice):
    other = alice.second_device()
    room = alice.create()
    other.next()
    event = alice.send(room)
    seen = timeline(other.until(lambda answer: event in ids(timeline(answer, room))), room)[-1]
    assert "transaction_id" not in seen.get("unsigned", {})


def test_repeating_a_transaction_gives_the_same_event(alice):
    room = alice.create()
    txn = unique("txn")
    first = alice.send(room, "once", txn=txn)
    assert alice.send(room, "once", txn=txn) == first
    assert alice.send(room, "other words, same transaction", txn=txn) == first
    assert ids(alice.messages(room)["chunk"]).count(first) == 1


def test_the_same_transaction_id_of_another_device_is_another_event(alice):
    room = alice.create()
    txn = unique("txn")
    assert alice.send(room, txn=txn) != alice.second_device().send(room, txn=txn)


def test_the_same_transaction_id_in_another_room_is_another_event(alice):
    one, two = alice.create(), alice.create()
    txn = unique("txn")
    assert alice.send(one, txn=txn) != alice.send(two, txn=txn)


def test_a_refused_transaction_can_be_repeated_later(alice, bob):
    room = alice.create(bob)
    txn = unique("txn")
    with refused(403, "M_FORBIDDEN"):
        bob.send(room, txn=txn)
    bob.join(room)
    assert bob.send(room, txn=txn)


def test_transactions_of_a_refreshed_token_are_the_devices(alice):
    room = alice.create()
    txn = unique("txn")
    first = alice.send(room, txn=txn)
    again = alice.second_device(device_id=alice.device)
    assert again.send(room, txn=txn) == first


@pytest.mark.parametrize("who", ["stranger", "invited", "left"])
def test_only_members_send(alice, mallory, who):
    room = alice.create(*([mallory] if who != "stranger" else []))
    if who == "left":
        mallory.join(room)
        mallory.leave(room)
    with refused(403, "M_FORBIDDEN"):
        mallory.send(room)


def test_events_default_is_honoured(alice, bob):
    room = alice.room_with(bob, power_level_content_override={"events_default": 10, "events": {"m.reaction": 0}})
    event = alice.send(room)
    with refused(403, "M_FORBIDDEN"):
        bob.send(room)
    relation = {"rel_type": "m.annotation", "key": "x", "event_id": event}
    assert bob.send(room, type="m.reaction", content={"m.relates_to": relation})


@pytest.mark.parametrize("raw, code", [
    (b"", ("M_NOT_JSON", "M_BAD_JSON")), (b"not json", "M_NOT_JSON"), (b"[1]", ("M_BAD_JSON", "M_INVALID_PARAM")),
    (b'{"a": 0.5}', ("M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM")), (b'{"a": "\xc3\x28"}', "M_NOT_JSON"),
    (b'{"a": NaN}', "M_NOT_JSON"), (b'{"a": "\\ud800"}', ("M_NOT_JSON", "M_BAD_JSON"))],
    ids=["nothing", "words", "array", "float", "utf8", "nan", "lone-surrogate"])
def test_malformed_events_are_refused(alice, raw, code):
    room = alice.create()
    with refused(400, code):
        alice.put("rooms", room, "send", "m.room.message", unique("t"), raw=raw)


def test_an_event_of_more_than_64_kibibytes_is_too_large(alice):
    room = alice.create()
    with refused(413, "M_TOO_LARGE"):
        alice.send(room, "x" * 66_000)


def test_the_size_counts_in_bytes_of_canonical_json(alice):
    room = alice.create()
    with refused(413, "M_TOO_LARGE"):
        alice.send(room, "日" * 22_000)
    assert alice.send(room, "x" * 60_000)


def test_json_nested_too_deeply_is_refused(alice):
    room = alice.create()
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    assert alice.response("PUT", "rooms", room, "send", "m.room.message", unique("t"), raw=deep).status_code in (400, 413)


# Redaction ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", VERSIONS)
def test_a_redacted_message_has_no_content(alice, bob, version):
    room = alice.room_with(bob, room_version=version)
    event = bob.send(room, "regretted")
    redaction = bob.redact(room, event, reason="typo")
    for person in (alice, bob):
        seen = person.event(room, event)
        assert seen["content"] == {}
        because = seen["unsigned"]["redacted_because"]
        assert because["event_id"] == redaction and because["content"]["reason"] == "typo"
    assert "regretted" not in str(alice.messages(room))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_redaction_names_its_event_where_the_version_puts_it(alice, version):
    room = alice.create(room_version=version)
    event = alice.send(room)
    redaction = alice.event(room, alice.redact(room, event))
    assert redaction["type"] == "m.room.redaction"
    if version == "10":
        assert redaction["redacts"] == event
    else:
        assert redaction["content"]["redacts"] == event


@pytest.mark.parametrize("version", VERSIONS)
def test_a_redacted_membership_keeps_what_the_rules_need(alice, bob, version):
    room = alice.create(preset="public_chat", room_version=version)
    bob.post("join", room, body={"reason": "secret reason"})
    event = alice.get("rooms", room, "state", "m.room.member", bob.user, format="event")["event_id"]
    alice.redact(room, event)
    content = alice.state(room, "m.room.member", bob.user)
    assert content["membership"] == "join" and "reason" not in content
    assert bob.user in alice.get("rooms", room, "joined_members")["joined"]


def test_everybody_may_redact_their_own(alice, bob):
    room = alice.room_with(bob)
    assert bob.redact(room, bob.send(room))


def test_redacting_others_needs_the_power(alice, bob):
    room = alice.room_with(bob)
    event = alice.send(room, "stays")
    with refused(403, "M_FORBIDDEN"):
        bob.redact(room, event)
    assert bob.event(room, event)["content"]["body"] == "stays"
    assert alice.redact(room, bob.send(room))


def test_a_stranger_cannot_redact(alice, mallory):
    room = alice.create()
    event = alice.send(room)
    with refused(403, "M_FORBIDDEN"):
        mallory.redact(room, event)


def test_an_event_of_another_room_is_not_redacted_from_here(alice, mallory):
    theirs, mine = alice.create(), mallory.create()
    event = alice.send(theirs, "stays")
    answer = mallory.response("PUT", "rooms", mine, "redact", event, unique("t"), body={})
    assert answer.status_code in (200, 400, 403, 404)
    assert alice.event(theirs, event)["content"]["body"] == "stays"


def test_redaction_transactions_are_idempotent(alice):
    room = alice.create()
    event = alice.send(room)
    txn = unique("txn")
    first = alice.put("rooms", room, "redact", event, txn, body={})
    assert alice.put("rooms", room, "redact", event, txn, body={}) == first


def test_a_redaction_arrives_by_sync(alice, bob):
    room = alice.room_with(bob)
    event = alice.send(room)
    bob.next()
    redaction = alice.redact(room, event)
    arrived = timeline(bob.until(lambda answer: redaction in ids(timeline(answer, room))), room)[-1]
    assert arrived.get("redacts", arrived["content"].get("redacts")) == event
