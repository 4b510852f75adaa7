"""Rooms whose members are drawn from other rooms."""

import pytest

from conclave.errors import refusal

VERSIONS = ["10", "11", "12"]


def restricted(alice, club, rule="restricted", **options):
    return alice.create(preset="private_chat", initial_state=[{"type": "m.room.join_rules", "content": {
        "join_rule": rule, "allow": [{"type": "m.room_membership", "room_id": club}]}}], **options)


@pytest.fixture
def club(alice):
    return alice.create(preset="public_chat")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("rule", ["restricted", "knock_restricted"])
def test_members_of_the_club_come_in(alice, bob, club, rule, version):
    room = restricted(alice, club, rule, room_version=version)
    assert refusal(bob, "POST", "join", room) == (403, "M_FORBIDDEN")
    bob.join(club)
    bob.join(room)
    member = alice.state(room, "m.room.member", bob.user)
    assert member["membership"] == "join" and member["join_authorised_via_users_server"] == alice.user
    bob.put("profile", bob.user, "displayname", body={"displayname": "Robert"})
    assert alice.state(room, "m.room.member", bob.user)["displayname"] == "Robert"
    bob.leave(room)
    bob.leave(club)
    assert refusal(bob, "POST", "join", room) == (403, "M_FORBIDDEN")


def test_an_invitation_opens_the_door_as_well(alice, bob, club):
    room = restricted(alice, club)
    alice.act(room, "invite", bob)
    bob.join(room)
    assert "join_authorised_via_users_server" not in alice.state(room, "m.room.member", bob.user)


def test_the_banned_stay_out_whatever_club_they_are_in(alice, mallory, club):
    room = restricted(alice, club)
    mallory.join(club)
    alice.act(room, "ban", mallory)
    assert refusal(mallory, "POST", "join", room) == (403, "M_FORBIDDEN")


def test_nobody_vouches_for_himself(alice, mallory, club):
    room = restricted(alice, club)
    for body in ({"membership": "join", "join_authorised_via_users_server": alice.user}, {"membership": "join"}):
        assert refusal(mallory, "PUT", "rooms", room, "state", "m.room.member", mallory.user, body=body) == (403, "M_FORBIDDEN")
    assert refusal(mallory, "POST", "join", room, body={"join_authorised_via_users_server": alice.user}) == (403, "M_FORBIDDEN")
    assert refusal(alice, "GET", "rooms", room, "state", "m.room.member", mallory.user) == (404, "M_NOT_FOUND")


def test_joining_through_the_state_is_joining(alice, bob, club):
    room = restricted(alice, club)
    bob.join(club)
    bob.set_state(room, "m.room.member", {"membership": "join", "displayname": "Bob here"}, key=bob.user)
    assert alice.state(room, "m.room.member", bob.user)["join_authorised_via_users_server"] == alice.user
    bob.set_state(room, "m.room.member", {"membership": "join", "displayname": "Robert here"}, key=bob.user)
    assert alice.state(room, "m.room.member", bob.user)["displayname"] == "Robert here"


def test_without_anybody_who_may_invite_nobody_comes_in(alice, bob, carol, club):
    room = restricted(alice, club, room_version="11", power_level_content_override={"invite": 100})
    bob.join(club)
    carol.join(club)
    bob.join(room)
    alice.leave(room)
    assert refusal(carol, "POST", "join", room) == (403, "M_FORBIDDEN")


def test_at_knock_restricted_one_may_knock(alice, bob, club):
    room = restricted(alice, club, "knock_restricted")
    assert refusal(bob, "POST", "join", room) == (403, "M_FORBIDDEN")
    bob.post("knock", room, body={"reason": "please"})
    alice.act(room, "invite", bob)
    bob.join(room)
    plain = restricted(alice, club)
    assert refusal(bob, "POST", "knock", plain) == (403, "M_FORBIDDEN")


@pytest.mark.parametrize("allow", [None, "x", [], [7], [{}], [{"type": "m.room_membership"}], [{"type": "m.room_membership", "room_id": 7}],
                                   [{"type": "org.example.other", "room_id": "!x"}], [{"type": "m.room_membership", "room_id": "nonsense"}]])
def test_conditions_that_are_none_let_nobody_in(alice, mallory, allow):
    room = alice.create(preset="private_chat", initial_state=[
        {"type": "m.room.join_rules", "content": {"join_rule": "restricted", "allow": allow}}])
    assert refusal(mallory, "POST", "join", room) == (403, "M_FORBIDDEN")
