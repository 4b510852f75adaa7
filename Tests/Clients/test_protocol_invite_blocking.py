"""Invitations that somebody does not take."""

import pytest

from conclave.errors import refusal

CONFIG = "m.invite_permission_config"


def block(client, action="block"):
    client.put("user", client.user, "account_data", CONFIG, body={"default_action": action} if action else {})


def test_every_way_to_invite_is_refused(alice, bob):
    block(bob)
    room = alice.create()
    body = {"user_id": bob.user}
    assert refusal(alice, "POST", "rooms", room, "invite", body=body) == (403, "M_INVITE_BLOCKED")
    assert refusal(alice, "PUT", "rooms", room, "state", "m.room.member", bob.user, body={"membership": "invite"}) == (
        403, "M_INVITE_BLOCKED")
    assert refusal(alice, "POST", "createRoom", body={"invite": [bob.user]}) == (403, "M_INVITE_BLOCKED")
    assert "invite" not in bob.sync().get("rooms", {}) or not bob.sync()["rooms"]["invite"]
    assert refusal(alice, "GET", "rooms", room, "state", "m.room.member", bob.user) == (404, "M_NOT_FOUND")


def test_a_refused_invitation_leaves_no_room_behind(alice, bob):
    block(bob)
    before = set(alice.get("joined_rooms")["joined_rooms"])
    assert refusal(alice, "POST", "createRoom", body={"invite": [bob.user]}) == (403, "M_INVITE_BLOCKED")
    assert set(alice.get("joined_rooms")["joined_rooms"]) == before


def test_invitations_of_before_are_hidden_while_it_lasts(alice, bob):
    room = alice.create(bob)
    assert room in bob.sync()["rooms"]["invite"]
    block(bob)
    assert room not in bob.sync().get("rooms", {}).get("invite", {})
    assert bob.user in str(alice.get("rooms", room, "members")["chunk"])
    block(bob, None)
    assert room in bob.sync()["rooms"]["invite"]
    bob.join(room)


@pytest.mark.parametrize("action", ["allow", "org.example.sometimes", 7, None])
def test_only_block_blocks(alice, bob, action):
    block(bob, action)
    assert alice.create(bob) in bob.sync()["rooms"]["invite"]


def test_everything_else_goes_on(alice, bob, carol):
    room = alice.room_with(bob, preset="public_chat")
    block(bob)
    bob.leave(room)
    bob.join(room)
    bob.send(room)
    alice.act(room, "invite", carol)
    alice.act(room, "kick", bob)
    alice.act(room, "ban", bob)


def test_whoever_may_not_invite_does_not_learn_of_it(alice, bob, mallory):
    block(bob)
    room = alice.create(preset="public_chat")
    assert refusal(mallory, "POST", "rooms", room, "invite", body={"user_id": bob.user}) == (403, "M_FORBIDDEN")


def test_no_identity_server_no_invitations_by_address(alice):
    room = alice.create()
    body = {"id_server": "id.example", "id_access_token": "x", "medium": "email", "address": "bob@example.org"}
    assert refusal(alice, "POST", "rooms", room, "invite", body=body) == (403, "M_THREEPID_DENIED")
    assert refusal(alice, "POST", "createRoom", body={"invite_3pid": [body]}) == (403, "M_THREEPID_DENIED")
