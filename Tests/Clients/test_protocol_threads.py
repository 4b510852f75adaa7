"""Threads: their bundles, their list, and what may not begin one."""

import pytest

from conclave.client import unique
from conclave.errors import refusal
from conclave.sections import ids
from test_protocol_relations import V1, bundle, edit, relate


def threads(client, room, **query):
    return client.get(V1, room, "threads", **query)


def reply(client, room, root, text="in the thread"):
    return relate(client, room, root, "m.thread", text)


@pytest.fixture
def room(alice, bob):
    return alice.room_with(bob, preset="public_chat")


def test_a_thread_is_summarised(alice, bob, carol, room):
    carol.join(room)
    root = alice.send(room, "root")
    reply(bob, room, root)
    latest = reply(bob, room, root, "latest")
    for reader, participated in ((alice, True), (bob, True), (carol, False)):
        found = bundle(reader, room, root)["m.thread"]
        assert found["count"] == 2 and found["current_user_participated"] is participated
        assert found["latest_event"]["event_id"] == latest and found["latest_event"]["content"]["body"] == "latest"


def test_the_latest_event_carries_its_own_edit(alice, bob, room):
    root = alice.send(room, "root")
    latest = reply(bob, room, root)
    edited = edit(bob, room, latest)
    found = bundle(alice, room, root)["m.thread"]["latest_event"]
    assert found["event_id"] == latest and found["unsigned"]["m.relations"]["m.replace"]["event_id"] == edited


def test_a_redacted_reply_leaves_the_thread_and_the_last_one_ends_it(alice, bob, room):
    root = alice.send(room, "root")
    first, second = reply(bob, room, root), reply(bob, room, root)
    bob.redact(room, second)
    found = bundle(alice, room, root)["m.thread"]
    assert found["count"] == 1 and found["latest_event"]["event_id"] == first
    bob.redact(room, first)
    assert bundle(alice, room, root) == {} and threads(alice, room)["chunk"] == []


def test_a_redacted_root_keeps_its_thread(alice, bob, room):
    root = alice.send(room, "root")
    reply(bob, room, root)
    alice.redact(room, root)
    assert bundle(bob, room, root)["m.thread"]["count"] == 1


@pytest.mark.parametrize("kind", ["m.thread", "m.reference", "org.example.kind"])
def test_no_thread_begins_at_a_related_event(alice, room, kind):
    related = relate(alice, room, alice.send(room), kind)
    body = {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.thread", "event_id": related}}
    assert refusal(alice, "PUT", "rooms", room, "send", "m.room.message", unique("t"), body=body) == (400, "M_UNKNOWN")


def test_a_thread_begins_at_a_reply(alice, bob, room):
    first = alice.send(room)
    root = bob.send(room, content={"msgtype": "m.text", "body": "re", "m.relates_to": {"m.in_reply_to": {"event_id": first}}})
    reply(alice, room, root)
    assert bundle(alice, room, root)["m.thread"]["count"] == 1


# The list -------------------------------------------------------------------------------------------------------------

def test_threads_are_ordered_by_their_latest_event(alice, bob, room):
    one, two, three = (alice.send(room, text) for text in ("one", "two", "three"))
    for root in (one, two, three, one):
        reply(bob, room, root)
    found = threads(alice, room)
    assert ids(found["chunk"]) == [one, three, two] and "next_batch" not in found
    assert [e["unsigned"]["m.relations"]["m.thread"]["count"] for e in found["chunk"]] == [2, 1, 1]


def test_participated_leaves_out_what_others_talk_about(alice, bob, carol, room):
    carol.join(room)
    mine, theirs, joined = alice.send(room, "mine"), bob.send(room, "theirs"), bob.send(room, "joined")
    reply(bob, room, mine)
    reply(carol, room, theirs)
    reply(alice, room, joined)
    assert ids(threads(alice, room, include="participated")["chunk"]) == [joined, mine]
    assert ids(threads(carol, room, include="participated")["chunk"]) == [theirs]
    assert ids(threads(alice, room, include="all")["chunk"]) == [joined, theirs, mine]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_have_every_thread_once(alice, bob, room, limit):
    roots = [alice.send(room, f"{n}") for n in range(5)]
    for root in roots:
        reply(bob, room, root)
    found, token = [], None
    for _ in range(10):
        page = threads(alice, room, limit=limit, **({"from": token} if token else {}))
        found += ids(page["chunk"])
        token = page.get("next_batch")
        if token is None:
            break
    assert found == roots[::-1]


def test_what_is_wrong_is_refused(alice, mallory, nobody):
    room = alice.create()
    for query in ({"include": "some"}, {"limit": 0}, {"limit": "x"}, {"from": "nonsense"}):
        assert refusal(alice, "GET", V1, room, "threads", **query) == (400, "M_INVALID_PARAM")
    assert refusal(mallory, "GET", V1, room, "threads") == (403, "M_FORBIDDEN")
    assert refusal(alice, "GET", V1, "!" + "a" * 43, "threads") == (403, "M_FORBIDDEN")
    assert refusal(nobody, "GET", V1, room, "threads") == (401, "M_MISSING_TOKEN")


def test_the_root_of_somebody_ignored_comes_redacted(alice, bob, mallory, room):
    mallory.join(room)
    root = mallory.send(room, "spam")
    reply(bob, room, root)
    alice.put("user", alice.user, "account_data", "m.ignored_user_list", body={"ignored_users": {mallory.user: {}}})
    found = threads(alice, room)["chunk"]
    assert ids(found) == [root] and found[0]["content"] == {}
    assert found[0]["unsigned"]["m.relations"]["m.thread"]["count"] == 1
    assert threads(bob, room)["chunk"][0]["content"]["body"] == "spam"


def test_threads_hidden_by_history_are_not_listed(alice, bob):
    room = alice.create(preset="public_chat", initial_state=[
        {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}}])
    hidden = alice.send(room, "hidden")
    reply(alice, room, hidden)
    bob.join(room)
    reply(alice, room, hidden)
    seen = alice.send(room, "seen")
    reply(alice, room, seen)
    assert ids(threads(bob, room)["chunk"]) == [seen]
    assert ids(threads(alice, room)["chunk"]) == [seen, hidden]
