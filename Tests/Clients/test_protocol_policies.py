"""Policies, access lists and packs: what a server without federation keeps and hands on, and what it has no part in."""

import pytest

from conclave.errors import refusal

STATE = [
    ("m.room.server_acl", "", {"allow": ["*"], "deny": ["*.evil.example"], "allow_ip_literals": False}),
    ("m.room.policy", "", {"via": "policy.example.org", "public_keys": {"ed25519": "6yhHGKhCiXTSEN2ksjV7kX/N6rBQZ3Xb+M7LlC6NS+s"}}),
    ("m.policy.rule.user", "rule 1", {"entity": "@*:spam.example", "reason": "spam", "recommendation": "m.ban"}),
    ("m.policy.rule.room", "rule 2", {"entity": "!*", "reason": "spam", "recommendation": "m.ban"}),
    ("m.policy.rule.server", "rule 3", {"entity": "*.spam.example", "reason": "spam", "recommendation": "m.ban"}),
    ("m.room.image_pack", "cats", {"images": {"cat": {"url": "mxc://conclave.test/cat"}}, "pack": {"display_name": "Cats"}}),
]


@pytest.mark.parametrize("type, key, content", STATE, ids=[type for type, _, _ in STATE])
def test_state_that_others_act_on_is_kept_as_it_is(alice, bob, type, key, content):
    room = alice.room_with(bob)
    alice.set_state(room, type, content, key)
    assert bob.state(room, type, key) == content
    assert bob.send(room, "nothing changes for people of this server")
    assert refusal(bob, "PUT", "rooms", room, "state", type, key, body=content) == (403, "M_FORBIDDEN")


def test_an_access_list_does_not_lock_out_the_own_server(alice, bob):
    room = alice.room_with(bob)
    alice.set_state(room, "m.room.server_acl", {"allow": [], "deny": ["*"]})
    assert bob.send(room) and alice.send(room)


@pytest.mark.parametrize("type", ["m.image_pack.rooms", "m.recent_emoji", "m.image_pack"])
def test_packs_and_recent_emoji_are_account_data(alice, type):
    content = {"recent_emoji": [{"emoji": "🐈", "total": 3}], "rooms": {}}
    alice.put("user", alice.user, "account_data", type, body=content)
    assert alice.get("user", alice.user, "account_data", type) == content


def test_this_server_is_no_policy_server(nobody):
    answer = nobody.response("GET", "/.well-known/matrix/policy_server")
    assert answer.status_code == 404 and answer.json()["errcode"] in ("M_NOT_FOUND", "M_UNRECOGNIZED")
