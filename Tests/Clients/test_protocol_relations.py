"""What relates to what: the relations API, and what servers bundle with events."""

import pytest

from conclave.client import unique
from conclave.errors import refusal
from conclave.sections import ids, timeline

V1 = "/_matrix/client/v1/rooms"


def relate(client, room, parent, kind, text="child", type="m.room.message", **more):
    content = {"msgtype": "m.text", "body": text, "m.relates_to": {"rel_type": kind, "event_id": parent, **more.pop("relation", {})}}
    return client.send(room, type=type, content={**content, **more})


def edit(client, room, parent, text="new", **more):
    return relate(client, room, parent, "m.replace", f"* {text}", **{"m.new_content": {"msgtype": "m.text", "body": text}, **more})


def react(client, room, parent, key="👍"):
    return client.send(room, type="m.reaction", content={"m.relates_to": {"rel_type": "m.annotation", "event_id": parent, "key": key}})


def relations(client, room, parent, *parts, **query):
    return client.get(V1, room, "relations", parent, *parts, **query)


def bundle(client, room, event):
    """The same from `/event`, `/messages` and `/context`."""
    alone = client.event(room, event).get("unsigned", {}).get("m.relations")
    listed = {e["event_id"]: e for e in client.messages(room)["chunk"]}.get(event, {}).get("unsigned", {}).get("m.relations")
    around = client.get("rooms", room, "context", event)["event"].get("unsigned", {}).get("m.relations")
    assert bare(alone) == bare(listed) == bare(around)
    return alone or {}


def bare(value):
    """Without ages."""
    if isinstance(value, dict):
        return {key: bare(part) for key, part in value.items() if key != "age"}
    return [bare(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def room(alice, bob):
    return alice.room_with(bob, preset="public_chat")


# The relations API ----------------------------------------------------------------------------------------------------

def test_children_come_newest_first_and_forwards_oldest_first(alice, bob, room):
    root = alice.send(room, "root")
    children = [relate(bob, room, root, "m.thread", f"{n}") for n in range(4)]
    assert ids(relations(alice, room, root)["chunk"]) == children[::-1]
    assert ids(relations(alice, room, root, dir="f")["chunk"]) == children
    assert "recursion_depth" not in relations(alice, room, root)


def test_kind_and_type_choose(alice, bob, room):
    root = alice.send(room, "root")
    thread, reaction, reference = relate(bob, room, root, "m.thread"), react(bob, room, root), relate(bob, room, root, "m.reference")
    other = relate(bob, room, root, "org.example.kind", type="org.example.type")
    assert ids(relations(alice, room, root)["chunk"]) == [other, reference, reaction, thread]
    assert ids(relations(alice, room, root, "m.thread")["chunk"]) == [thread]
    assert ids(relations(alice, room, root, "m.annotation", "m.reaction")["chunk"]) == [reaction]
    assert ids(relations(alice, room, root, "m.annotation", "m.room.message")["chunk"]) == []
    assert ids(relations(alice, room, root, "org.example.kind", "org.example.type")["chunk"]) == [other]
    assert ids(relations(alice, room, root, "org.example.other")["chunk"]) == []


@pytest.mark.parametrize("dir", ["b", "f"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_have_every_child_once(alice, bob, room, dir, limit):
    root = alice.send(room, "root")
    children = [relate(bob, room, root, "m.thread", f"{n}") for n in range(5)]
    found, token = [], None
    for _ in range(10):
        page = relations(alice, room, root, dir=dir, limit=limit, **({"from": token} if token else {}))
        assert ("prev_batch" in page) == (token is not None)
        found += ids(page["chunk"])
        token = page.get("next_batch")
        if token is None:
            break
    assert found == (children[::-1] if dir == "b" else children)


def test_tokens_of_sync_and_messages_bound_the_page(alice, bob, room):
    root = alice.send(room, "root")
    first = relate(bob, room, root, "m.thread", "1")
    middle = alice.sync()["next_batch"]
    second = relate(bob, room, root, "m.thread", "2")
    assert ids(relations(alice, room, root, **{"from": middle})["chunk"]) == [first]
    assert ids(relations(alice, room, root, to=middle)["chunk"]) == [second]
    assert ids(relations(alice, room, root, dir="f", **{"from": middle})["chunk"]) == [second]
    start = alice.messages(room, limit=1)["start"]
    assert ids(relations(alice, room, root, **{"from": start})["chunk"]) == [second, first]


def test_recursion_follows_three_steps_through_what_matches(alice, bob, room):
    root = alice.send(room, "root")
    child = relate(bob, room, root, "m.thread")
    reaction = react(alice, room, child)
    deep = relate(bob, room, reaction, "m.reference")
    deeper = relate(bob, room, deep, "m.reference")
    page = relations(alice, room, root, recurse=True)
    assert ids(page["chunk"]) == [deep, reaction, child] and page["recursion_depth"] >= 3
    assert deeper not in ids(page["chunk"])
    assert ids(relations(alice, room, root, recurse=False)["chunk"]) == [child]
    assert ids(relations(alice, room, root, "m.thread", recurse=True)["chunk"]) == [child]
    assert ids(relations(alice, room, root, "m.annotation", recurse=True)["chunk"]) == []


def test_what_is_wrong_is_refused(alice, mallory, nobody, room):
    root = alice.send(room, "root")
    unknown = "$" + "a" * 43
    for query in ({"dir": "x"}, {"limit": "x"}, {"limit": 0}, {"limit": -1}, {"from": "x"}, {"to": "y"}, {"recurse": "maybe"}):
        assert refusal(alice, "GET", V1, room, "relations", root, **query) == (400, "M_INVALID_PARAM")
    assert refusal(alice, "GET", V1, room, "relations", unknown) == (404, "M_NOT_FOUND")
    assert refusal(alice, "GET", V1, room, "relations", "nonsense")[0] == 400
    assert refusal(mallory, "GET", V1, room, "relations", root) == (404, "M_NOT_FOUND")
    assert refusal(alice, "GET", V1, "!" + "b" * 43, "relations", root) == (404, "M_NOT_FOUND")
    assert refusal(nobody, "GET", V1, room, "relations", root) == (401, "M_MISSING_TOKEN")


def test_children_in_another_room_and_of_unknown_events_do_not_count(alice, room):
    root = alice.send(room, "root")
    other = alice.create()
    relate(alice, other, root, "m.thread")
    relate(alice, room, "$" + "c" * 43, "m.reference")
    assert relations(alice, room, root)["chunk"] == [] and bundle(alice, room, root) == {}


@pytest.mark.parametrize("relation", [
    None, 7, "x", [], {}, {"rel_type": "m.thread"}, {"event_id": "$x"}, {"rel_type": 7, "event_id": "$x"},
    {"rel_type": "m.thread", "event_id": 7}, {"rel_type": "", "event_id": "$x"}, {"rel_type": "m.thread", "event_id": "no ID"},
])
def test_a_relation_that_is_none_is_sent_all_the_same(alice, room, relation):
    event = alice.send(room, content={"msgtype": "m.text", "body": "x", "m.relates_to": relation})
    assert alice.event(room, event)["content"]["m.relates_to"] == relation


def test_a_reply_is_no_relation_of_this_kind(alice, bob, room):
    root = alice.send(room, "root")
    bob.send(room, content={"msgtype": "m.text", "body": "re", "m.relates_to": {"m.in_reply_to": {"event_id": root}}})
    assert relations(alice, room, root)["chunk"] == []


# Edits ----------------------------------------------------------------------------------------------------------------

def test_the_latest_edit_is_bundled_and_the_content_stays(alice, bob, room):
    event = alice.send(room, "old")
    edit(alice, room, event, "newer")
    latest = edit(alice, room, event, "newest")
    for reader in (alice, bob):
        found = bundle(reader, room, event)["m.replace"]
        assert found["event_id"] == latest and found["sender"] == alice.user and found["type"] == "m.room.message"
        assert found["content"]["m.new_content"]["body"] == "newest" and found["room_id"] == room
        assert reader.event(room, event)["content"]["body"] == "old"


def test_edits_that_break_the_rules_are_not_bundled(alice, bob, room):
    event = alice.send(room, "mine")
    good = edit(alice, room, event, "good")
    edit(bob, room, event, "not yours")
    relate(alice, room, event, "m.replace", "nothing new")
    edit(alice, room, event, "another type", type="org.example.message")
    edit(alice, room, good, "an edit of an edit")
    assert bundle(alice, room, event)["m.replace"]["event_id"] == good
    assert "m.replace" not in bundle(alice, room, good)


def test_state_is_not_edited(alice, room):
    state = alice.set_state(room, "org.example.state", {"a": 1})
    edit(alice, room, state, type="org.example.state")
    assert "m.relations" not in alice.event(room, state).get("unsigned", {})


def test_an_encrypted_edit_needs_no_new_content(alice, room):
    content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}
    event = alice.send(room, type="m.room.encrypted", content=content)
    latest = alice.send(room, type="m.room.encrypted", content={**content, "m.relates_to": {"rel_type": "m.replace", "event_id": event}})
    assert bundle(alice, room, event)["m.replace"]["event_id"] == latest


def test_a_redacted_edit_leaves_the_one_before_and_a_redacted_event_none(alice, room):
    event = alice.send(room, "old")
    first, second = edit(alice, room, event, "1"), edit(alice, room, event, "2")
    alice.redact(room, second)
    assert bundle(alice, room, event)["m.replace"]["event_id"] == first
    assert second not in ids(relations(alice, room, event)["chunk"])
    alice.redact(room, event)
    assert "m.replace" not in bundle(alice, room, event)


# Annotations ----------------------------------------------------------------------------------------------------------

def test_annotations_are_not_bundled(alice, bob, room):
    event = alice.send(room)
    reaction = react(bob, room, event)
    assert bundle(alice, room, event) == {}
    assert ids(relations(alice, room, event, "m.annotation")["chunk"]) == [reaction]


def test_the_same_annotation_twice_is_refused_until_the_first_is_redacted(alice, bob, room):
    event = alice.send(room)
    reaction = react(bob, room, event)
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "👍"}}
    path = ("rooms", room, "send", "m.reaction")
    assert refusal(bob, "PUT", *path, unique("t"), body=content) == (400, "M_DUPLICATE_ANNOTATION")
    react(bob, room, event, "🎉")
    react(alice, room, event)
    bob.send(room, type="org.example.reaction", content=content)
    bob.redact(room, reaction)
    react(bob, room, event)
    assert refusal(bob, "PUT", *path, unique("t"), body=content) == (400, "M_DUPLICATE_ANNOTATION")


def test_repeating_a_transaction_is_no_second_annotation(alice, bob, room):
    event = alice.send(room)
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "👍"}}
    assert bob.send(room, type="m.reaction", txn="r1", content=content) == bob.send(room, type="m.reaction", txn="r1", content=content)


# References -----------------------------------------------------------------------------------------------------------

def test_references_are_listed_oldest_first(alice, bob, room):
    event = alice.send(room)
    children = [relate(who, room, event, "m.reference") for who in (alice, bob, alice)]
    assert bundle(bob, room, event)["m.reference"] == {"chunk": [{"event_id": child} for child in children]}
    alice.redact(room, children[0])
    assert ids(bundle(bob, room, event)["m.reference"]["chunk"]) == children[1:]


# Sync, and who sees what ----------------------------------------------------------------------------------------------

def test_a_limited_timeline_has_bundles_and_a_whole_one_not(alice, bob, room):
    event = alice.send(room, "old")
    edited = edit(alice, room, event)
    limited = bob.sync(filter={"room": {"timeline": {"limit": 2}}})
    section = limited["rooms"]["join"][room]["timeline"]
    assert section["limited"]
    found = next(e for e in section["events"] if e["event_id"] == event)["unsigned"]["m.relations"]["m.replace"]
    assert found["event_id"] == edited and "room_id" not in found
    since = bob.sync()["next_batch"]
    event = alice.send(room, "another")
    edit(alice, room, event)
    section = bob.sync(since)["rooms"]["join"][room]["timeline"]
    assert not section["limited"]
    assert all("m.relations" not in e.get("unsigned", {}) for e in section["events"])


def test_what_ignored_people_send_does_not_count(alice, bob, mallory, room):
    mallory.join(room)
    event = alice.send(room)
    mine = relate(bob, room, event, "m.thread", "mine")
    relate(mallory, room, event, "m.thread", "spam")
    reference = relate(mallory, room, event, "m.reference")
    assert bundle(alice, room, event)["m.thread"]["count"] == 2
    alice.put("user", alice.user, "account_data", "m.ignored_user_list", body={"ignored_users": {mallory.user: {}}})
    found = bundle(alice, room, event)
    assert found["m.thread"]["count"] == 1 and found["m.thread"]["latest_event"]["event_id"] == mine
    assert "m.reference" not in found
    assert ids(relations(alice, room, event)["chunk"]) == [mine]
    assert reference in ids(relations(bob, room, event)["chunk"])


def test_children_from_before_the_join_are_hidden_where_history_is(alice, bob, carol):
    room = alice.create(preset="public_chat", initial_state=[
        {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}}])
    bob.join(room)
    event = alice.send(room)
    before = relate(alice, room, event, "m.reference")
    bob.leave(room)
    hidden = relate(alice, room, event, "m.reference")
    assert ids(bundle(bob, room, event)["m.reference"]["chunk"]) == [before]
    assert ids(relations(bob, room, event)["chunk"]) == [before]
    bob.join(room)
    after = relate(alice, room, event, "m.reference")
    assert ids(bundle(bob, room, event)["m.reference"]["chunk"]) == [before, after]
    assert ids(bundle(alice, room, event)["m.reference"]["chunk"]) == [before, hidden, after]
    carol.join(room)
    assert refusal(carol, "GET", V1, room, "relations", event) == (404, "M_NOT_FOUND")


def test_bundles_come_with_relations_too(alice, bob, room):
    root = alice.send(room)
    child = relate(bob, room, root, "m.thread", "child")
    edited = edit(bob, room, child)
    chunk = relations(alice, room, root, "m.thread")["chunk"]
    assert chunk[0]["unsigned"]["m.relations"]["m.replace"]["event_id"] == edited
