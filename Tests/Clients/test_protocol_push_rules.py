"""Push rules: the API, what of them syncs, and what they do to unread counts."""

import pytest

from conclave.errors import refused
from conclave.sections import global_data, joined

RULES = ("pushrules", "global")
SERVER_RULES = {
    "override": [
        ".m.rule.master", ".m.rule.suppress_notices", ".m.rule.invite_for_me", ".m.rule.member_event",
        ".m.rule.is_user_mention", ".m.rule.is_room_mention", ".m.rule.tombstone", ".m.rule.reaction",
        ".m.rule.room.server_acl", ".m.rule.suppress_edits",
    ],
    "content": [], "room": [], "sender": [],
    "underride": [
        ".m.rule.call", ".m.rule.encrypted_room_one_to_one", ".m.rule.room_one_to_one", ".m.rule.message", ".m.rule.encrypted",
    ],
}
NOTIFY = {"actions": ["notify"]}


def ids(person, kind="override"):
    return [rule["rule_id"] for rule in person.get("pushrules/")["global"][kind]]


def own(person, kind="override"):
    return [rule for rule in ids(person, kind) if not rule.startswith(".")]


def unread(person, room):
    told = joined(person.sync(), room).get("unread_notifications", {})
    return told.get("notification_count", 0), told.get("highlight_count", 0)


def test_everybody_has_the_rules_of_the_server(alice):
    rules = alice.get("pushrules/")["global"]
    assert {kind: [rule["rule_id"] for rule in listed] for kind, listed in rules.items()} == SERVER_RULES
    assert all(rule["default"] for listed in rules.values() for rule in listed)
    assert [rule["rule_id"] for rule in rules["override"] if not rule["enabled"]] == [".m.rule.master"]
    assert alice.get("pushrules/global/") == rules
    assert alice.get("pushrules/global") == rules
    mention = alice.get(*RULES, "override", ".m.rule.is_user_mention")
    assert mention["conditions"] == [
        {"kind": "event_property_contains", "key": "content.m\\.mentions.user_ids", "value": alice.user}]


def test_they_sync_and_are_account_data(alice):
    rules = alice.get("pushrules/")
    assert global_data(alice.next(), "m.push_rules") == rules
    assert alice.get("user", alice.user, "account_data", "m.push_rules") == rules
    assert global_data(alice.next(), "m.push_rules") is None
    alice.put(*RULES, "override", "mine", body={**NOTIFY, "conditions": []})
    changed = global_data(alice.until(lambda answer: global_data(answer, "m.push_rules")), "m.push_rules")
    assert changed == alice.get("pushrules/")
    assert changed["global"]["override"][1]["rule_id"] == "mine"


def test_one_person_s_rules_are_nobody_else_s(alice, bob):
    alice.put(*RULES, "override", "mine", body=NOTIFY)
    assert own(bob) == []
    with refused(404, "M_NOT_FOUND"):
        bob.get(*RULES, "override", "mine")


def test_a_rule_is_kept_as_it_was_put(alice):
    body = {"actions": ["notify", {"set_tweak": "sound", "value": "cakealarm.wav"}], "pattern": "c?ke*"}
    alice.put(*RULES, "content", "SSByZWFsbHkgbGlrZSBjYWtl", body=body)
    assert alice.get(*RULES, "content", "SSByZWFsbHkgbGlrZSBjYWtl") == {
        **body, "default": False, "enabled": True, "rule_id": "SSByZWFsbHkgbGlrZSBjYWtl"}
    conditions = [{"kind": "event_match", "key": "content.body", "pattern": "beer"}, {"kind": "org.example.new", "x": [1]}]
    alice.put(*RULES, "override", "VG ü", body={"actions": [], "conditions": conditions})
    assert alice.get(*RULES, "override", "VG ü")["conditions"] == conditions
    alice.put(*RULES, "room", "!room:example.test", body={"actions": ["dont_notify"]})
    assert alice.get(*RULES, "room", "!room:example.test")["actions"] == []
    alice.delete(*RULES, "room", "!room:example.test")
    assert own(alice, "room") == []


def test_places(alice):
    for name in "abc":
        alice.put(*RULES, "override", name, body=NOTIFY)
    assert own(alice) == ["c", "b", "a"]
    alice.put(*RULES, "override", "d", body=NOTIFY, after="c")
    alice.put(*RULES, "override", "e", body=NOTIFY, before="a")
    alice.put(*RULES, "override", "f", body=NOTIFY, before="c", after="a")
    assert own(alice) == ["f", "c", "d", "b", "e", "a"]
    assert ids(alice)[0] == ".m.rule.master" and ids(alice)[1] == "f"
    with refused(400, "M_UNKNOWN"):
        alice.put(*RULES, "override", "x", body=NOTIFY, before="nobody")
    with refused(400, "M_INVALID_PARAM"):
        alice.put(*RULES, "override", "x", body=NOTIFY, after=".m.rule.master")


def test_rules_are_switched_and_change_their_actions(alice):
    alice.put(*RULES, "override", "mine", body=NOTIFY)
    for kind, rule in [("override", "mine"), ("underride", ".m.rule.message")]:
        assert alice.get(*RULES, kind, rule, "enabled") == {"enabled": True}
        alice.put(*RULES, kind, rule, "enabled", body={"enabled": False})
        assert alice.get(*RULES, kind, rule, "enabled") == {"enabled": False}
        actions = {"actions": ["notify", {"set_tweak": "highlight"}]}
        alice.put(*RULES, kind, rule, "actions", body=actions)
        assert alice.get(*RULES, kind, rule, "actions") == actions
    alice.put(*RULES, "override", "mine", body={"actions": []})
    assert alice.get(*RULES, "override", "mine", "enabled") == {"enabled": False}


@pytest.mark.parametrize("body", [{}, {"enabled": "true"}, {"enabled": 1}, {"enabled": None}])
def test_enabled_is_a_boolean(alice, body):
    with refused(400, ("M_BAD_JSON", "M_MISSING_PARAM")):
        alice.put(*RULES, "override", ".m.rule.master", "enabled", body=body)


@pytest.mark.parametrize("kind, rule", [("override", "none"), ("underride", ".m.rule.master"), ("content", "x")])
def test_an_unknown_rule_is_not_found(alice, kind, rule):
    for attribute in ([], ["enabled"], ["actions"]):
        with refused(404, "M_NOT_FOUND"):
            alice.get(*RULES, kind, rule, *attribute)
    with refused(404, "M_NOT_FOUND"):
        alice.delete(*RULES, kind, rule)
    with refused(404, "M_NOT_FOUND"):
        alice.put(*RULES, kind, rule, "enabled", body={"enabled": True})
    with refused(404, "M_NOT_FOUND"):
        alice.put(*RULES, kind, rule, "actions", body={"actions": []})


def test_the_server_s_rules_stay(alice):
    with refused(404, "M_NOT_FOUND"):
        alice.delete(*RULES, "override", ".m.rule.master")
    with refused(400, "M_INVALID_PARAM"):
        alice.put(*RULES, "override", ".m.rule.master", body=NOTIFY)
    with refused(400, "M_INVALID_PARAM"):
        alice.put(*RULES, "override", ".mine", body=NOTIFY)


@pytest.mark.parametrize("body, code", [
    ({}, "M_MISSING_PARAM"), ({"actions": "notify"}, "M_BAD_JSON"), ({"actions": ["shout"]}, "M_INVALID_PARAM"),
    ({"actions": [1]}, "M_INVALID_PARAM"), ({"actions": [], "conditions": "x"}, "M_BAD_JSON"),
    ({"actions": [], "conditions": [{}]}, "M_BAD_JSON"), ({"actions": [], "conditions": [1]}, "M_BAD_JSON"),
])
def test_what_is_no_rule_is_refused(alice, body, code):
    with refused(400, code):
        alice.put(*RULES, "override", "mine", body=body)
    assert own(alice) == []


def test_malformed_requests(alice):
    with refused(400, "M_NOT_JSON"):
        alice.put(*RULES, "override", "mine", raw=b"{")
    with refused(400, "M_BAD_JSON"):
        alice.put(*RULES, "override", "mine", raw=b"[]")
    with refused(400, "M_INVALID_PARAM"):
        alice.put(*RULES, "sideways", "mine", body=NOTIFY)
    with refused(400, "M_MISSING_PARAM"):
        alice.put(*RULES, "content", "mine", body=NOTIFY)
    with refused(400, "M_INVALID_PARAM"):
        alice.put(*RULES, "override", "a/b", body=NOTIFY)
    with refused(400, "M_INVALID_PARAM"):
        alice.put(*RULES, "override", "a\\b", body=NOTIFY)
    with refused(413, "M_TOO_LARGE"):
        alice.put(*RULES, "content", "mine", body={**NOTIFY, "pattern": "x" * 9_000})


def test_without_a_token(alice):
    nobody = alice.another()
    for call in (lambda: nobody.get("pushrules/"), lambda: nobody.put(*RULES, "override", "x", body=NOTIFY)):
        with refused(401, "M_MISSING_TOKEN"):
            call()


# What they do --------------------------------------------------------------------------------------------------------


def test_a_muted_room_does_not_count_but_mentions_do(alice, bob):
    room = alice.room_with(bob)
    alice.send(room, "before")
    bob.put(*RULES, "room", room, body={"actions": []})
    alice.send(room, "after")
    assert unread(bob, room) == (1, 0)
    alice.send(room, content={"msgtype": "m.text", "body": "bob!", "m.mentions": {"user_ids": [bob.user]}})
    assert unread(bob, room) == (2, 1)
    bob.delete(*RULES, "room", room)
    alice.send(room, "again")
    assert unread(bob, room) == (3, 1)


def test_a_keyword_highlights_only_for_its_owner(alice, bob, carol):
    room = alice.room_with(bob, carol)
    bob.put(*RULES, "content", "cake", body={"pattern": "cake", "actions": ["notify", {"set_tweak": "highlight"}]})
    alice.send(room, "a piece of cake")
    alice.send(room, "pancake")
    assert unread(bob, room) == (2, 1)
    assert unread(carol, room) == (2, 0)


def test_the_master_switch(alice, bob):
    room = alice.room_with(bob)
    bob.put(*RULES, "override", ".m.rule.master", "enabled", body={"enabled": True})
    alice.send(room, content={"msgtype": "m.text", "body": "bob!", "m.mentions": {"user_ids": [bob.user]}})
    assert unread(bob, room) == (0, 0)


def test_a_silenced_sender(alice, bob, carol):
    room = alice.room_with(bob, carol)
    bob.put(*RULES, "sender", carol.user, body={"actions": []})
    carol.send(room)
    alice.send(room)
    assert unread(bob, room) == (1, 0)


def test_only_mentions_everywhere(alice, bob):
    for rule in (".m.rule.message", ".m.rule.room_one_to_one", ".m.rule.encrypted", ".m.rule.encrypted_room_one_to_one"):
        bob.put(*RULES, "underride", rule, "actions", body={"actions": []})
    room = alice.room_with(bob)
    alice.send(room)
    alice.send(room, type="m.room.encrypted", content={"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"})
    alice.send(room, content={"msgtype": "m.text", "body": "x", "m.mentions": {"user_ids": [bob.user]}})
    assert unread(bob, room) == (1, 1)


def test_ignored_people_do_not_notify(alice, bob, carol):
    room = alice.room_with(bob, carol)
    bob.put("user", bob.user, "account_data", "m.ignored_user_list", body={"ignored_users": {carol.user: {}}})
    carol.send(room, content={"msgtype": "m.text", "body": "bob!", "m.mentions": {"user_ids": [bob.user]}})
    alice.send(room)
    assert unread(bob, room) == (1, 0)
    bob.put("user", bob.user, "account_data", "m.ignored_user_list", body={"ignored_users": {}})
    carol.send(room)
    assert unread(bob, room) == (2, 0)


def test_notices_reactions_and_edits_are_quiet(alice, bob):
    room = alice.room_with(bob)
    message = alice.send(room, content={"msgtype": "m.notice", "body": "beep", "m.mentions": {"user_ids": [bob.user]}})
    alice.send(room, type="m.reaction", content={"m.relates_to": {"rel_type": "m.annotation", "event_id": message, "key": "+"}})
    alice.send(room, content={
        "msgtype": "m.text", "body": "* beep", "m.new_content": {"msgtype": "m.text", "body": "beep"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": message}})
    assert unread(bob, room) == (0, 0)


def test_a_tombstone_highlights(alice, bob):
    room = alice.room_with(bob)
    alice.set_state(room, "m.room.tombstone", {"body": "moved", "replacement_room": "!new:example.test"})
    assert unread(bob, room) == (1, 1)
    assert unread(alice, room) == (0, 0)


@pytest.mark.ours_only
def test_sliding_sync_tells_of_them_too(alice):
    def told(pos=None):
        answer = alice.call("POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", pos=pos, timeout=0, body={
            "conn_id": "rules", "extensions": {"account_data": {"enabled": True}}})
        data = answer.get("extensions", {}).get("account_data", {}).get("global", [])
        return answer["pos"], [event["content"] for event in data if event["type"] == "m.push_rules"]

    pos, rules = told()
    assert rules == [alice.get("pushrules/")]
    pos, rules = told(pos)
    assert rules == []
    alice.put(*RULES, "override", "mine", body=NOTIFY)
    _, rules = told(pos)
    assert rules == [alice.get("pushrules/")]
