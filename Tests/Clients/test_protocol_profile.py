"""Profiles: display name, avatar, other fields, and how they reach the rooms."""

import pytest

from conclave.errors import refused
from conclave.sections import of_type, timeline

AVATAR = "mxc://example.test/abcdefghijklmnop"


@pytest.mark.parametrize("field, value", [("displayname", "Alice Ö. 🦊"), ("avatar_url", AVATAR)])
def test_a_field_is_set_and_read_by_others(alice, bob, field, value):
    alice.put("profile", alice.user, field, body={field: value})
    assert bob.get("profile", alice.user, field) == {field: value}
    assert bob.get("profile", alice.user)[field] == value


@pytest.mark.parametrize("field, value", [("m.tz", "Europe/Berlin"), ("org.example.pronouns", ["they", {"a": 1}])])
def test_further_fields_can_be_set_and_deleted(alice, bob, field, value):
    alice.put("profile", alice.user, field, body={field: value})
    assert bob.get("profile", alice.user, field) == {field: value}
    alice.delete("profile", alice.user, field)
    with refused(404):
        bob.get("profile", alice.user, field)


@pytest.mark.parametrize("field, value", [("displayname", "Alice"), ("avatar_url", AVATAR)])
def test_name_and_avatar_can_be_deleted(alice, field, value):
    alice.put("profile", alice.user, field, body={field: value})
    alice.delete("profile", alice.user, field)
    with refused(404):
        alice.get("profile", alice.user, field)


def test_a_field_never_set_is_not_found(alice, bob):
    with refused(404):
        bob.get("profile", alice.user, "avatar_url")


def test_an_unknown_user_has_no_profile(alice):
    with refused((403, 404), ("M_NOT_FOUND", "M_FORBIDDEN")):
        alice.get("profile", "@nobody-at-all:example.test")


@pytest.mark.parametrize("field", ["displayname", "avatar_url"])
def test_nobody_writes_another_profile(alice, mallory, field):
    with refused(403, "M_FORBIDDEN"):
        mallory.put("profile", alice.user, field, body={field: "mxc://example.test/forged"})
    with refused(403, "M_FORBIDDEN"):
        mallory.delete("profile", alice.user, field)


@pytest.mark.parametrize("field, body", [
    ("displayname", {}), ("displayname", {"displayname": 5}), ("displayname", {"other": "x"}),
    ("avatar_url", {}), ("avatar_url", {"avatar_url": 5})], ids=["name-missing", "name-number", "name-other", "avatar-missing", "avatar-number"])
def test_malformed_fields_are_refused(alice, field, body):
    with refused(400, ("M_MISSING_PARAM", "M_BAD_JSON", "M_INVALID_PARAM")):
        alice.put("profile", alice.user, field, body=body)


def test_a_profile_must_stay_under_64_kibibytes(alice):
    with refused((400, 413), ("M_PROFILE_TOO_LARGE", "M_TOO_LARGE", "M_INVALID_PARAM", "M_BAD_JSON")):
        for n in range(5):
            alice.put("profile", alice.user, f"org.example.f{n}", body={f"org.example.f{n}": "x" * 20_000})


def test_a_key_of_more_than_255_bytes_is_too_large(alice):
    key = "org.example." + "k" * 250
    with refused(400, ("M_KEY_TOO_LARGE", "M_INVALID_PARAM")):
        alice.put("profile", alice.user, key, body={key: 1})


@pytest.mark.parametrize("field, value", [("displayname", "Alice in rooms"), ("avatar_url", AVATAR)])
def test_a_change_reaches_every_joined_room(alice, bob, field, value):
    rooms = [alice.room_with(bob) for _ in range(2)]
    bob.next()
    alice.put("profile", alice.user, field, body={field: value})
    waiting = set(rooms)
    def arrived(answer):
        for room in list(waiting):
            if any(event["content"].get(field) == value for event in of_type(timeline(answer, room), "m.room.member")):
                waiting.discard(room)
        return not waiting
    bob.until(arrived)
    assert alice.state(rooms[0], "m.room.member", alice.user)["membership"] == "join"


def test_a_change_does_not_touch_a_room_one_left(alice, bob):
    room = alice.room_with(bob)
    bob.leave(room)
    bob.put("profile", bob.user, "displayname", body={"displayname": "Later"})
    assert alice.state(room, "m.room.member", bob.user)["membership"] == "leave"


def test_joining_takes_the_profile_along(alice, bob):
    bob.put("profile", bob.user, "displayname", body={"displayname": "Bob"})
    bob.put("profile", bob.user, "avatar_url", body={"avatar_url": AVATAR})
    room = alice.room_with(bob, preset="public_chat")
    content = alice.state(room, "m.room.member", bob.user)
    assert (content["displayname"], content["avatar_url"]) == ("Bob", AVATAR)
