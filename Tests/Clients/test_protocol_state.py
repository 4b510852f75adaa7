"""Room state: get, put, all; power levels; who reads the state of what moment."""

import pytest

from conclave.errors import refused
from conclave.sections import keys, of_type


def test_state_is_set_replaced_and_read(alice):
    room = alice.create()
    alice.set_state(room, "org.example.weather", {"sky": "grey"})
    alice.set_state(room, "org.example.weather", {"sky": "blue"})
    assert alice.state(room, "org.example.weather") == {"sky": "blue"}


@pytest.mark.parametrize("key", ["", "with space", "slash/inside", "日本語", "@alice:example.test", "percent%41", "a?b=c#d", "dot."])
def test_state_keys_survive_the_way_through_the_url(alice, key):
    if key.startswith("@"):
        key = alice.user
    room = alice.create()
    alice.set_state(room, "org.example.key", {"value": key}, key)
    assert alice.state(room, "org.example.key", key) == {"value": key}
    assert ("org.example.key", key) in keys(alice.get("rooms", room, "state"))


def test_an_empty_state_key_may_be_left_out_of_the_url(alice):
    room = alice.create()
    alice.put("rooms", room, "state", "org.example.plain", body={"a": 1})
    assert alice.get("rooms", room, "state", "org.example.plain") == {"a": 1}
    assert alice.get("rooms", room, "state", "org.example.plain", "") == {"a": 1}


def test_a_single_state_event_can_be_had_whole(alice):
    room = alice.create(name="Whole")
    event = alice.get("rooms", room, "state", "m.room.name", "", format="event")
    assert event["content"] == {"name": "Whole"} and event["type"] == "m.room.name" and event["sender"] == alice.user


def test_the_whole_state_is_listed(alice, bob):
    room = alice.room_with(bob, name="Listed")
    events = alice.get("rooms", room, "state")
    assert {("m.room.create", ""), ("m.room.power_levels", ""), ("m.room.join_rules", ""), ("m.room.name", ""),
            ("m.room.history_visibility", ""), ("m.room.member", alice.user), ("m.room.member", bob.user)} <= keys(events)
    assert len(keys(events)) == len(events)


@pytest.mark.parametrize("content", [
    {}, {"nested": {"list": [1, "two", None, True, {"x": []}]}}, {"text": "quotes \" and \\ and / and \u2028"},
    {"emoji": "🦊", "combined": "e\u0301", "zero": "\u0000"}, {"big": 2**53 - 1, "small": -(2**53 - 1)}],
    ids=["empty", "nested", "escapes", "unicode", "limits"])
def test_content_comes_back_as_it_was_sent(alice, content):
    room = alice.create()
    alice.set_state(room, "org.example.content", content)
    assert alice.state(room, "org.example.content") == content


@pytest.mark.parametrize("raw", [b'{"n": 1.5}', b'{"n": 9007199254740992}', b'{"n": -9007199254740992}', b'{"n": 1e400}'],
                         ids=["float", "too-big", "too-small", "overflow"])
def test_numbers_outside_canonical_json_are_refused(alice, raw):
    room = alice.create()
    with refused(400, ("M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM")):
        alice.put("rooms", room, "state", "org.example.number", "", raw=raw)


def test_state_that_was_never_set_is_not_found(alice):
    room = alice.create()
    for type, key in [("m.room.name", ""), ("org.example.none", ""), ("m.room.member", "@nobody:example.test")]:
        with refused(404, "M_NOT_FOUND"):
            alice.state(room, type, key)


def test_a_stranger_reads_nothing(alice, mallory):
    room = alice.create(name="Private")
    with refused(403, "M_FORBIDDEN"):
        mallory.state(room, "m.room.name")
    with refused(403, "M_FORBIDDEN"):
        mallory.get("rooms", room, "state")


def test_an_invited_person_does_not_read_the_state_yet(alice, bob):
    room = alice.create(bob)
    with refused(403, "M_FORBIDDEN"):
        bob.get("rooms", room, "state")


def test_who_left_reads_the_state_of_that_moment(alice, bob):
    room = alice.room_with(bob, name="Before")
    bob.leave(room)
    alice.set_state(room, "m.room.name", {"name": "After"})
    assert bob.state(room, "m.room.name") == {"name": "Before"}
    assert of_type(bob.get("rooms", room, "state"), "m.room.name")[0]["content"] == {"name": "Before"}
    assert alice.state(room, "m.room.name") == {"name": "After"}


def test_a_world_readable_room_shows_its_state_to_everybody(alice, mallory):
    room = alice.create(name="Open", initial_state=[
        {"type": "m.room.history_visibility", "content": {"history_visibility": "world_readable"}}])
    assert mallory.state(room, "m.room.name") == {"name": "Open"}


def test_setting_state_needs_the_power(alice, bob, mallory):
    room = alice.room_with(bob)
    for person in (bob, mallory):
        with refused(403, "M_FORBIDDEN"):
            person.set_state(room, "m.room.topic", {"topic": "mine"})


def test_a_custom_level_per_type_is_honoured(alice, bob):
    room = alice.room_with(bob, power_level_content_override={"events": {"org.example.low": 0, "m.room.name": 0}})
    bob.set_state(room, "org.example.low", {"a": 1})
    bob.set_state(room, "m.room.name", {"name": "by bob"})
    with refused(403, "M_FORBIDDEN"):
        bob.set_state(room, "org.example.other", {"a": 1})


def test_a_state_key_that_is_somebody_elses_name_is_theirs(alice, bob):
    room = alice.room_with(bob, power_level_content_override={"state_default": 0})
    with refused(403, "M_FORBIDDEN"):
        bob.set_state(room, "org.example.own", {"a": 1}, alice.user)
    bob.set_state(room, "org.example.own", {"a": 1}, bob.user)


@pytest.mark.parametrize("version", ["10", "11", "12"])
def test_nobody_raises_himself(alice, bob, version):
    room = alice.room_with(bob, room_version=version)
    levels = alice.state(room, "m.room.power_levels")
    alice.set_state(room, "m.room.power_levels", {**levels, "users": {**levels.get("users", {}), bob.user: 50}})
    levels = bob.state(room, "m.room.power_levels")
    low = {**levels, "events": {**levels.get("events", {}), "m.room.power_levels": 50}}
    alice.set_state(room, "m.room.power_levels", low)
    with refused(403, "M_FORBIDDEN"):
        bob.set_state(room, "m.room.power_levels", {**low, "users": {**low["users"], bob.user: 75}})
    with refused(403, "M_FORBIDDEN"):
        bob.set_state(room, "m.room.power_levels", {**low, "ban": 100})
    bob.set_state(room, "m.room.power_levels", {**low, "users": {**low["users"], bob.user: 40}})


def test_creators_of_version_12_cannot_be_listed(alice):
    room = alice.create(room_version="12")
    levels = alice.state(room, "m.room.power_levels")
    with refused((400, 403)):
        alice.set_state(room, "m.room.power_levels", {**levels, "users": {alice.user: 100}})


@pytest.mark.parametrize("change", [
    {"ban": "50"}, {"users": {"@a:example.test": "100"}}, {"events": {"m.room.name": 1.5}}, {"users": []},
    {"users": {"not a user": 5}}], ids=["string", "string-in-users", "float", "users-list", "bad-user"])
def test_malformed_power_levels_are_refused(alice, change):
    room = alice.create(room_version="11")
    with refused((400, 403), ("M_BAD_JSON", "M_FORBIDDEN", "M_INVALID_PARAM")):
        alice.set_state(room, "m.room.power_levels", {**alice.state(room, "m.room.power_levels"), **change})


def test_the_creation_cannot_be_repeated(alice):
    room = alice.create()
    with refused(400, "M_BAD_JSON"):
        alice.set_state(room, "m.room.create", {"room_version": "12", "org.example.mine": True})


def test_creators_of_version_12_are_not_listed(alice, bob, mallory):
    room = alice.room_with(bob, room_version="12", creation_content={"additional_creators": [bob.user]})
    levels = alice.state(room, "m.room.power_levels")
    for creator in (alice, bob):
        with refused(400, "M_BAD_JSON"):
            alice.set_state(room, "m.room.power_levels", {**levels, "users": {creator.user: 100}})
    for anybody in (alice, mallory):
        with refused(403, "M_FORBIDDEN"):
            mallory.set_state(room, "m.room.power_levels", {**levels, "users": {anybody.user: 100}})


@pytest.mark.parametrize("raw, code", [
    (b"", ("M_NOT_JSON", "M_BAD_JSON")), (b"{", "M_NOT_JSON"), (b"[]", ("M_BAD_JSON", "M_INVALID_PARAM")),
    (b'"x"', ("M_BAD_JSON", "M_INVALID_PARAM")), (b"null", ("M_BAD_JSON", "M_INVALID_PARAM")),
    (b'{"a":1}}', "M_NOT_JSON"), (b"{'a':1}", "M_NOT_JSON"), (b'\xff\xfe{}', "M_NOT_JSON"), (b'{"a":"\xff"}', "M_NOT_JSON")],
    ids=["nothing", "cut", "array", "string", "null", "trailing", "quotes", "bom16", "bad-utf8"])
def test_malformed_content_is_refused(alice, raw, code):
    room = alice.create()
    with refused(400, code):
        alice.put("rooms", room, "state", "org.example.raw", "", raw=raw)


def test_a_canonical_alias_must_point_here(alice):
    room = alice.create()
    with refused(400, ("M_BAD_ALIAS", "M_INVALID_PARAM")):
        alice.set_state(room, "m.room.canonical_alias", {"alias": "#nowhere:example.test"})
    with refused(400, ("M_BAD_ALIAS", "M_INVALID_PARAM")):
        alice.set_state(room, "m.room.canonical_alias", {"alias": "no alias"})


@pytest.mark.parametrize("type, key", [("x" * 256, ""), ("org.example.long", "k" * 256)], ids=["type", "key"])
def test_names_of_more_than_255_bytes_are_refused(alice, type, key):
    room = alice.create()
    with refused((400, 413), ("M_TOO_LARGE", "M_INVALID_PARAM", "M_BAD_JSON")):
        alice.set_state(room, type, {}, key)
