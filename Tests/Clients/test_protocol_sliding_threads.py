"""Threads in sliding sync: those that one follows (MSC4306, MSC4308)."""

import threading

import pytest

from conclave.errors import refusal, refused
from test_protocol_sliding_sync import slide
from test_protocol_threads import reply

FOLLOWED = "io.element.msc4308.thread_subscriptions"
CHANGES = "/_matrix/client/unstable/io.element.msc4308/thread_subscriptions"
CONFLICT = "IO.ELEMENT.MSC4306.M_CONFLICTING_UNSUBSCRIPTION"
UNKNOWN = "$" + "A" * 43
NOT_IN_THREAD = "IO.ELEMENT.MSC4306.M_NOT_IN_THREAD"


def place(room, root):
    return "/_matrix/client/unstable/io.element.msc4306/rooms", room, "thread", root, "subscription"


def follow(client, room, root, **body):
    return client.put(*place(room, root), body=body)


def forsake(client, room, root):
    return client.delete(*place(room, root))


def followed(client, pos=None, limit=100, timeout=0):
    """The position after one call, and what its extension tells."""
    answer = slide(client, pos, timeout, lists={}, extensions={FOLLOWED: {"enabled": True, "limit": limit}})
    return answer["pos"], answer["extensions"].get(FOLLOWED, {})


def flat(part):
    """What a part tells, as a list of (room, root, what was said)."""
    return [(room, root, word.get("automatic")) for section in ("subscribed", "unsubscribed")
            for room, threads in part.get(section, {}).items() for root, word in threads.items()]


@pytest.fixture
def room(alice, bob):
    return alice.room_with(bob, preset="public_chat")


# Following a thread ---------------------------------------------------------------------------------------------------

def test_it_is_announced(alice):
    features = alice.get("/_matrix/client/versions")["unstable_features"]
    assert features["org.matrix.msc4306"] is True and features["org.matrix.msc4308"] is True


def test_following_and_forsaking(alice, bob, room):
    root = alice.send(room)
    assert refusal(alice, "GET", *place(room, root)) == (404, "M_NOT_FOUND")
    assert follow(alice, room, root) == {}
    assert alice.get(*place(room, root)) == {"automatic": False}
    assert refusal(bob, "GET", *place(room, root)) == (404, "M_NOT_FOUND")
    assert forsake(alice, room, root) == {} and forsake(alice, room, root) == {}
    assert refusal(alice, "GET", *place(room, root)) == (404, "M_NOT_FOUND")


def test_a_client_follows_by_itself_until_its_owner_says_otherwise(alice, bob, room):
    root = alice.send(room)
    first = reply(bob, room, root)
    follow(alice, room, root, automatic=first)
    assert alice.get(*place(room, root)) == {"automatic": True}
    follow(alice, room, root)
    follow(alice, room, root, automatic=first)
    assert alice.get(*place(room, root)) == {"automatic": False}
    forsake(alice, room, root)
    with refused(409, CONFLICT):
        follow(alice, room, root, automatic=first)
    follow(alice, room, root, automatic=reply(bob, room, root))
    assert alice.get(*place(room, root)) == {"automatic": True}


def test_the_reason_lies_in_the_thread(alice, bob, room):
    root, other = alice.send(room), alice.send(room)
    for cause in (other, root, reply(bob, room, other)):
        with refused(400, NOT_IN_THREAD):
            follow(alice, room, root, automatic=cause)
    with refused(404, "M_NOT_FOUND"):
        follow(alice, room, root, automatic=UNKNOWN)


@pytest.mark.parametrize("body, errcode", [
    ({"automatic": True}, "M_BAD_JSON"), ({"automatic": 1}, "M_BAD_JSON"), ({"automatic": "no event"}, "M_INVALID_PARAM"),
    ({"automatic": "$" + "x" * 300}, "M_INVALID_PARAM"), ([], "M_BAD_JSON"),
])
def test_malformed_reasons(alice, room, body, errcode):
    root = alice.send(room)
    with refused(400, errcode):
        alice.put(*place(room, root), body=body)
    with refused(400, "M_NOT_JSON"):
        alice.put(*place(room, root), raw=b"{")


def test_threads_out_of_sight(alice, bob, carol, mallory, room):
    root, closed = alice.send(room), alice.room_with(bob, preset="private_chat")
    secret = alice.send(closed)
    for client, where, which in ((alice, room, UNKNOWN), (mallory, closed, secret), (alice, room, secret),
                                 (alice, "!nowhere:localhost", root)):
        for method in ("GET", "DELETE", "PUT"):
            body = {"body": {}} if method == "PUT" else {}
            assert refusal(client, method, *place(where, which), **body) == (404, "M_NOT_FOUND")
    for where, which in ((room, "no event"), ("no room", root)):
        assert refusal(alice, "GET", *place(where, which)) == (400, "M_INVALID_PARAM")
    stranger = alice.another()
    assert refusal(stranger, "GET", *place(room, root)) == (401, "M_MISSING_TOKEN")


def test_history_visibility_hides_threads(alice, bob, carol):
    room = alice.create(preset="public_chat")
    alice.set_state(room, "m.room.history_visibility", {"history_visibility": "joined"})
    root = alice.send(room)
    carol.join(room)
    assert refusal(carol, "PUT", *place(room, root), body={}) == (404, "M_NOT_FOUND")
    later = alice.send(room)
    assert follow(carol, room, later) == {}


def test_reasons_of_ignored_people_are_none(alice, bob, room):
    root = alice.send(room)
    cause = reply(bob, room, root)
    alice.put("user", alice.user, "account_data", "m.ignored_user_list", body={"ignored_users": {bob.user: {}}})
    with refused(404, "M_NOT_FOUND"):
        follow(alice, room, root, automatic=cause)


# In sliding sync ------------------------------------------------------------------------------------------------------

def test_changes_are_told_once(alice, bob, room):
    root, other = alice.send(room), alice.send(room)
    pos, told = followed(alice)
    assert told == {}
    follow(alice, room, root)
    follow(alice, room, other, automatic=reply(bob, room, other))
    pos, told = followed(alice, pos)
    assert sorted(flat(told)) == sorted([(room, root, False), (room, other, True)]) and "prev_batch" not in told
    stamps = told["subscribed"][room]
    assert 0 < stamps[root]["bump_stamp"] < stamps[other]["bump_stamp"]
    pos, told = followed(alice, pos)
    assert told == {}
    forsake(alice, room, root)
    pos, told = followed(alice, pos)
    assert "subscribed" not in told and list(told["unsubscribed"][room]) == [root]
    assert told["unsubscribed"][room][root]["bump_stamp"] > stamps[other]["bump_stamp"]
    _, told = followed(bob)
    assert told == {}


def test_another_device_is_woken(alice, room):
    root, phone = alice.send(room), alice.second_device()
    pos, _ = followed(phone)
    found = []
    waiting = threading.Thread(target=lambda: found.append(followed(phone, pos, timeout=30_000)[1]))
    waiting.start()
    follow(alice, room, root)
    waiting.join(20)
    assert flat(found[0]) == [(room, root, False)]


def test_pages_to_the_end_are_everything(alice, room):
    first, _ = followed(alice)
    roots = [alice.send(room, str(number)) for number in range(7)]
    for root in roots:
        follow(alice, room, root)
    forsake(alice, room, roots[0])
    pos, told = followed(alice, first, limit=2)
    everything = flat(told)
    assert [word[1] for word in everything] == [roots[6], roots[0]]
    token, pages = told["prev_batch"], 0
    while token:
        page = alice.get(CHANGES, dir="b", limit=2, **{"from": token}, to=first)
        everything += flat(page)
        token, pages = page.get("end"), pages + 1
    assert pages == 3 and sorted(word[1] for word in everything) == sorted(roots)
    assert flat(alice.get(CHANGES, dir="b", to=pos)) == []
    assert len(flat(alice.get(CHANGES, dir="b"))) == 7


def test_a_new_connection_hears_of_everything(alice, room):
    root, gone = alice.send(room), alice.send(room)
    follow(alice, room, root)
    follow(alice, room, gone)
    forsake(alice, room, gone)
    _, told = followed(alice)
    assert list(told["subscribed"][room]) == [root] and list(told["unsubscribed"][room]) == [gone]


def test_a_forgotten_room_is_not_told_of(alice, bob, room):
    root = alice.send(room)
    follow(bob, room, root)
    bob.leave(room)
    bob.post("rooms", room, "forget")
    assert followed(bob)[1] == {} and flat(bob.get(CHANGES, dir="b")) == []
    assert refusal(bob, "GET", *place(room, root)) == (404, "M_NOT_FOUND")


def test_a_redacted_root_stays_followed(alice, bob, room):
    root = alice.send(room)
    follow(bob, room, root)
    alice.redact(room, root)
    assert bob.get(*place(room, root)) == {"automatic": False} and flat(followed(bob)[1]) == [(room, root, False)]


def test_a_restart_loses_nothing(fresh):
    alice = fresh.user("alice")
    room = alice.create()
    roots = [alice.send(room, str(number)) for number in range(3)]
    for root in roots:
        follow(alice, room, root)
    pos, told = followed(alice, limit=1)
    fresh.stop()
    fresh.start()
    alice.http = fresh.http
    with refused(400, "M_UNKNOWN_POS"):
        followed(alice, pos)
    rest = alice.get(CHANGES, dir="b", **{"from": told["prev_batch"]})
    assert sorted(root for _, root, _ in flat(told) + flat(rest)) == sorted(roots)
    assert len(flat(followed(alice)[1])) == 3


@pytest.mark.parametrize("part", [{"enabled": True, "limit": 0}, {"enabled": True, "limit": -1}])
def test_limits_are_above_zero(alice, part):
    with refused(400, "M_INVALID_PARAM"):
        slide(alice, extensions={FOLLOWED: part})


@pytest.mark.parametrize("part", [True, {"enabled": 1}, {"enabled": True, "limit": "many"}])
def test_malformed_wishes(alice, part):
    with refused(400, "M_BAD_JSON"):
        slide(alice, extensions={FOLLOWED: part})


def test_what_is_not_switched_on_tells_nothing(alice, room):
    follow(alice, room, alice.send(room))
    assert slide(alice, extensions={FOLLOWED: {"limit": 5}})["extensions"] == {}


@pytest.mark.parametrize("query, errcode", [
    ({}, "M_MISSING_PARAM"), ({"dir": "f"}, "M_INVALID_PARAM"), ({"dir": "x"}, "M_INVALID_PARAM"),
    ({"dir": "b", "limit": 0}, "M_INVALID_PARAM"), ({"dir": "b", "limit": -3}, "M_INVALID_PARAM"),
    ({"dir": "b", "limit": "x"}, "M_INVALID_PARAM"), ({"dir": "b", "from": "x"}, "M_INVALID_PARAM"),
    ({"dir": "b", "to": "t-1"}, "M_INVALID_PARAM"), ({"dir": "b", "from": "t" + "9" * 30}, "M_INVALID_PARAM"),
])
def test_malformed_pages(alice, query, errcode):
    with refused(400, errcode):
        alice.get(CHANGES, **query)
