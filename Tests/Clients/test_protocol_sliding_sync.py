"""Simplified sliding sync (MSC4186): windows, subscriptions, connections, extensions."""

import threading
import time

import pytest

from conclave.errors import refused

PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
ALL = [["*", "*"]]
EXTENSIONS = {name: {"enabled": True} for name in ("account_data", "receipts", "typing")}


def listing(ranges=((0, 19),), limit=10, state=ALL, **filters):
    wanted = {"timeline_limit": limit, "required_state": state, "filters": filters}
    return {**wanted, "ranges": [list(pair) for pair in ranges]} if ranges is not None else wanted


def slide(client, pos=None, timeout=0, lists=None, subscriptions=None, extensions=None, query=None, **body):
    """One call; without lists and subscriptions with one list of everything."""
    if lists is None and subscriptions is None:
        lists = {"all": listing()}
    body = {"lists": lists or {}, "room_subscriptions": subscriptions or {}, "extensions": extensions or {}, **body}
    return client.post(PATH, body=body, pos=pos, timeout=timeout, **(query or {}))


def talk(room):
    return [event["content"]["body"] for event in room.get("timeline", []) if event["type"] == "m.room.message"]


def state_keys(room):
    return sorted((event["type"], event["state_key"]) for event in room.get("required_state", []))


# The endpoint ---------------------------------------------------------------------------------------------------------

def test_it_is_announced(alice):
    assert alice.get("/_matrix/client/versions")["unstable_features"]["org.matrix.simplified_msc3575"] is True


def test_it_wants_a_token(alice):
    stranger = alice.another()
    with refused(401, "M_MISSING_TOKEN"):
        slide(stranger)


def test_somebody_new_has_an_empty_list(alice):
    answer = slide(alice)
    assert answer["pos"] and answer["lists"] == {"all": {"count": 0}} and answer["rooms"] == {}


def test_an_empty_body_wants_nothing(alice):
    alice.create()
    answer = alice.post(PATH, raw=b"")
    assert answer["rooms"] == {} and answer["lists"] == {} and answer["extensions"] == {}


def test_the_word_of_the_client_comes_back(alice):
    assert slide(alice, txn_id="abc")["txn_id"] == "abc"
    assert "txn_id" not in slide(alice)


@pytest.mark.parametrize("body, errcode", [
    ({"lists": []}, "M_BAD_JSON"),
    ({"lists": {"a": 1}}, "M_BAD_JSON"),
    ({"lists": {"a": {"ranges": [[0, 1]]}}}, "M_MISSING_PARAM"),
    ({"lists": {"a": {"timeline_limit": -1}}}, "M_INVALID_PARAM"),
    ({"lists": {"a": {"timeline_limit": "1"}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "ranges": [[1, 0]]}}}, "M_INVALID_PARAM"),
    ({"lists": {"a": {"timeline_limit": 1, "ranges": [[-1, 0]]}}}, "M_INVALID_PARAM"),
    ({"lists": {"a": {"timeline_limit": 1, "ranges": [[0]]}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "ranges": [0, 1]}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "ranges": {}}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "required_state": {}}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "required_state": [["m.room.name"]]}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "required_state": [["m.room.name", 1]]}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "filters": []}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "filters": {"is_dm": 1}}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "filters": {"room_types": [1]}}}}, "M_BAD_JSON"),
    ({"lists": {"a": {"timeline_limit": 1, "filters": {"tags": "x"}}}}, "M_BAD_JSON"),
    ({"lists": {"x" * 65: {"timeline_limit": 1}}}, "M_INVALID_PARAM"),
    ({"lists": {"": {"timeline_limit": 1}}}, "M_INVALID_PARAM"),
    ({"lists": {str(n): {"timeline_limit": 1} for n in range(101)}}, "M_INVALID_PARAM"),
    ({"room_subscriptions": {"!a:b": {}}}, "M_MISSING_PARAM"),
    ({"room_subscriptions": {"no room": {"timeline_limit": 1}}}, "M_INVALID_PARAM"),
    ({"room_subscriptions": []}, "M_BAD_JSON"),
    ({"extensions": []}, "M_BAD_JSON"),
    ({"extensions": {"typing": True}}, "M_BAD_JSON"),
    ({"extensions": {"typing": {"enabled": "yes"}}}, "M_BAD_JSON"),
    ({"extensions": {"typing": {"enabled": True, "rooms": "all"}}}, "M_BAD_JSON"),
    ({"extensions": {"to_device": {"enabled": True, "limit": -1}}}, "M_INVALID_PARAM"),
    ({"conn_id": 1}, "M_BAD_JSON"),
    ({"conn_id": "x" * 256}, "M_INVALID_PARAM"),
    ({"txn_id": {}}, "M_BAD_JSON"),
    ([], "M_BAD_JSON"),
])
def test_malformed_questions(alice, body, errcode):
    with refused(400, errcode):
        alice.post(PATH, body=body)


def test_questions_of_any_size_are_not_kept(alice):
    long = {"timeline_limit": 1, "required_state": [["m.room.name", "x" * 256]]}
    with refused(400, "M_INVALID_PARAM"):
        slide(alice, lists={"a": long})
    with refused(413, "M_TOO_LARGE"):
        slide(alice, unknown="x" * 300_000)


def test_what_is_not_json(alice):
    with refused(400, "M_NOT_JSON"):
        alice.post(PATH, raw=b"{")


@pytest.mark.parametrize("query", [{"timeout": "soon"}, {"timeout": -1}, {"set_presence": "asleep"}])
def test_malformed_queries(alice, query):
    with refused(400, "M_INVALID_PARAM"):
        alice.post(PATH, body={}, **query)


@pytest.mark.parametrize("pos", ["x", "0", "s1_2", "t1", "s1_2_3_4", "s1_2_3_4_5", "s-1_2_3_4", "s" + "9" * 200])
def test_an_unknown_pos_begins_anew(alice, pos):
    with refused(400, "M_UNKNOWN_POS"):
        slide(alice, pos)


# Positions and connections --------------------------------------------------------------------------------------------

def test_a_lost_answer_is_given_again(alice):
    room = alice.create()
    first = slide(alice)
    alice.send(room, "1")
    assert talk(slide(alice, first["pos"])["rooms"][room]) == ["1"]
    again = slide(alice, first["pos"])
    assert talk(again["rooms"][room]) == ["1"]
    slide(alice, again["pos"])
    with refused(400, "M_UNKNOWN_POS"):
        slide(alice, first["pos"])


def test_a_position_belongs_to_one_device_and_connection(alice, bob):
    alice.create()
    pos = slide(alice)["pos"]
    for other in (bob, alice.second_device()):
        with refused(400, "M_UNKNOWN_POS"):
            slide(other, pos)
    with refused(400, "M_UNKNOWN_POS"):
        slide(alice, pos, conn_id="other")
    slide(alice, pos)


def test_a_device_that_signed_out_is_forgotten(alice):
    tablet = alice.second_device()
    pos = slide(tablet)["pos"]
    tablet.post("logout")
    with refused(401, "M_UNKNOWN_TOKEN"):
        slide(tablet, pos)


def test_after_a_restart_clients_begin_anew(fresh):
    alice = fresh.user("alice")
    room = alice.create()
    pos = slide(alice)["pos"]
    fresh.stop()
    fresh.start()
    alice.http = fresh.http
    with refused(400, "M_UNKNOWN_POS"):
        slide(alice, pos)
    assert room in slide(alice)["rooms"]


def test_the_position_is_a_token_of_the_history(alice):
    room = alice.create()
    alice.send(room, "hello")
    answer = slide(alice)
    found = alice.messages(room, **{"from": answer["pos"]})
    assert found["chunk"][0]["content"]["body"] == "hello"
    before = alice.messages(room, **{"from": slide(alice, lists={"all": listing(limit=1)})["rooms"][room]["prev_batch"]})
    assert all(event["content"].get("body") != "hello" for event in before["chunk"])


# Lists ----------------------------------------------------------------------------------------------------------------

def test_a_window_grows_over_the_rooms(alice):
    rooms = [alice.create(name=f"room {n}") for n in range(5)]
    alice.send(rooms[0], "up")
    first = slide(alice, lists={"all": listing([(0, 1)])})
    assert set(first["rooms"]) == {rooms[0], rooms[4]} and first["lists"]["all"]["count"] == 5
    second = slide(alice, first["pos"], lists={"all": listing([(0, 9)])})
    assert set(second["rooms"]) == {rooms[1], rooms[2], rooms[3]}
    assert slide(alice, second["pos"], lists={"all": listing([(0, 9)])})["rooms"] == {}


def test_several_ranges_and_no_range(alice):
    rooms = [alice.create() for _ in range(4)]
    assert set(slide(alice, lists={"all": listing([(0, 0), (3, 3)])})["rooms"]) == {rooms[3], rooms[0]}
    assert set(slide(alice, lists={"all": listing(None)})["rooms"]) == set(rooms)
    assert slide(alice, lists={"all": listing([(7, 9)])})["rooms"] == {}


def test_several_lists_are_counted_and_told_apart(alice, bob):
    room, other = alice.create(), alice.create()
    alice.put("user", alice.user, "account_data", "m.direct", body={bob.user: [room]})
    answer = slide(alice, lists={"dms": listing(is_dm=True, limit=1), "rest": listing(is_dm=False)})
    assert answer["lists"] == {"dms": {"count": 1}, "rest": {"count": 1}}
    assert answer["rooms"][room]["lists"] == ["dms"] and answer["rooms"][other]["lists"] == ["rest"]
    assert answer["rooms"][room]["is_dm"] is True and "is_dm" not in answer["rooms"][other]
    assert len(answer["rooms"][room]["timeline"]) == 1


def test_filters(alice, bob):
    plain, secret = alice.create(name="Plain"), alice.create(name="Secret")
    space = alice.create(name="Space", creation_content={"type": "m.space"})
    alice.set_state(secret, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    alice.set_state(space, "m.space.child", {"via": ["x"]}, secret)
    alice.put("user", alice.user, "rooms", plain, "tags", "m.favourite", body={})
    invited = bob.create(alice)
    found = lambda **filters: set(slide(alice, lists={"all": listing(**filters)})["rooms"])
    assert found(is_encrypted=True) == {secret} and found(is_encrypted=False) == {plain, space, invited}
    assert found(room_types=["m.space"]) == {space} and found(not_room_types=["m.space"]) == {plain, secret, invited}
    assert found(room_types=[None]) == {plain, secret, invited}
    assert found(room_name_like="pla") == {plain}
    assert found(tags=["m.favourite"]) == {plain} and found(not_tags=["m.favourite"]) == {secret, space, invited}
    assert found(spaces=[space]) == {secret} and found(spaces=["!nowhere:x"]) == set()
    assert found(is_invite=True) == {invited} and found(is_invite=False) == {plain, secret, space}


def test_a_room_that_ceases_to_fit_leaves_the_list(alice):
    room = alice.create()
    lists = {"plain": listing(is_encrypted=False)}
    first = slide(alice, lists=lists)
    assert first["lists"]["plain"]["count"] == 1
    alice.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    assert slide(alice, first["pos"], lists=lists)["lists"]["plain"]["count"] == 0


# Rooms ----------------------------------------------------------------------------------------------------------------

def test_what_is_told_of_a_room(alice, bob):
    room = alice.room_with(bob, name="Garden")
    alice.set_state(room, "m.room.avatar", {"url": "mxc://example.org/abc"})
    bob.send(room, "hello")
    told = slide(alice)["rooms"][room]
    assert told["name"] == "Garden" and told["avatar"] == "mxc://example.org/abc" and told["initial"] is True
    assert told["joined_count"] == 2 and told["invited_count"] == 0 and told["membership"] == "join"
    assert told["notification_count"] == 1 and told["highlight_count"] == 0
    assert told["bump_stamp"] > 0 and told["num_live"] == 0 and told["prev_batch"] and "heroes" not in told
    assert talk(told) == ["hello"] and all("room_id" not in event for event in told["timeline"] + told["required_state"])


def test_heroes_stand_in_for_a_missing_name(alice, bob):
    room = alice.room_with(bob)
    bob.put("profile", bob.user, "displayname", body={"displayname": "Bobby"})
    heroes = slide(alice)["rooms"][room]["heroes"]
    assert heroes == [{"user_id": bob.user, "displayname": "Bobby"}]


def test_only_what_changed_is_told(alice, bob):
    room = alice.room_with(bob, name="Garden")
    first = slide(alice)
    bob.send(room, "hello")
    told = slide(alice, first["pos"])["rooms"][room]
    assert not {"name", "avatar", "heroes", "joined_count", "initial", "required_state"} & set(told)
    assert told["num_live"] == 1 and told["limited"] is False and talk(told) == ["hello"]


def test_a_gap_is_marked(alice):
    room = alice.create()
    lists = {"all": listing(limit=2)}
    first = slide(alice, lists=lists)
    for n in range(5):
        alice.send(room, str(n))
    told = slide(alice, first["pos"], lists=lists)["rooms"][room]
    assert talk(told) == ["3", "4"] and told["limited"] is True and told["num_live"] == 2


@pytest.mark.parametrize("wanted, keys", [
    ([["m.room.name", ""]], [("m.room.name", "")]),
    ([["m.room.member", "$ME"]], [("m.room.member", "ALICE")]),
    ([["m.room.member", "*"]], [("m.room.member", "ALICE"), ("m.room.member", "BOB")]),
    ([["*", "x"]], [("org.example.a", "x"), ("org.example.b", "x")]),
    ([["org.example.a", "*"]], [("org.example.a", "x"), ("org.example.a", "y")]),
    ([], []),
])
def test_required_state(alice, bob, wanted, keys):
    room = alice.room_with(bob, name="Garden")
    for type, key in [("org.example.a", "x"), ("org.example.a", "y"), ("org.example.b", "x")]:
        alice.set_state(room, type, {}, key)
    names = {"ALICE": alice.user, "BOB": bob.user}
    told = slide(alice, lists={"all": listing(state=wanted)})["rooms"][room]
    assert state_keys(told) == sorted((type, names.get(key, key)) for type, key in keys)


def test_lazy_members_are_those_who_speak(alice, bob, carol):
    room = alice.room_with(bob, carol)
    bob.send(room, "hello")
    lists = {"all": listing(limit=1, state=[["m.room.member", "$LAZY"]])}
    first = slide(alice, lists=lists)
    assert state_keys(first["rooms"][room]) == [("m.room.member", bob.user)]
    bob.send(room, "again")
    second = slide(alice, first["pos"], lists=lists)
    assert state_keys(second["rooms"][room]) == []
    carol.send(room, "me too")
    assert state_keys(slide(alice, second["pos"], lists=lists)["rooms"][room]) == [("m.room.member", carol.user)]


def test_a_subscription_expands_the_timeline(alice):
    room = alice.create()
    for n in range(6):
        alice.send(room, str(n))
    lists = {"all": listing(limit=1)}
    first = slide(alice, lists=lists)
    wanted = {"timeline_limit": 4, "required_state": []}
    second = slide(alice, first["pos"], lists=lists, subscriptions={room: wanted})
    assert talk(second["rooms"][room]) == ["2", "3", "4", "5"]
    assert second["rooms"][room]["unstable_expanded_timeline"] is True
    assert slide(alice, second["pos"], lists=lists, subscriptions={room: wanted})["rooms"] == {}


def test_subscriptions_without_lists(alice, bob):
    room, other = alice.create(), alice.create()
    strange = bob.create()
    wanted = {"timeline_limit": 4, "required_state": ALL}
    answer = slide(alice, subscriptions={room: wanted, strange: wanted, "!nowhere:example.org": wanted})
    assert set(answer["rooms"]) == {room} and "lists" not in answer["rooms"][room]


def test_transaction_ids_come_to_the_sending_device_alone(alice):
    room = alice.create()
    tablet = alice.second_device()
    alice.send(room, "hello", txn="my-own")
    own = slide(alice)["rooms"][room]["timeline"][-1]
    assert own["unsigned"]["transaction_id"] == "my-own"
    assert "transaction_id" not in slide(tablet)["rooms"][room]["timeline"][-1].get("unsigned", {})


# Coming and going -----------------------------------------------------------------------------------------------------

def test_an_invitation_from_outside(alice, bob):
    room = alice.create(bob, name="Inside")
    alice.send(room, "secret")
    told = slide(bob)["rooms"][room]
    assert told["membership"] == "invite" and not {"timeline", "required_state", "joined_count", "prev_batch"} & set(told)
    assert told["invite_state"] == told["stripped_state"]
    assert {"m.room.name", "m.room.member"} <= {event["type"] for event in told["invite_state"]}
    assert all(set(event) == {"type", "state_key", "sender", "content"} for event in told["invite_state"])


def test_a_knock(alice, bob):
    room = alice.create(name="Inside")
    alice.set_state(room, "m.room.join_rules", {"join_rule": "knock"})
    first = slide(bob)
    bob.post("knock", room)
    second = slide(bob, first["pos"])
    assert second["rooms"][room]["membership"] == "knock"
    alice.act(room, "kick", bob)
    third = slide(bob, second["pos"])
    assert third["rooms"][room]["membership"] == "leave" and "joined_count" not in third["rooms"][room]
    assert slide(bob, third["pos"])["lists"]["all"]["count"] == 0


def test_leaving_and_coming_back(alice, bob):
    room = alice.room_with(bob)
    first = slide(bob)
    alice.send(room, "bye")
    bob.leave(room)
    alice.send(room, "gone")
    second = slide(bob, first["pos"])
    assert talk(second["rooms"][room]) == ["bye"] and second["rooms"][room]["membership"] == "leave"
    third = slide(bob, second["pos"])
    assert third["rooms"] == {} and third["lists"]["all"]["count"] == 0
    alice.act(room, "invite", bob)
    bob.join(room)
    back = slide(bob, third["pos"])
    assert back["rooms"][room]["initial"] is True and back["rooms"][room]["membership"] == "join"


@pytest.mark.parametrize("verb, membership", [("kick", "leave"), ("ban", "ban")])
def test_being_put_out(alice, bob, verb, membership):
    room = alice.room_with(bob)
    first = slide(bob)
    alice.send(room, "before")
    alice.act(room, verb, bob)
    alice.send(room, "after")
    second = slide(bob, first["pos"])
    assert second["rooms"][room]["membership"] == membership and talk(second["rooms"][room]) == ["before"]
    anew = slide(bob, conn_id="anew")
    assert anew["rooms"][room]["membership"] == membership and talk(anew["rooms"][room]) == ["before"]
    bob.post("rooms", room, "forget")
    assert slide(bob, conn_id="later")["rooms"] == {}


def test_history_visibility(alice, bob):
    room = alice.create()
    alice.set_state(room, "m.room.history_visibility", {"history_visibility": "joined"})
    alice.send(room, "secret")
    alice.act(room, "invite", bob)
    bob.join(room)
    alice.send(room, "open")
    assert talk(slide(bob, lists={"all": listing(limit=100)})["rooms"][room]) == ["open"]


def test_ignored_people(alice, bob, mallory):
    trap = mallory.create(bob)
    room = alice.room_with(bob, mallory)
    mallory.send(room, "spam")
    alice.send(room, "hello")
    bob.put("user", bob.user, "account_data", "m.ignored_user_list", body={"ignored_users": {mallory.user: {}}})
    answer = slide(bob)
    assert trap not in answer["rooms"] and answer["lists"]["all"]["count"] == 1 and talk(answer["rooms"][room]) == ["hello"]


# Waiting --------------------------------------------------------------------------------------------------------------

def test_a_call_waits_for_news(alice, bob):
    room = alice.room_with(bob)
    pos = slide(alice)["pos"]
    thread = threading.Timer(0.3, lambda: bob.send(room, "ding"))
    thread.start()
    begun = time.monotonic()
    answer = slide(alice, pos, timeout=20_000)
    thread.join()
    assert talk(answer["rooms"][room]) == ["ding"] and 0.2 < time.monotonic() - begun < 10


def test_a_wait_ends_with_an_empty_answer(alice):
    alice.create()
    pos = slide(alice)["pos"]
    answer = slide(alice, pos, timeout=300)
    assert answer["rooms"] == {} and answer["lists"]["all"]["count"] == 1 and answer["pos"]


def test_a_first_call_does_not_wait(alice):
    begun = time.monotonic()
    slide(alice, timeout=20_000)
    assert time.monotonic() - begun < 10


def test_signing_out_ends_a_wait(alice):
    tablet = alice.second_device()
    pos = slide(tablet)["pos"]
    thread = threading.Timer(0.3, lambda: alice.confirmed("DELETE", "devices", tablet.device))
    thread.start()
    with refused(401, "M_UNKNOWN_TOKEN"):
        slide(tablet, pos, timeout=20_000)
    thread.join()


# Extensions -----------------------------------------------------------------------------------------------------------

def test_account_data(alice):
    room = alice.create()
    alice.put("user", alice.user, "account_data", "org.example.a", body={"n": 1})
    alice.put("user", alice.user, "rooms", room, "account_data", "org.example.b", body={"n": 1})
    first = slide(alice, extensions=EXTENSIONS)
    told = first["extensions"]["account_data"]
    assert {"type": "org.example.a", "content": {"n": 1}} in told["global"]
    assert told["rooms"] == {room: [{"type": "org.example.b", "content": {"n": 1}}]}
    alice.put("user", alice.user, "account_data", "org.example.a", body={"n": 2})
    second = slide(alice, first["pos"], extensions=EXTENSIONS)
    assert second["extensions"]["account_data"] == {"global": [{"type": "org.example.a", "content": {"n": 2}}], "rooms": {}}
    assert slide(alice, second["pos"], extensions=EXTENSIONS)["extensions"] == {}


def test_receipts_and_typing(alice, bob):
    room = alice.room_with(bob)
    event = alice.send(room, "hello")
    first = slide(alice, extensions=EXTENSIONS)
    bob.post("rooms", room, "receipt", "m.read", event)
    second = slide(alice, first["pos"], extensions=EXTENSIONS)
    told = second["extensions"]["receipts"]["rooms"][room]
    assert told["type"] == "m.receipt" and bob.user in told["content"][event]["m.read"]
    bob.put("rooms", room, "typing", bob.user, body={"typing": True, "timeout": 20_000})
    third = slide(alice, second["pos"], extensions=EXTENSIONS)
    assert third["extensions"]["typing"]["rooms"][room] == {"type": "m.typing", "content": {"user_ids": [bob.user]}}
    bob.put("rooms", room, "typing", bob.user, body={"typing": False})
    fourth = slide(alice, third["pos"], extensions=EXTENSIONS)
    assert fourth["extensions"]["typing"]["rooms"][room]["content"] == {"user_ids": []}


def test_private_receipts_stay_private(alice, bob):
    room = alice.room_with(bob)
    event = alice.send(room, "hello")
    first = slide(alice, extensions=EXTENSIONS)
    bob.post("rooms", room, "receipt", "m.read.private", event)
    assert "receipts" not in slide(alice, first["pos"], extensions=EXTENSIONS)["extensions"]


def test_extensions_that_are_not_switched_on_say_nothing(alice):
    alice.create()
    alice.put("user", alice.user, "account_data", "org.example.a", body={})
    assert slide(alice, extensions={"account_data": {"enabled": False}, "receipts": {}})["extensions"] == {}


def test_presence_follows_the_calls(alice, bob):
    alice.room_with(bob)
    slide(alice, query={"set_presence": "unavailable"})
    assert bob.get("presence", alice.user, "status")["presence"] == "unavailable"


# Devices --------------------------------------------------------------------------------------------------------------

DEVICES = {"to_device": {"enabled": True}, "e2ee": {"enabled": True}}


def since(answer):
    return {**DEVICES, "to_device": {"enabled": True, "since": answer["extensions"]["to_device"]["next_batch"]}}


def test_messages_to_the_device(alice, bob):
    message = {"messages": {bob.user: {bob.device: {"n": 1}}}}
    alice.put("sendToDevice", "m.test", "t1", body=message)
    first = slide(bob, lists={}, extensions=DEVICES)
    told = first["extensions"]["to_device"]
    assert told["events"] == [{"type": "m.test", "sender": alice.user, "content": {"n": 1}}]
    second = slide(bob, first["pos"], lists={}, extensions=since(first))
    assert "to_device" not in second["extensions"] or second["extensions"]["to_device"]["events"] == []
    again = slide(bob, conn_id="anew", lists={}, extensions=DEVICES)
    assert again["extensions"]["to_device"]["events"] == []


def test_keys_left_and_keys_changed(alice, bob):
    alice.room_with(bob)
    first = slide(alice, lists={}, extensions=DEVICES)
    told = first["extensions"]["e2ee"]
    assert told["device_one_time_keys_count"] == {"signed_curve25519": 0} and told["device_unused_fallback_key_types"] == []
    assert "device_lists" not in told
    bob.room_with(alice)
    later = slide(alice, first["pos"], lists={}, extensions=since(first))
    assert "extensions" in later


@pytest.mark.parametrize("word", ["x", "-1", "1" * 30, "s1_2"])
def test_a_wrong_token_of_messages(alice, word):
    with refused(400, "M_INVALID_PARAM"):
        slide(alice, lists={}, extensions={"to_device": {"enabled": True, "since": word}})
