"""POST /createRoom: presets, every option, every room version, refusals."""

import pytest

from conclave.client import unique
from conclave.errors import refused
from conclave.sections import of_type, timeline

VERSIONS = ["10", "11", "12"]


def everything(client, room: str) -> list[dict]:
    """All events of the room, oldest first."""
    return client.messages(room, dir="f", limit=100)["chunk"]


@pytest.mark.parametrize("preset, rule, guests", [
    ("private_chat", "invite", "can_join"), ("trusted_private_chat", "invite", "can_join"), ("public_chat", "public", "forbidden")])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_preset_sets_the_rules(alice, preset, rule, guests, version):
    room = alice.create(preset=preset, room_version=version)
    assert alice.state(room, "m.room.join_rules")["join_rule"] == rule
    assert alice.state(room, "m.room.history_visibility")["history_visibility"] == "shared"
    shown = alice.response("GET", "rooms", room, "state", "m.room.guest_access", "").json()
    assert shown.get("guest_access", "forbidden") == guests


@pytest.mark.parametrize("visibility, rule", [(None, "invite"), ("private", "invite"), ("public", "public")])
def test_without_a_preset_the_visibility_decides(alice, visibility, rule):
    room = alice.create(**({"visibility": visibility} if visibility else {}))
    assert alice.state(room, "m.room.join_rules")["join_rule"] == rule
    assert alice.get("directory/list/room", room)["visibility"] == (visibility or "private")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_room_has_the_version_asked_for(alice, version):
    room = alice.create(room_version=version)
    create = alice.state(room, "m.room.create")
    assert create["room_version"] == version
    assert create.get("creator") == (alice.user if version == "10" else None)
    assert (":" in room) == (version != "12")


def test_the_default_version_is_the_one_the_capabilities_name(alice):
    default = alice.get("capabilities")["capabilities"]["m.room_versions"]["default"]
    assert alice.state(alice.create(), "m.room.create")["room_version"] == default


@pytest.mark.parametrize("version", VERSIONS)
def test_the_events_come_in_the_order_of_the_specification(alice, bob, version):
    room = alice.create(
        bob, room_version=version, preset="public_chat", room_alias_name=unique("order"), name="Name", topic="Topic",
        initial_state=[{"type": "org.example.first", "content": {}}, {"type": "org.example.second", "content": {}}])
    types = [event["type"] for event in everything(alice, room)]
    assert types[:4] == ["m.room.create", "m.room.member", "m.room.power_levels", "m.room.canonical_alias"]
    assert set(types[4:6]) <= {"m.room.join_rules", "m.room.history_visibility", "m.room.guest_access"}
    rest = [kind for kind in types[4:] if kind not in ("m.room.join_rules", "m.room.history_visibility", "m.room.guest_access")]
    assert rest[:2] == ["org.example.first", "org.example.second"]
    assert set(rest[2:4]) == {"m.room.name", "m.room.topic"} and rest[4:] == ["m.room.member"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_creator_has_the_highest_power(alice, bob, version):
    room = alice.create(bob, room_version=version, preset="private_chat")
    levels = alice.state(room, "m.room.power_levels")
    if version == "12":
        assert alice.user not in levels.get("users", {})
        assert levels["events"]["m.room.tombstone"] > levels.get("state_default", 50)
    else:
        assert levels["users"][alice.user] == 100
    assert bob.user not in levels.get("users", {})


@pytest.mark.parametrize("version", VERSIONS)
def test_trusted_invitees_are_peers_of_the_creator(alice, bob, version):
    room = alice.create(bob, preset="trusted_private_chat", room_version=version)
    if version == "12":
        assert bob.user in alice.state(room, "m.room.create")["additional_creators"]
    else:
        levels = alice.state(room, "m.room.power_levels")
        assert levels["users"][bob.user] == levels["users"][alice.user]


def test_name_and_topic_become_state(alice):
    room = alice.create(name="The Grand Duke", topic="Happy hour")
    assert alice.state(room, "m.room.name")["name"] == "The Grand Duke"
    topic = alice.state(room, "m.room.topic")
    assert topic["topic"] == "Happy hour"
    if "m.topic" in topic:
        assert topic["m.topic"]["m.text"][0]["body"] == "Happy hour"


def test_name_and_topic_win_over_initial_state(alice):
    room = alice.create(name="Name", topic="Topic", initial_state=[
        {"type": "m.room.name", "content": {"name": "other"}}, {"type": "m.room.topic", "content": {"topic": "other"}}])
    assert alice.state(room, "m.room.name")["name"] == "Name"
    assert alice.state(room, "m.room.topic")["topic"] == "Topic"


def test_initial_state_wins_over_the_preset(alice):
    room = alice.create(preset="private_chat", initial_state=[
        {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "public"}},
        {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}}])
    assert alice.state(room, "m.room.join_rules")["join_rule"] == "public"
    assert alice.state(room, "m.room.history_visibility")["history_visibility"] == "joined"


def test_initial_state_may_have_state_keys(alice):
    room = alice.create(initial_state=[{"type": "org.example.chair", "state_key": "left", "content": {"taken": True}}])
    assert alice.state(room, "org.example.chair", "left") == {"taken": True}


def test_initial_state_can_switch_encryption_on(alice):
    room = alice.create(initial_state=[{"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}])
    assert alice.state(room, "m.room.encryption")["algorithm"] == "m.megolm.v1.aes-sha2"


def test_the_alias_is_made_and_becomes_canonical(alice, bob):
    name = unique("pub")
    room = alice.create(room_alias_name=name)
    assert alice.state(room, "m.room.canonical_alias")["alias"] == f"#{name}:example.test"
    assert bob.get("directory/room", f"#{name}:example.test")["room_id"] == room


def test_an_alias_in_use_is_refused_and_no_room_is_left_behind(alice):
    name = unique("pub")
    alice.create(room_alias_name=name)
    before = set(alice.get("joined_rooms")["joined_rooms"])
    with refused(400, "M_ROOM_IN_USE"):
        alice.create(room_alias_name=name)
    assert set(alice.get("joined_rooms")["joined_rooms"]) == before


def test_creation_content_is_kept_and_cannot_forge(alice, mallory):
    room = mallory.create(room_version="11", creation_content={
        "m.federate": False, "type": "m.space", "room_version": "1", "creator": alice.user})
    create = mallory.state(room, "m.room.create")
    assert create["m.federate"] is False and create["type"] == "m.space" and create["room_version"] == "11"
    assert [e["sender"] for e in of_type(everything(mallory, room), "m.room.create")] == [mallory.user]


def test_additional_creators_are_kept_in_version_12(alice, bob):
    room = alice.create(room_version="12", creation_content={"additional_creators": [bob.user]})
    assert alice.state(room, "m.room.create")["additional_creators"] == [bob.user]


@pytest.mark.parametrize("creators", ["@alice:example.test", [5], ["not a user"], {"a": 1}], ids=["string", "number", "nonsense", "object"])
def test_malformed_additional_creators_are_refused(alice, creators):
    with refused(400):
        alice.create(room_version="12", creation_content={"additional_creators": creators})


def test_invitees_are_invited(alice, bob, carol):
    room = alice.create(bob, carol)
    for person in (bob, carol):
        assert alice.state(room, "m.room.member", person.user)["membership"] == "invite"


@pytest.mark.parametrize("direct", [True, False])
def test_is_direct_is_written_on_the_invitation(alice, bob, direct):
    room = alice.create(bob, is_direct=direct)
    assert alice.state(room, "m.room.member", bob.user).get("is_direct", False) is direct


def test_the_power_level_override_is_applied(alice, bob):
    room = alice.create(room_version="11", power_level_content_override={
        "events_default": 25, "users": {alice.user: 100, bob.user: 60}})
    levels = alice.state(room, "m.room.power_levels")
    assert levels["events_default"] == 25 and levels["users"] == {alice.user: 100, bob.user: 60}


def test_a_room_whose_creator_may_not_name_it_is_refused(alice):
    before = alice.get("joined_rooms")["joined_rooms"]
    with refused((400, 403), ("M_INVALID_ROOM_STATE", "M_FORBIDDEN", "M_BAD_JSON")):
        alice.create(room_version="11", name="x", power_level_content_override={"users": {alice.user: 0}})
    assert alice.get("joined_rooms")["joined_rooms"] == before


def test_the_creators_profile_is_on_the_membership(alice):
    alice.put("profile", alice.user, "displayname", body={"displayname": "Alice A."})
    room = alice.create()
    assert alice.state(room, "m.room.member", alice.user)["displayname"] == "Alice A."


def test_two_rooms_never_share_an_id(alice):
    assert len({alice.create() for _ in range(5)}) == 5


def test_the_new_room_arrives_at_the_creators_next_sync(alice):
    alice.next()
    room = alice.create(name="new")
    types = {event["type"] for event in timeline(alice.until(lambda answer: timeline(answer, room)), room)}
    assert "m.room.name" in types or "m.room.create" in types


@pytest.mark.parametrize("options, codes", [
    ({"room_version": "1.5-nope"}, "M_UNSUPPORTED_ROOM_VERSION"),
    ({"room_version": 12}, ("M_BAD_JSON", "M_INVALID_PARAM", "M_UNSUPPORTED_ROOM_VERSION")),
    ({"preset": "castle"}, ("M_BAD_JSON", "M_INVALID_PARAM", "M_UNKNOWN")),
    ({"preset": 5}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"visibility": "dusk"}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"name": 5}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"topic": {"a": 1}}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"invite": "@bob:example.test"}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"invite": ["nonsense"]}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"invite": [5]}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"initial_state": {}}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"initial_state": [{"content": {}}]}, ("M_BAD_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM")),
    ({"initial_state": [{"type": "a.b", "content": 5}]}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"initial_state": ["a"]}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"creation_content": []}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"power_level_content_override": "x"}, ("M_BAD_JSON", "M_INVALID_PARAM")),
    ({"power_level_content_override": {"users": {"@a:b": "high"}}}, ("M_BAD_JSON", "M_INVALID_PARAM", "M_INVALID_ROOM_STATE", "M_FORBIDDEN")),
    ({"room_alias_name": "with:colon"}, ("M_INVALID_PARAM", "M_BAD_JSON")),
    ({"room_alias_name": 5}, ("M_INVALID_PARAM", "M_BAD_JSON")),
    ({"is_direct": "yes"}, ("M_INVALID_PARAM", "M_BAD_JSON")),
], ids=lambda value: "-".join(value) if isinstance(value, dict) else "")
@pytest.mark.ours_only
def test_wrong_options_are_refused(alice, options, codes):
    with refused((400, 403), codes):
        alice.create(**options)
