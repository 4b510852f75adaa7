"""What a room shows of itself: summaries for people with and without an account."""

import pytest

from conclave.client import unique
from conclave.errors import refusal

SUMMARY = "/_matrix/client/v1/room_summary"


def summary(client, room):
    return client.get(SUMMARY, room)


def room_with_rule(client, rule, **content):
    return client.create(preset="private_chat", initial_state=[
        {"type": "m.room.join_rules", "content": {"join_rule": rule, **content}}])


def test_a_member_gets_the_whole_card(alice):
    room = alice.create(preset="private_chat", name="cheese", topic="tasty", initial_state=[
        {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}},
        {"type": "m.room.avatar", "content": {"url": "mxc://conclave.test/brie"}}])
    assert summary(alice, room) == {
        "room_id": room, "name": "cheese", "topic": "tasty", "avatar_url": "mxc://conclave.test/brie", "num_joined_members": 1,
        "world_readable": False, "guest_can_join": True, "join_rule": "invite", "room_version": "12",
        "encryption": "m.megolm.v1.aes-sha2", "membership": "join"}


def test_by_alias(alice, bob):
    name = unique("alias")
    room = alice.create(preset="public_chat", room_alias_name=name)
    alias = f"#{name}:{alice.user.split(':', 1)[1]}"
    found = summary(bob, alias)
    assert found["room_id"] == room and found["canonical_alias"] == alias and found["membership"] == "leave"
    assert refusal(bob, "GET", SUMMARY, f"#none{name}:{alice.user.split(':', 1)[1]}") == (404, "M_NOT_FOUND")


def test_membership_is_told(alice, bob):
    room = room_with_rule(alice, "knock")
    bob.post("knock", room)
    assert summary(bob, room)["membership"] == "knock"
    alice.act(room, "invite", bob)
    assert summary(bob, room)["membership"] == "invite"
    bob.join(room)
    assert summary(bob, room)["membership"] == "join"
    bob.leave(room)
    assert summary(bob, room)["membership"] == "leave"
    alice.act(room, "ban", bob)
    assert refusal(bob, "GET", SUMMARY, room) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize("rule, shown", [
    ("public", True), ("knock", True), ("knock_restricted", True), ("invite", False), ("restricted", False), ("private", False)])
def test_without_an_account_open_rooms_are_shown(alice, nobody, rule, shown):
    room = room_with_rule(alice, rule)
    if shown:
        found = summary(nobody, room)
        assert found["join_rule"] == rule and "membership" not in found
    else:
        assert refusal(nobody, "GET", SUMMARY, room) == (404, "M_NOT_FOUND")


def test_a_world_readable_room_is_shown_to_everybody(alice, nobody):
    room = alice.create(preset="private_chat", initial_state=[
        {"type": "m.room.history_visibility", "content": {"history_visibility": "world_readable"}}])
    assert summary(nobody, room)["world_readable"] is True


def test_a_restricted_room_is_shown_to_those_who_may_join(alice, bob, mallory):
    club = alice.create(preset="public_chat")
    room = room_with_rule(alice, "restricted", allow=[{"type": "m.room_membership", "room_id": club}])
    bob.join(club)
    found = summary(bob, room)
    assert found["allowed_room_ids"] == [club] and found["membership"] == "leave"
    assert refusal(mallory, "GET", SUMMARY, room) == (404, "M_NOT_FOUND")


def test_what_is_wrong_is_refused(alice, nobody):
    assert refusal(alice, "GET", SUMMARY, "nonsense")[0] == 400
    assert refusal(alice, "GET", SUMMARY, "!" + "a" * 43) == (404, "M_NOT_FOUND")
    nobody.token = "no such token"
    assert refusal(nobody, "GET", SUMMARY, alice.create(preset="public_chat")) == (401, "M_UNKNOWN_TOKEN")
