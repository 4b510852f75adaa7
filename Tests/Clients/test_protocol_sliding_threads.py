"""Threads in sliding sync: those that one follows (MSC4306, MSC4308), and those in which something was said (MSC4360)."""

import threading

import pytest

from conclave.errors import refusal, refused
from test_protocol_relations import V1, edit
from test_protocol_sliding_sync import slide
from test_protocol_threads import reply

FOLLOWED = "io.element.msc4308.thread_subscriptions"
CHANGES = "/_matrix/client/unstable/io.element.msc4308/thread_subscriptions"
NEWS = "io.element.msc4360.threads"
UPDATES = "/_matrix/client/unstable/io.element.msc4360/thread_updates"
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


# Threads in which something was said ----------------------------------------------------------------------------------

def news(client, pos=None, limit=100, timeline=0, roots=False, wait=0, lists=True):
    """The position after one call, and what its extension tells."""
    lists = {"all": {"ranges": [[0, 9]], "timeline_limit": timeline, "required_state": []}} if lists else {}
    part = {"enabled": True, "limit": limit, "include_roots": roots}
    answer = slide(client, pos, wait, lists=lists, extensions={NEWS: part})
    return answer["pos"], answer["extensions"].get(NEWS, {})


def named(part, section="updates"):
    return [(room, root) for room, threads in part.get(section, {}).items() for root in threads]


def ignore(client, other):
    client.put("user", client.user, "account_data", "m.ignored_user_list", body={"ignored_users": {other.user: {}}})


def test_news_are_announced(alice):
    assert alice.get("/_matrix/client/versions")["unstable_features"]["org.matrix.msc4360"] is True


def test_a_thread_is_named_once(alice, bob, room):
    root = alice.send(room)
    pos, told = news(alice)
    assert told == {}
    reply(bob, room, root)
    lost, told = news(alice, pos)
    assert told == {"updates": {room: {root: {}}}}
    pos, told = news(alice, pos)
    assert told == {"updates": {room: {root: {}}}}, "an answer that was lost is given again"
    assert news(alice, pos)[1] == {}


def test_what_else_was_missed_is_found_in_the_thread(alice, bob, room):
    root = alice.send(room)
    old = reply(bob, room, root)
    pos, _ = news(alice)
    missed = [reply(bob, room, root, str(number)) for number in range(3)]
    _, told = news(alice, pos)
    token = told["updates"][room][root]["prev_batch"]
    page = alice.get(V1, room, "relations", root, "m.thread", dir="b", **{"from": token}, to=pos)
    assert [event["event_id"] for event in page["chunk"]] == missed[1::-1]
    page = alice.get(V1, room, "relations", root, "m.thread", dir="b", **{"from": token})
    assert [event["event_id"] for event in page["chunk"]] == [*missed[1::-1], old]


def test_what_the_timeline_tells_is_not_named(alice, bob, room):
    root = alice.send(room)
    pos, _ = news(alice, timeline=2)
    reply(bob, room, root)
    pos, told = news(alice, pos, timeline=2)
    assert told == {}
    first = reply(bob, room, root)
    alice.send(room), alice.send(room)
    pos, told = news(alice, pos, timeline=2)
    assert told == {"updates": {room: {root: {}}}} and first
    reply(bob, room, root), reply(bob, room, root)
    assert news(alice, pos, timeline=2)[1] == {}


def test_roots_come_when_they_are_wanted(alice, bob, room):
    root = alice.send(room, "root")
    pos, _ = news(alice, timeline=10)
    changed, latest = edit(alice, room, root), reply(bob, room, root, "latest")
    pos, told = news(alice, pos, timeline=10, roots=True)
    event = told["updates"][room][root]["thread_root"]
    assert event["event_id"] == root and "room_id" not in event
    relations = event["unsigned"]["m.relations"]
    assert relations["m.thread"]["latest_event"]["event_id"] == latest
    assert relations["m.thread"]["count"] == 1 and relations["m.replace"]["event_id"] == changed
    assert news(alice, pos, timeline=10, roots=True)[1] == {}


def test_news_wake_also_where_no_list_reaches(alice, bob, room):
    root = alice.send(room)
    pos, _ = news(alice, lists=False)
    found = []
    waiting = threading.Thread(target=lambda: found.append(news(alice, pos, lists=False, wait=30_000)[1]))
    waiting.start()
    reply(bob, room, root)
    waiting.join(20)
    assert named(found[0]) == [(room, root)]


def test_pages_of_threads_to_the_end_are_everything(alice, bob, room):
    other = alice.room_with(bob, preset="public_chat")
    pos, _ = news(alice)
    roots = [(where, alice.send(where, str(number))) for number in range(4) for where in (room, other)]
    for where, root in roots:
        reply(bob, where, root)
    reply(bob, *roots[0])
    _, told = news(alice, pos, limit=3)
    everything, token, pages = named(told), told["prev_batch"], 0
    assert set(everything) == {roots[0], roots[6], roots[7]}
    while token:
        # Somebody goes on talking: that is the next sync's affair and takes no thread out of the pages.
        reply(bob, *roots[1])
        page = alice.get(UPDATES, dir="b", limit=2, **{"from": token}, to=pos)
        for where, root in named(page, "chunk"):
            event = page["chunk"][where][root]["thread_root"]
            assert event["event_id"] == root and event["room_id"] == where
        everything += named(page, "chunk")
        token, pages = page.get("next_batch"), pages + 1
    assert pages == 3 and sorted(everything) == sorted(roots)
    page = alice.get(UPDATES, dir="b")
    assert sorted(named(page, "chunk")) == sorted(roots) and "next_batch" not in page
    assert "prev_batch" in page["chunk"][room][roots[0][1]]


def test_tokens_outlive_a_restart(fresh):
    alice = fresh.user("alice")
    room = alice.create()
    roots = [alice.send(room, str(number)) for number in range(3)]
    for root in roots:
        reply(alice, room, root)
    pos, told = news(alice, limit=1)
    fresh.stop()
    fresh.start()
    alice.http = fresh.http
    rest = alice.get(UPDATES, dir="b", **{"from": told["prev_batch"]})
    assert sorted(root for _, root in named(told) + named(rest, "chunk")) == sorted(roots)
    assert len(named(news(alice)[1])) == 3
    assert named(alice.get(UPDATES, dir="b", to=pos), "chunk") == []


def test_threads_of_others_are_not_named(alice, bob, mallory, room):
    root = alice.send(room)
    pos, _ = news(mallory)
    reply(bob, room, root)
    assert news(mallory, pos)[1] == {} and news(mallory)[1] == {}
    assert alice.another().response("GET", UPDATES, dir="b").status_code == 401
    assert mallory.get(UPDATES, dir="b") == {"chunk": {}}


def test_threads_of_left_rooms_are_not_named(alice, bob, room):
    root = alice.send(room)
    pos, _ = news(bob)
    reply(alice, room, root)
    bob.leave(room)
    reply(alice, room, root)
    assert news(bob, pos)[1] == {} and bob.get(UPDATES, dir="b") == {"chunk": {}}
    bob.join(room)
    assert named(bob.get(UPDATES, dir="b"), "chunk") == [(room, root)]


def test_news_out_of_sight_are_not_named(alice, bob, carol):
    room = alice.room_with(bob, preset="public_chat")
    alice.set_state(room, "m.room.history_visibility", {"history_visibility": "joined"})
    hidden = alice.send(room)
    reply(bob, room, hidden)
    carol.join(room)
    reply(bob, room, hidden)
    seen = alice.send(room)
    first = reply(bob, room, seen)
    assert named(news(carol)[1]) == [(room, seen)]
    assert named(carol.get(UPDATES, dir="b"), "chunk") == [(room, seen)]
    carol.leave(room)
    reply(bob, room, seen)
    carol.join(room)
    page = carol.get(UPDATES, dir="b")["chunk"][room]
    assert list(page) == [seen] and "prev_batch" not in page[seen]
    bundle = page[seen]["thread_root"]["unsigned"]["m.relations"]["m.thread"]
    assert bundle["count"] == 1 and bundle["latest_event"]["event_id"] == first


def test_news_of_ignored_people_are_none(alice, bob, carol, room):
    carol.join(room)
    root, theirs = alice.send(room), bob.send(room, "of bob")
    ignore(alice, bob)
    pos, _ = news(alice)
    reply(bob, room, root)
    assert news(alice, pos)[1] == {}
    reply(carol, room, theirs)
    _, told = news(alice, pos, roots=True)
    assert named(told) == [(room, theirs)] and told["updates"][room][theirs]["thread_root"]["content"] == {}
    assert "prev_batch" not in told["updates"][room][theirs]


def test_redacted_replies_are_no_news_and_redacted_roots_keep_theirs(alice, bob, room):
    root, other = alice.send(room), alice.send(room)
    pos, _ = news(alice)
    bob.redact(room, reply(bob, room, root))
    reply(bob, room, other)
    alice.redact(room, other)
    _, told = news(alice, pos, roots=True)
    assert named(told) == [(room, other)]
    event = told["updates"][room][other]["thread_root"]
    assert event["content"] == {} and event["unsigned"]["m.relations"]["m.thread"]["count"] == 1


@pytest.mark.parametrize("part, errcode", [
    ({"enabled": True, "limit": 0}, "M_INVALID_PARAM"), ({"enabled": True, "limit": -1}, "M_INVALID_PARAM"),
    ({"enabled": True, "limit": "x"}, "M_BAD_JSON"), ({"enabled": True, "include_roots": 1}, "M_BAD_JSON"),
    ({"enabled": "x"}, "M_BAD_JSON"), ([], "M_BAD_JSON"),
])
def test_malformed_wishes_for_news(alice, part, errcode):
    with refused(400, errcode):
        slide(alice, extensions={NEWS: part})


@pytest.mark.parametrize("query, errcode", [
    ({}, "M_MISSING_PARAM"), ({"dir": "f"}, "M_INVALID_PARAM"), ({"dir": "b", "limit": 0}, "M_INVALID_PARAM"),
    ({"dir": "b", "limit": "x"}, "M_INVALID_PARAM"), ({"dir": "b", "from": "t5"}, "M_INVALID_PARAM"),
    ({"dir": "b", "from": "u5"}, "M_INVALID_PARAM"), ({"dir": "b", "from": "u1_-1"}, "M_INVALID_PARAM"),
    ({"dir": "b", "to": "u1_2"}, "M_INVALID_PARAM"), ({"dir": "b", "from": "u1_" + "9" * 40}, "M_INVALID_PARAM"),
])
def test_malformed_pages_of_news(alice, query, errcode):
    with refused(400, errcode):
        alice.get(UPDATES, **query)


def test_pages_from_the_future_are_those_of_now(alice, bob, room):
    root = alice.send(room)
    reply(bob, room, root)
    largest = 2**63 - 1
    assert named(alice.get(UPDATES, dir="b", **{"from": f"u{largest}_{largest}"}), "chunk") == [(room, root)]
    assert alice.get(UPDATES, dir="b", to=f"t{largest}") == {"chunk": {}}
