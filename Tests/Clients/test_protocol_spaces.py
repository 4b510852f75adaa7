"""Spaces: walking the tree of rooms."""

import pytest

from conclave.errors import refusal

V1 = "/_matrix/client/v1/rooms"
HERE = "conclave.test"


def space(client, **options):
    return client.create(creation_content={"type": "m.space"}, preset=options.pop("preset", "public_chat"), **options)


def child(client, parent, room, **content):
    return client.set_state(parent, "m.space.child", {"via": [HERE], **content}, key=room)


def hierarchy(client, room, **query):
    return client.get(V1, room, "hierarchy", **query)


def names(answer):
    return [room["room_id"] for room in answer["rooms"]]


def test_a_space_lists_its_rooms_depth_first(alice):
    top, inner = space(alice, name="top"), space(alice, name="inner")
    one, two, three = (alice.create(preset="public_chat", name=name) for name in ("one", "two", "three"))
    child(alice, top, inner, order="a")
    child(alice, top, one, order="b")
    child(alice, inner, two)
    child(alice, inner, three)
    answer = hierarchy(alice, top)
    assert names(answer) == [top, inner, two, three, one] and "next_batch" not in answer
    first = answer["rooms"][0]
    assert first["room_type"] == "m.space" and first["name"] == "top" and first["room_version"] == "12"
    assert [event["state_key"] for event in first["children_state"]] == [inner, one]
    for event in first["children_state"]:
        assert set(event) == {"type", "state_key", "content", "sender", "origin_server_ts", "room_id"}
        assert event["room_id"] == top
    assert answer["rooms"][-1]["children_state"] == []


def test_children_are_ordered_by_order_then_time_then_name(alice):
    top = space(alice)
    rooms = [alice.create(preset="public_chat") for _ in range(7)]
    orders = {rooms[0]: "first", rooms[1]: " ", rooms[2]: "aaaa", rooms[3]: "x" * 51, rooms[4]: "é", rooms[5]: 7, rooms[6]: ""}
    for room, order in orders.items():
        child(alice, top, room, order=order)
    assert names(hierarchy(alice, top))[1:] == [rooms[1], rooms[2], rooms[0], rooms[3], rooms[4], rooms[5], rooms[6]]


def test_what_is_no_child_any_more_is_left_out(alice):
    top = space(alice)
    gone, odd, redacted, kept = (alice.create(preset="public_chat") for _ in range(4))
    child(alice, top, gone)
    alice.set_state(top, "m.space.child", {}, key=gone)
    alice.set_state(top, "m.space.child", {"via": "not a list"}, key=odd)
    alice.redact(top, child(alice, top, redacted))
    child(alice, top, kept)
    child(alice, top, "!" + "z" * 43)
    child(alice, top, "nonsense")
    answer = hierarchy(alice, top)
    assert names(answer) == [top, kept]
    assert {event["state_key"] for event in answer["rooms"][0]["children_state"]} == {kept, "!" + "z" * 43, "nonsense"}


def test_only_suggested_rooms_where_asked(alice):
    top, inner = space(alice), space(alice)
    plain, suggested, deep = (alice.create(preset="public_chat") for _ in range(3))
    child(alice, top, plain)
    child(alice, top, suggested, suggested=True)
    child(alice, top, inner)
    child(alice, inner, deep, suggested=True)
    answer = hierarchy(alice, top, suggested_only=True)
    assert names(answer) == [top, suggested]
    assert [event["state_key"] for event in answer["rooms"][0]["children_state"]] == [suggested]


def test_depth_ends_the_walk(alice):
    spaces = [space(alice) for _ in range(4)]
    for parent, inner in zip(spaces, spaces[1:]):
        child(alice, parent, inner)
    assert names(hierarchy(alice, spaces[0], max_depth=0)) == spaces[:1]
    assert names(hierarchy(alice, spaces[0], max_depth=2)) == spaces[:3]
    assert names(hierarchy(alice, spaces[0])) == spaces


def test_loops_end(alice):
    one, two = space(alice), space(alice)
    child(alice, one, two)
    child(alice, two, one)
    child(alice, two, two)
    assert names(hierarchy(alice, one)) == [one, two]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_have_every_room_once(alice, limit):
    top = space(alice)
    rooms = [alice.create(preset="public_chat") for _ in range(4)]
    for room in rooms:
        child(alice, top, room)
    found, token = [], None
    for _ in range(10):
        answer = hierarchy(alice, top, limit=limit, max_depth=3, **({"from": token} if token else {}))
        assert len(answer["rooms"]) <= limit
        found += names(answer)
        token = answer.get("next_batch")
        if token is None:
            break
    assert found == [top, *rooms]


def test_a_token_belongs_to_its_question(alice):
    top = space(alice)
    child(alice, top, alice.create(preset="public_chat"))
    token = hierarchy(alice, top, limit=1, max_depth=2)["next_batch"]
    assert names(hierarchy(alice, top, limit=1, max_depth=2, **{"from": token}))
    for query in ({"max_depth": 3}, {"max_depth": 2, "suggested_only": True}, {}):
        assert refusal(alice, "GET", V1, top, "hierarchy", **query, **{"from": token}) == (400, "M_INVALID_PARAM")


def test_rooms_are_shown_to_those_who_may_come_in_or_ask(alice, bob, mallory):
    top = space(alice)

    def room(rule, **content):
        return alice.create(preset="private_chat", initial_state=[
            {"type": "m.room.join_rules", "content": {"join_rule": rule, **content}}])

    invite, knock, public = room("invite"), room("knock"), room("public")
    allow = [{"type": "m.room_membership", "room_id": top}]
    restricted, both = room("restricted", allow=allow), room("knock_restricted", allow=allow)
    world = alice.create(preset="private_chat", initial_state=[
        {"type": "m.room.history_visibility", "content": {"history_visibility": "world_readable"}}])
    everything = [invite, knock, public, restricted, both, world]
    for position, one in enumerate(everything):
        child(alice, top, one, order=f"{position}")
    assert names(hierarchy(alice, top)) == [top, *everything]
    assert names(hierarchy(mallory, top)) == [top, knock, public, both, world]
    bob.join(top)
    assert names(hierarchy(bob, top)) == [top, knock, public, restricted, both, world]
    alice.act(invite, "invite", bob)
    found = {entry["room_id"]: entry for entry in hierarchy(bob, top)["rooms"]}
    assert set(found) == {top, *everything}
    assert found[restricted]["join_rule"] == "restricted" and found[restricted]["allowed_room_ids"] == [top]
    assert found[both]["join_rule"] == "knock_restricted" and found[both]["allowed_room_ids"] == [top]
    assert "allowed_room_ids" not in found[public]
    alice.act(public, "ban", mallory)
    assert public not in names(hierarchy(mallory, top))


def test_encryption_is_told(alice):
    top = space(alice)
    room = alice.create(preset="public_chat", initial_state=[
        {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}])
    child(alice, top, room)
    assert hierarchy(alice, top)["rooms"][1]["encryption"] == "m.megolm.v1.aes-sha2"


def test_a_room_that_is_no_space_is_its_own_tree(alice):
    room = alice.create()
    answer = hierarchy(alice, room)
    assert names(answer) == [room] and answer["rooms"][0]["children_state"] == []


def test_what_is_wrong_is_refused(alice, mallory, nobody):
    top = space(alice, preset="private_chat")
    for query in ({"limit": 0}, {"limit": "x"}, {"max_depth": -1}, {"max_depth": "x"}, {"suggested_only": "x"}, {"from": "x"},
                  {"from": "h1__2"}, {"from": "h-1__0"}):
        assert refusal(alice, "GET", V1, top, "hierarchy", **query) == (400, "M_INVALID_PARAM")
    assert refusal(mallory, "GET", V1, top, "hierarchy") == (403, "M_FORBIDDEN")
    assert refusal(alice, "GET", V1, "!" + "q" * 43, "hierarchy") == (403, "M_FORBIDDEN")
    assert refusal(nobody, "GET", V1, top, "hierarchy") == (401, "M_MISSING_TOKEN")
