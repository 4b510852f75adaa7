"""Room upgrades: what the new room takes over, what becomes of the old one."""

import pytest

from conclave.client import unique
from conclave.errors import refusal

VERSIONS = ["10", "11", "12"]


def upgrade(client, room, version="12", **more):
    return client.post("rooms", room, "upgrade", body={"new_version": version, **more})["replacement_room"]


def levels(client, room):
    return client.state(room, "m.room.power_levels")


@pytest.mark.parametrize("old", VERSIONS)
@pytest.mark.parametrize("new", VERSIONS)
def test_old_and_new_point_at_each_other(alice, old, new):
    room = alice.create(room_version=old)
    last = alice.send(room, "last words")
    replacement = upgrade(alice, room, new)
    create = alice.state(replacement, "m.room.create")
    assert create["room_version"] == new and create["predecessor"]["room_id"] == room
    tombstone = alice.get("rooms", room, "state", "m.room.tombstone", "", format="event")
    assert tombstone["content"]["replacement_room"] == replacement
    assert create["predecessor"]["event_id"] == (last if new == "12" else tombstone["event_id"])
    assert alice.state(replacement, "m.room.member", alice.user)["membership"] == "join"
    assert alice.send(replacement, "first words")


def test_state_moves_along(alice):
    moved = {
        "m.room.server_acl": {"allow": ["*"], "deny": ["evil.example"], "allow_ip_literals": False},
        "m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"},
        "m.room.avatar": {"url": "mxc://conclave.test/a"},
        "m.room.guest_access": {"guest_access": "forbidden"},
        "m.room.history_visibility": {"history_visibility": "joined"},
        "m.room.join_rules": {"join_rule": "knock"},
    }
    room = alice.create(name="the name", topic="the topic", room_version="11", initial_state=[
        {"type": type, "content": content} for type, content in moved.items()] + [
        {"type": "org.example.mine", "content": {"a": 1}}, {"type": "m.room.pinned_events", "content": {"pinned": ["$x"]}}])
    before = levels(alice, room)
    replacement = upgrade(alice, room, "11")
    for type, content in moved.items():
        assert alice.state(replacement, type) == content
    assert alice.state(replacement, "m.room.name")["name"] == "the name"
    assert alice.state(replacement, "m.room.topic")["topic"] == "the topic"
    assert levels(alice, replacement) == before
    for type in ("org.example.mine", "m.room.pinned_events"):
        assert refusal(alice, "GET", "rooms", replacement, "state", type) == (404, "M_NOT_FOUND")


def test_a_space_stays_a_space_with_its_rooms(alice):
    inside = alice.create()
    room = alice.create(creation_content={"type": "m.space", "m.federate": False})
    alice.set_state(room, "m.space.child", {"via": ["conclave.test"]}, key=inside)
    replacement = upgrade(alice, room)
    create = alice.state(replacement, "m.room.create")
    assert create["type"] == "m.space" and create["m.federate"] is False
    assert alice.state(replacement, "m.space.child", inside) == {"via": ["conclave.test"]}
    plain = upgrade(alice, alice.create())
    assert "type" not in alice.state(plain, "m.room.create")


def test_bans_move_along_and_members_do_not(alice, bob, mallory):
    room = alice.room_with(bob, preset="public_chat")
    alice.act(room, "ban", mallory, reason="spam")
    replacement = upgrade(alice, room)
    assert alice.state(replacement, "m.room.member", mallory.user) == {"membership": "ban", "reason": "spam"}
    assert refusal(mallory, "POST", "join", replacement) == (403, "M_FORBIDDEN")
    assert refusal(alice, "GET", "rooms", replacement, "state", "m.room.member", bob.user) == (404, "M_NOT_FOUND")
    assert bob.join(replacement) == replacement


def test_the_old_room_is_closed(alice, bob):
    room = alice.room_with(bob)
    upgrade(alice, room)
    after = levels(alice, room)
    assert after["events_default"] == 50 and after["invite"] == 50
    assert refusal(bob, "PUT", "rooms", room, "send", "m.room.message", unique("t"),
                   body={"msgtype": "m.text", "body": "still here"}) == (403, "M_FORBIDDEN")


def test_the_old_room_is_closed_above_its_usual_level(alice):
    room = alice.create(power_level_content_override={"users_default": 70, "events_default": 90})
    upgrade(alice, room)
    after = levels(alice, room)
    assert after["events_default"] == 90 and after["invite"] == 71


def test_aliases_and_the_directory_follow(alice, bob):
    name = unique("alias")
    room = alice.create(preset="public_chat", visibility="public", room_alias_name=name)
    alias = f"#{name}:{alice.user.split(':', 1)[1]}"
    replacement = upgrade(alice, room)
    assert bob.get("directory", "room", alias)["room_id"] == replacement
    assert alice.state(replacement, "m.room.canonical_alias") == {"alias": alias}
    assert alice.state(room, "m.room.canonical_alias") == {}
    assert bob.get("directory", "list", "room", replacement)["visibility"] == "public"
    assert bob.get("directory", "list", "room", room)["visibility"] == "private"


def test_a_private_room_stays_private(alice):
    replacement = upgrade(alice, alice.create())
    assert alice.get("directory", "list", "room", replacement)["visibility"] == "private"


def test_creators_of_version_12_are_named_anew_and_never_listed(alice, bob, carol):
    room = alice.create(bob, room_version="11", power_level_content_override={"users": {alice.user: 100, bob.user: 50, carol.user: 100}})
    replacement = upgrade(alice, room, "12", additional_creators=[bob.user, bob.user])
    assert alice.state(replacement, "m.room.create")["additional_creators"] == [bob.user]
    assert levels(alice, replacement)["users"] == {carol.user: 100}
    again = upgrade(alice, replacement, "12")
    assert "additional_creators" not in alice.state(again, "m.room.create")


def test_creators_of_version_12_keep_their_power_in_an_older_one(alice, bob):
    room = alice.create(room_version="12", creation_content={"additional_creators": [bob.user]})
    replacement = upgrade(alice, room, "11", additional_creators=[bob.user])
    assert "additional_creators" not in alice.state(replacement, "m.room.create")
    after = levels(alice, replacement)
    assert after["users"][alice.user] == after["users"][bob.user] == 150
    alice.set_state(replacement, "m.room.name", {"name": "still mine"})


def test_a_moderator_who_may_close_the_room_keeps_his_level(alice, bob):
    room = alice.room_with(bob, room_version="11")
    content = levels(alice, room)
    content["users"][bob.user] = 50
    content["events"]["m.room.tombstone"] = 50
    alice.set_state(room, "m.room.power_levels", content)
    replacement = upgrade(bob, room, "11")
    assert levels(bob, replacement)["users"] == {alice.user: 100, bob.user: 50}
    assert alice.state(room, "m.room.tombstone")["replacement_room"] == replacement


def test_tags_follow_who_joins(alice, bob):
    room = alice.room_with(bob, preset="public_chat")
    for person in (alice, bob):
        person.put("user", person.user, "rooms", room, "tags", "u.work", body={"order": 0.5})
    since = bob.sync()["next_batch"]
    replacement = upgrade(alice, room)
    bob.join(replacement)
    for person in (alice, bob):
        assert person.get("user", person.user, "rooms", replacement, "tags")["tags"] == {"u.work": {"order": 0.5}}
    data = bob.sync(since)["rooms"]["join"][replacement]["account_data"]["events"]
    assert any(event["type"] == "m.tag" for event in data)


def test_push_rules_follow_who_joins(alice, bob):
    room = alice.room_with(bob, preset="public_chat")
    bob.put("pushrules", "global", "room", room, body={"actions": ["notify"]})
    bob.put("pushrules", "global", "override", room, body={
        "actions": [], "conditions": [{"kind": "event_match", "key": "room_id", "pattern": room}]})
    bob.put("pushrules", "global", "override", room, "enabled", body={"enabled": False})
    replacement = upgrade(alice, room)
    bob.join(replacement)
    assert bob.get("pushrules", "global", "room", replacement)["actions"] == ["notify"]
    muted = bob.get("pushrules", "global", "override", replacement)
    assert muted["conditions"] == [{"kind": "event_match", "key": "room_id", "pattern": replacement}]
    assert muted["actions"] == [] and muted["enabled"] is False
    assert bob.get("pushrules", "global", "room", room)["rule_id"] == room


def test_nobody_who_may_not_close_the_room_upgrades_it(alice, bob, mallory, nobody):
    room = alice.room_with(bob, preset="public_chat")
    body = {"new_version": "12"}
    assert refusal(bob, "POST", "rooms", room, "upgrade", body=body) == (403, "M_FORBIDDEN")
    assert refusal(mallory, "POST", "rooms", room, "upgrade", body=body) == (403, "M_FORBIDDEN")
    assert refusal(alice, "POST", "rooms", "!" + "x" * 43, "upgrade", body=body) == (403, "M_FORBIDDEN")
    assert refusal(nobody, "POST", "rooms", room, "upgrade", body=body) == (401, "M_MISSING_TOKEN")
    assert refusal(alice, "GET", "rooms", room, "state", "m.room.tombstone") == (404, "M_NOT_FOUND")


def test_what_is_wrong_is_refused(alice):
    room = alice.create()
    path = ("rooms", room, "upgrade")
    assert refusal(alice, "POST", *path, body={"new_version": "my version"}) == (400, "M_UNSUPPORTED_ROOM_VERSION")
    assert refusal(alice, "POST", *path, body={"new_version": "1"}) == (400, "M_UNSUPPORTED_ROOM_VERSION")
    assert refusal(alice, "POST", *path, body={}) == (400, "M_MISSING_PARAM")
    assert refusal(alice, "POST", *path, body={"new_version": 12}) == (400, "M_BAD_JSON")
    assert refusal(alice, "POST", *path, raw=b"{") == (400, "M_NOT_JSON")
    for creators in ("@a:b", [7], ["nonsense"]):
        assert refusal(alice, "POST", *path, body={"new_version": "12", "additional_creators": creators})[0] == 400
    assert refusal(alice, "GET", "rooms", room, "state", "m.room.tombstone") == (404, "M_NOT_FOUND")


def test_a_tombstone_cannot_point_at_its_own_room(alice):
    room = alice.create()
    assert refusal(alice, "PUT", "rooms", room, "state", "m.room.tombstone", "",
                   body={"body": "x", "replacement_room": room}) == (400, "M_INVALID_PARAM")


def test_a_room_that_only_claims_to_replace_gets_no_tags(alice, mallory):
    room = alice.create(preset="public_chat")
    alice.put("user", alice.user, "rooms", room, "tags", "u.secret", body={})
    trap = mallory.create(preset="public_chat", creation_content={"predecessor": {"room_id": room, "event_id": "$x"}})
    alice.join(trap)
    assert alice.get("user", alice.user, "rooms", trap, "tags")["tags"] == {}
