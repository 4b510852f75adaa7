"""POST /user_directory/search: who is found by whom."""

import pytest

from conclave.client import unique
from conclave.errors import refused
from conclave.server import Conclave


def look(who, term, **more):
    return who.post("user_directory/search", body={"search_term": term, **more})


def names(answer):
    return [entry["user_id"] for entry in answer["results"]]


def call_oneself(who, name):
    who.put("profile", who.user, "displayname", body={"displayname": name})


def test_people_who_share_a_room_find_each_other_until_they_leave(alice, bob, mallory):
    room = alice.room_with(bob)
    name = unique("Quentin")
    call_oneself(bob, f"{name} Blake")
    for term in (name, name.upper(), f"blake {name}", bob.user, bob.localpart, bob.localpart[:-1]):
        assert names(look(alice, term)) == [bob.user], term
    assert names(look(mallory, name)) == []
    bob.leave(room)
    assert names(look(alice, name)) == []


def test_what_is_shown_is_the_profile(alice, bob):
    alice.room_with(bob)
    name = unique("Quentin")
    call_oneself(bob, name)
    bob.put("profile", bob.user, "avatar_url", body={"avatar_url": "mxc://example.test/face"})
    answer = look(alice, name)
    assert answer == {"results": [{"user_id": bob.user, "display_name": name, "avatar_url": "mxc://example.test/face"}], "limited": False}
    call_oneself(bob, other := unique("Other"))
    assert names(look(alice, name)) == [] and names(look(alice, other)) == [bob.user]


def test_people_in_public_and_world_readable_rooms_are_found_by_all(alice, bob, carol, mallory):
    for who, name in ((alice, "Anne"), (bob, "Bert"), (carol, "Cleo")):
        call_oneself(who, f"{name} {(word := unique('Public'))}")
        who.word = word
    alice.create(preset="public_chat")
    bob.create(preset="private_chat", initial_state=[
        {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "world_readable"}}])
    closed = carol.create(preset="private_chat")
    assert names(look(mallory, alice.word)) == [alice.user]
    assert names(look(mallory, bob.word)) == [bob.user]
    assert names(look(mallory, carol.word)) == []
    carol.set_state(closed, "m.room.join_rules", {"join_rule": "public"})
    assert names(look(mallory, carol.word)) == [carol.user]
    carol.set_state(closed, "m.room.join_rules", {"join_rule": "invite"})
    assert names(look(mallory, carol.word)) == []


def test_chinese_names_are_found_by_any_part(alice, bob):
    alice.room_with(bob)
    call_oneself(bob, f"欧阳明月 {(word := unique('u'))}")
    for term in ("明", "阳明", "欧阳明月", f"明月 {word}"):
        assert bob.user in names(look(alice, term, limit=50)), term
    assert bob.user not in names(look(alice, "月明", limit=50))


def test_names_that_only_a_room_has_stay_in_the_room(alice, bob, mallory):
    room = alice.room_with(bob, preset="public_chat")
    secret = unique("Nickname")
    bob.set_state(room, "m.room.member", {"membership": "join", "displayname": secret}, bob.user)
    assert names(look(alice, secret)) == [] and names(look(mallory, secret)) == []


def test_the_best_come_first_and_a_limit_cuts(person):
    word = unique("zed")
    people = [person("zed") for _ in range(4)]
    room = people[0].room_with(*people[1:])
    for who, name in zip(people, (f"x{word}", f"Carl {word}", f"{word} Carl", word)):
        call_oneself(who, name)
    answer = look(people[0], word)
    assert names(answer) == [who.user for who in reversed(people)] and not answer["limited"]
    answer = look(people[0], word, limit=2)
    assert names(answer) == [people[3].user, people[2].user] and answer["limited"]
    assert look(people[0], word, limit=4)["limited"] is False
    assert names(look(people[0], word, limit=0)) == []
    assert room


def test_those_who_are_gone_are_not_found(alice, bob):
    alice.room_with(bob, preset="public_chat")
    call_oneself(bob, name := unique("Quentin"))
    assert names(look(alice, name)) == [bob.user]
    bob.confirmed("POST", "account/deactivate")
    assert names(look(alice, name)) == []


@pytest.mark.ours_only
def test_everybody_is_found_where_the_operator_says_so(tmp_path):
    server = Conclave(tmp_path / "server", ("--directory-users", "all"))
    server.start()
    try:
        alice, bob = server.user("alice"), server.user("bob")
        assert names(look(alice, bob.localpart)) == [bob.user]
        server.stop()
        server.start()
        carol = server.user("carol")
        assert names(look(carol.another().login(alice.user, alice.password), bob.localpart)) == [bob.user]
        assert names(look(carol, "example.test", limit=50)) == sorted([alice.user, bob.user, carol.user])
    finally:
        server.kill()


def test_wrong_requests_are_refused(alice, nobody):
    for body, errcode in (({}, "M_MISSING_PARAM"), ({"search_term": 1}, "M_BAD_JSON"), ({"search_term": "x", "limit": "many"}, "M_BAD_JSON"),
                          ({"search_term": "x", "limit": -1}, "M_INVALID_PARAM"), ({"search_term": "x" * 600}, "M_INVALID_PARAM")):
        with refused(400, errcode):
            alice.post("user_directory/search", body=body)
    with refused(400, "M_NOT_JSON"):
        alice.call("POST", "user_directory/search", raw=b"nonsense")
    with refused(401, "M_MISSING_TOKEN"):
        look(nobody, "x")
    for term in ("", "  ", "%", "*", "'; DROP TABLE accounts"):
        assert names(look(alice, term)) == []
