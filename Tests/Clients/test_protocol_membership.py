"""Membership: invite, join, knock, kick, ban, unban, leave, forget, joined rooms; who may and who may not."""

import pytest

from conclave.client import unique
from conclave.errors import refused
from conclave.sections import ids, section


def membership(client, room: str, who) -> str:
    return client.state(room, "m.room.member", who.user)["membership"]


# Invite ---------------------------------------------------------------------------------------------------------------

def test_an_invited_person_can_join(alice, bob):
    room = alice.create()
    alice.act(room, "invite", bob, reason="come in")
    assert membership(alice, room, bob) == "invite"
    assert alice.state(room, "m.room.member", bob.user)["reason"] == "come in"
    assert bob.join(room) == room
    assert membership(bob, room, bob) == "join"


def test_the_invitation_carries_the_profile_of_the_invited(alice, bob):
    bob.put("profile", bob.user, "displayname", body={"displayname": "Bob B."})
    room = alice.create(bob)
    assert alice.state(room, "m.room.member", bob.user)["displayname"] == "Bob B."


def test_an_invitation_can_be_declined(alice, bob):
    room = alice.create(bob)
    bob.leave(room)
    assert membership(alice, room, bob) == "leave"
    with refused(403, "M_FORBIDDEN"):
        bob.join(room)


def test_an_invitation_can_be_taken_back(alice, bob):
    room = alice.create(bob)
    alice.act(room, "kick", bob)
    assert membership(alice, room, bob) == "leave"
    with refused(403, "M_FORBIDDEN"):
        bob.join(room)


def test_inviting_somebody_who_is_there_is_forbidden(alice, bob):
    room = alice.room_with(bob)
    with refused(403, "M_FORBIDDEN"):
        alice.act(room, "invite", bob)


def test_inviting_needs_the_power(alice, bob, carol):
    room = alice.room_with(bob, power_level_content_override={"invite": 50})
    with refused(403, "M_FORBIDDEN"):
        bob.act(room, "invite", carol)


def test_a_stranger_cannot_invite(alice, bob, mallory):
    room = alice.create()
    with refused(403, "M_FORBIDDEN"):
        mallory.act(room, "invite", bob)
    with refused(403, "M_FORBIDDEN"):
        mallory.act(room, "invite", mallory)


@pytest.mark.parametrize("body", [{}, {"user_id": 5}, {"user_id": "bob"}, {"user_id": ""}, {"user_id": None}],
                         ids=["missing", "number", "no-sigil", "empty", "null"])
@pytest.mark.parametrize("verb", ["invite", "kick", "ban", "unban"])
def test_malformed_targets_are_refused(alice, verb, body):
    room = alice.create()
    with refused(400, ("M_MISSING_PARAM", "M_BAD_JSON", "M_INVALID_PARAM", "M_UNKNOWN")):
        alice.post("rooms", room, verb, body=body)


# Join -----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", ["10", "11", "12"])
def test_a_public_room_is_open(alice, bob, version):
    room = alice.create(preset="public_chat", room_version=version)
    assert bob.post("rooms", room, "join")["room_id"] == room
    assert room in bob.get("joined_rooms")["joined_rooms"]


def test_joining_by_alias(alice, bob):
    name = unique("join")
    room = alice.create(preset="public_chat", room_alias_name=name)
    assert bob.join(f"#{name}:example.test") == room


def test_joining_by_an_unknown_alias_is_not_found(bob):
    with refused(404, "M_NOT_FOUND"):
        bob.join("#nowhere:example.test")


@pytest.mark.parametrize("target", ["nonsense", "@alice:example.test", "!", "#", ""], ids=["word", "user", "bang", "hash", "empty"])
def test_joining_nonsense_is_refused(bob, target):
    with refused((400, 404)):
        bob.post("join", target)


def test_joining_twice_is_no_error_and_changes_nothing(alice, bob):
    room = alice.room_with(bob)
    before = ids(bob.messages(room)["chunk"])
    bob.join(room)
    assert ids(bob.messages(room)["chunk"]) == before


def test_the_reason_of_a_join_is_kept(alice, bob):
    room = alice.create(preset="public_chat")
    bob.post("join", room, body={"reason": "curious"})
    assert alice.state(room, "m.room.member", bob.user)["reason"] == "curious"


def test_a_private_room_is_closed(alice, mallory):
    room = alice.create(preset="private_chat")
    with refused(403, "M_FORBIDDEN"):
        mallory.join(room)


@pytest.mark.parametrize("call", ["join", "rooms/!/join"])
def test_an_empty_body_is_accepted(alice, bob, call):
    room = alice.create(preset="public_chat")
    parts = ("join", room) if call == "join" else ("rooms", room, "join")
    assert bob.response("POST", *parts).status_code == 200


def test_a_restricted_room_lets_members_of_the_other_room_in(alice, bob, mallory):
    club = alice.room_with(bob)
    room = alice.create(initial_state=[{"type": "m.room.join_rules", "content": {
        "join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": club}]}}])
    assert bob.join(room) == room
    with refused(403):
        mallory.join(room)


# Leave and forget -----------------------------------------------------------------------------------------------------

def test_after_leaving_a_private_room_there_is_no_way_back(alice, bob):
    room = alice.room_with(bob, preset="private_chat")
    bob.leave(room)
    assert room not in bob.get("joined_rooms")["joined_rooms"]
    with refused(403, "M_FORBIDDEN"):
        bob.join(room)


def test_the_reason_of_leaving_is_kept(alice, bob):
    room = alice.room_with(bob)
    bob.post("rooms", room, "leave", body={"reason": "late"})
    assert alice.state(room, "m.room.member", bob.user)["reason"] == "late"


def test_leaving_a_room_one_was_never_in_is_refused(alice, mallory):
    room = alice.create()
    with refused((403, 404)):
        mallory.leave(room)


def test_forgetting_needs_leaving_first(alice, bob):
    room = alice.room_with(bob)
    with refused(400, "M_UNKNOWN"):
        bob.post("rooms", room, "forget")
    bob.leave(room)
    bob.post("rooms", room, "forget")


def test_a_forgotten_room_is_gone_from_history_and_sync(alice, bob):
    room = alice.room_with(bob)
    alice.send(room, "secret of the past")
    bob.leave(room)
    assert bob.messages(room)["chunk"]
    bob.post("rooms", room, "forget")
    with refused((403, 404)):
        bob.messages(room)
    everything = {"room": {"include_leave": True}}
    assert room not in section(bob.sync(filter=everything), "leave")


def test_a_forgotten_room_can_be_joined_again(alice, bob):
    room = alice.room_with(bob, preset="public_chat")
    bob.leave(room)
    bob.post("rooms", room, "forget")
    bob.join(room)
    assert bob.messages(room)["chunk"]


# Kick, ban, unban -----------------------------------------------------------------------------------------------------

def test_kicking_puts_out_with_a_reason(alice, bob):
    room = alice.room_with(bob)
    alice.act(room, "kick", bob, reason="noise")
    content = alice.state(room, "m.room.member", bob.user)
    assert content["membership"] == "leave" and content["reason"] == "noise"
    with refused(403, "M_FORBIDDEN"):
        bob.send(room, "still here?")


@pytest.mark.parametrize("verb", ["kick", "ban"])
def test_without_power_nobody_is_put_out(alice, bob, carol, verb):
    room = alice.room_with(bob, carol)
    with refused(403, "M_FORBIDDEN"):
        bob.act(room, verb, carol)
    with refused(403, "M_FORBIDDEN"):
        bob.act(room, verb, alice)


@pytest.mark.parametrize("verb", ["kick", "ban"])
def test_equal_power_protects(alice, bob, carol, verb):
    room = alice.room_with(bob, carol, power_level_content_override={"users": {bob.user: 50, carol.user: 50}}, room_version="12")
    with refused(403, "M_FORBIDDEN"):
        bob.act(room, verb, carol)


def test_kicking_somebody_who_is_not_there_is_forbidden(alice, bob):
    room = alice.create()
    with refused((403, 404)):
        alice.act(room, "kick", bob)


@pytest.mark.parametrize("version", ["10", "11", "12"])
def test_a_banned_person_stays_out_until_unbanned(alice, bob, version):
    room = alice.room_with(bob, preset="public_chat", room_version=version)
    alice.act(room, "ban", bob, reason="enough")
    assert membership(alice, room, bob) == "ban"
    for attempt in (lambda: bob.join(room), lambda: bob.send(room), lambda: alice.act(room, "invite", bob)):
        with refused(403, "M_FORBIDDEN"):
            attempt()
    alice.act(room, "unban", bob)
    assert membership(alice, room, bob) == "leave"
    bob.join(room)


def test_somebody_who_was_never_there_can_be_banned(alice, mallory):
    room = alice.create(preset="public_chat")
    alice.act(room, "ban", mallory)
    with refused(403, "M_FORBIDDEN"):
        mallory.join(room)


def test_the_banned_cannot_unban_themselves_by_leaving(alice, mallory):
    room = alice.room_with(mallory, preset="public_chat")
    alice.act(room, "ban", mallory)
    with refused(403, "M_FORBIDDEN"):
        mallory.leave(room)
    assert membership(alice, room, mallory) == "ban"


def test_unbanning_somebody_who_is_not_banned_is_refused(alice, bob):
    room = alice.room_with(bob)
    with refused(403, "M_BAD_STATE"):
        alice.act(room, "unban", bob)
    assert membership(alice, room, bob) == "join"


def test_unbanning_needs_the_power(alice, bob, mallory):
    room = alice.room_with(bob, preset="public_chat")
    alice.act(room, "ban", mallory)
    with refused(403, "M_FORBIDDEN"):
        bob.act(room, "unban", mallory)


# Knock ----------------------------------------------------------------------------------------------------------------

def knocking_room(alice, **options):
    return alice.create(initial_state=[{"type": "m.room.join_rules", "content": {"join_rule": "knock"}}], **options)


@pytest.mark.parametrize("version", ["10", "11", "12"])
def test_a_knock_is_answered_with_an_invitation(alice, bob, version):
    room = knocking_room(alice, room_version=version)
    assert bob.post("knock", room, body={"reason": "please"})["room_id"] == room
    content = alice.state(room, "m.room.member", bob.user)
    assert content["membership"] == "knock" and content["reason"] == "please"
    alice.act(room, "invite", bob)
    bob.join(room)


def test_knocking_by_alias(alice, bob):
    name = unique("door")
    room = knocking_room(alice, room_alias_name=name)
    assert bob.post("knock", f"#{name}:example.test")["room_id"] == room


def test_a_knock_can_be_taken_back(alice, bob):
    room = knocking_room(alice)
    bob.post("knock", room)
    bob.leave(room)
    assert membership(alice, room, bob) == "leave"


def test_a_knock_can_be_turned_down(alice, bob):
    room = knocking_room(alice)
    bob.post("knock", room)
    alice.act(room, "kick", bob)
    assert membership(alice, room, bob) == "leave"


@pytest.mark.parametrize("preset", ["private_chat", "public_chat"])
def test_knocking_where_it_is_not_the_rule_is_forbidden(alice, mallory, preset):
    room = alice.create(preset=preset)
    with refused(403, "M_FORBIDDEN"):
        mallory.post("knock", room)


def test_members_and_banned_people_cannot_knock(alice, bob, mallory):
    room = knocking_room(alice)
    alice.act(room, "invite", bob)
    bob.join(room)
    alice.act(room, "ban", mallory)
    for person in (bob, mallory):
        with refused(403, "M_FORBIDDEN"):
            person.post("knock", room)


def test_knocking_nowhere_is_not_found(bob):
    with refused(404, "M_NOT_FOUND"):
        bob.post("knock", "#nowhere:example.test")


def test_joining_a_knock_room_uninvited_is_forbidden(alice, mallory):
    with refused(403, "M_FORBIDDEN"):
        mallory.join(knocking_room(alice))


# Through state events -------------------------------------------------------------------------------------------------

def test_membership_can_be_set_as_state(alice, bob):
    room = alice.create()
    alice.set_state(room, "m.room.member", {"membership": "invite"}, bob.user)
    bob.set_state(room, "m.room.member", {"membership": "join", "displayname": "B"}, bob.user)
    assert bob.state(room, "m.room.member", bob.user)["displayname"] == "B"
    bob.set_state(room, "m.room.member", {"membership": "leave"}, bob.user)
    assert membership(alice, room, bob) == "leave"


def test_nobody_joins_for_somebody_else(alice, bob):
    room = alice.create(preset="public_chat")
    with refused(403, "M_FORBIDDEN"):
        alice.set_state(room, "m.room.member", {"membership": "join"}, bob.user)


@pytest.mark.parametrize("content", [{}, {"membership": "owner"}, {"membership": 5}], ids=["missing", "unknown", "number"])
def test_malformed_memberships_are_refused(alice, content):
    room = alice.create()
    with refused((400, 403)):
        alice.set_state(room, "m.room.member", content, alice.user)


def test_joined_rooms_lists_joined_rooms_only(alice, bob):
    stays, leaves, invited = alice.room_with(bob), alice.room_with(bob), alice.create(bob)
    bob.leave(leaves)
    found = bob.get("joined_rooms")["joined_rooms"]
    assert stays in found and leaves not in found and invited not in found
