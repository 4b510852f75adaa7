"""Reading back: messages, context, event, members; and who may see what of the past."""

import json

import pytest

from conclave.errors import refused
from conclave.sections import ids, members, of_type, texts, timeline

VISIBILITY = "m.room.history_visibility"


def with_visibility(alice, value: str, **options) -> str:
    return alice.create(preset="public_chat", initial_state=[{"type": VISIBILITY, "content": {"history_visibility": value}}], **options)


def pages(client, room: str, dir: str, limit: int, **query) -> list[dict]:
    """Everything, page by page, until there is no `end`."""
    found, answer = [], client.messages(room, dir, limit, **query)
    for _ in range(200):
        found += answer["chunk"]
        assert len(answer["chunk"]) <= limit
        if "end" not in answer:
            return found
        answer = client.messages(room, dir, limit, **{**query, "from": answer["end"]})
    raise AssertionError("the pages do not end")


# Messages -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_backwards_pages_have_everything_once(alice, limit):
    room = alice.create()
    sent = [alice.send(room, f"{n}") for n in range(10)]
    found = pages(alice, room, "b", limit)
    assert ids(event for event in found if event["type"] == "m.room.message") == sent[::-1]
    assert found[-1]["type"] == "m.room.create" and len(set(ids(found))) == len(found)


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_forward_pages_are_the_mirror_of_backward_ones(alice, limit):
    room = alice.create()
    for n in range(10):
        alice.send(room, f"{n}")
    assert ids(pages(alice, room, "f", limit)) == ids(pages(alice, room, "b", 100))[::-1]


def test_the_default_limit_is_ten(alice):
    room = alice.create()
    for n in range(12):
        alice.send(room, f"{n}")
    answer = alice.get("rooms", room, "messages", dir="b")
    assert len(answer["chunk"]) == 10 and "end" in answer


def test_a_huge_limit_is_cut_not_refused(alice):
    room = alice.create()
    assert alice.messages(room, limit=10**6)["chunk"]


def test_start_is_the_token_given(alice):
    room = alice.create()
    alice.send(room)
    end = alice.messages(room, limit=1)["end"]
    assert alice.messages(room, limit=1, **{"from": end})["start"] == end


def test_to_stops_the_page(alice):
    room = alice.create()
    first = [alice.send(room, f"old {n}") for n in range(3)]
    mark = alice.sync()["next_batch"]
    second = [alice.send(room, f"new {n}") for n in range(3)]
    now = alice.sync()["next_batch"]
    back = alice.messages(room, "b", 100, **{"from": now, "to": mark})
    assert ids(back["chunk"]) == second[::-1]
    forward = alice.messages(room, "f", 100, **{"from": mark})
    assert ids(forward["chunk"]) == second and not set(first) & set(ids(forward["chunk"]))


def test_from_the_prev_batch_of_a_sync_one_reads_what_came_before(alice):
    room = alice.create()
    sent = [alice.send(room, f"{n}") for n in range(8)]
    answer = alice.sync(filter={"room": {"timeline": {"limit": 3}}})
    section = answer["rooms"]["join"][room]["timeline"]
    assert ids(section["events"]) == sent[-3:] and section["limited"] is True
    before = alice.messages(room, "b", 5, **{"from": section["prev_batch"]})
    assert ids(before["chunk"]) == sent[:5][::-1]


@pytest.mark.parametrize("filter, expected", [
    ({"types": ["org.example.a"]}, ["a1", "a2"]),
    ({"types": ["org.example.*"]}, ["a1", "b1", "a2"]),
    ({"types": ["org.example.*"], "not_types": ["org.example.b"]}, ["a1", "a2"]),
    ({"types": []}, []),
    ({"types": ["org.example.*"], "contains_url": True}, ["b1"]),
    ({"types": ["org.example.*"], "contains_url": False}, ["a1", "a2"]),
    ({"types": ["org.example.*"], "senders": ["@nobody:example.test"]}, []),
], ids=["type", "wildcard", "not", "none", "url", "no-url", "sender"])
def test_filters_choose_among_the_events(alice, filter, expected):
    room = alice.create()
    sent = {"a1": alice.send(room, type="org.example.a", content={"n": 1}),
            "b1": alice.send(room, type="org.example.b", content={"url": "mxc://example.test/x"}),
            "a2": alice.send(room, type="org.example.a", content={"n": 2})}
    names = {event: name for name, event in sent.items()}
    found = pages(alice, room, "f", 50, filter=json.dumps(filter))
    assert [names.get(event, event) for event in ids(found)] == expected


def test_senders_are_chosen(alice, bob):
    room = alice.room_with(bob)
    alice.send(room, "by alice"), bob.send(room, "by bob")
    mine = pages(alice, room, "b", 50, filter=json.dumps({"senders": [bob.user]}))
    assert texts(mine) == ["by bob"] and {event["sender"] for event in mine} == {bob.user}
    others = pages(alice, room, "b", 50, filter=json.dumps({"not_senders": [bob.user]}))
    assert bob.user not in {event["sender"] for event in others}


def test_lazy_members_come_with_the_messages(alice, bob, carol):
    room = alice.room_with(bob, carol)
    bob.send(room, "hello")
    answer = alice.messages(room, limit=1, filter=json.dumps({"lazy_load_members": True}))
    assert members(answer["state"]) == {bob.user}


@pytest.mark.parametrize("query", [
    {}, {"dir": "sideways"}, {"dir": "b", "limit": "many"}, {"dir": "b", "limit": -1}, {"dir": "b", "from": "made up"},
    {"dir": "b", "filter": "{"}, {"dir": "b", "filter": '{"types": 5}'}],
    ids=["no-dir", "bad-dir", "word-limit", "negative", "bad-from", "cut-filter", "bad-filter"])
@pytest.mark.ours_only
def test_malformed_queries_are_refused(alice, query):
    room = alice.create()
    with refused(400, ("M_MISSING_PARAM", "M_INVALID_PARAM", "M_BAD_JSON", "M_NOT_JSON", "M_UNKNOWN")):
        alice.get("rooms", room, "messages", **query)


# Event and context ----------------------------------------------------------------------------------------------------

def test_an_event_can_be_fetched_by_members_only(alice, bob, mallory):
    room = alice.room_with(bob)
    event = alice.send(room)
    assert bob.event(room, event)["event_id"] == event
    with refused((403, 404)):
        mallory.event(room, event)


@pytest.mark.parametrize("event", ["$" + "A" * 43, "$nothing", "nonsense"])
def test_an_unknown_event_is_not_found(alice, event):
    room = alice.create()
    with refused((400, 404), ("M_NOT_FOUND", "M_INVALID_PARAM")):
        alice.event(room, event)


def test_an_event_of_another_room_is_not_found_here(alice, mallory):
    event = alice.send(alice.create(), "elsewhere")
    with refused((403, 404)):
        mallory.event(mallory.create(), event)


def test_a_replaced_state_event_tells_its_predecessor(alice):
    room = alice.create()
    alice.set_state(room, "m.room.topic", {"topic": "one"})
    alice.set_state(room, "m.room.topic", {"topic": "two"})
    event = timeline(alice.sync(), room)[-1]
    assert event["content"] == {"topic": "two"} and event["unsigned"]["prev_content"] == {"topic": "one"}


@pytest.mark.parametrize("limit, before, after", [(0, 0, 0), (2, 1, 1), (6, 3, 3), (None, 5, 5)])
def test_context_surrounds_the_event(alice, limit, before, after):
    room = alice.create()
    sent = [alice.send(room, f"{n}") for n in range(13)]
    answer = alice.get("rooms", room, "context", sent[6], **({} if limit is None else {"limit": limit}))
    assert answer["event"]["event_id"] == sent[6]
    assert ids(answer.get("events_before", [])) == sent[6 - before:6][::-1]
    assert ids(answer.get("events_after", [])) == sent[7:7 + after]


def test_context_tokens_lead_on_in_both_directions(alice):
    room = alice.create()
    sent = [alice.send(room, f"{n}") for n in range(9)]
    answer = alice.get("rooms", room, "context", sent[4], limit=2)
    assert ids(alice.messages(room, "b", 3, **{"from": answer["start"]})["chunk"]) == sent[:3][::-1]
    assert ids(alice.messages(room, "f", 3, **{"from": answer["end"]})["chunk"]) == sent[6:9]


def test_context_state_is_that_of_the_last_event(alice):
    room = alice.create(name="one")
    event = alice.send(room)
    alice.set_state(room, "m.room.name", {"name": "two"})
    near = alice.get("rooms", room, "context", event, limit=0)
    assert of_type(near["state"], "m.room.name")[0]["content"] == {"name": "one"}


def test_context_of_an_unknown_event_is_not_found(alice, mallory):
    room = alice.create()
    with refused(404, "M_NOT_FOUND"):
        alice.get("rooms", room, "context", "$" + "A" * 43)
    with refused(403, "M_FORBIDDEN"):
        mallory.get("rooms", room, "context", alice.send(room))
    with refused(403, "M_FORBIDDEN"):
        mallory.get("rooms", room, "context", "$" + "A" * 43)


# Members --------------------------------------------------------------------------------------------------------------

def crowd(alice, bob, carol, mallory):
    room = alice.room_with(bob, mallory)
    alice.act(room, "invite", carol)
    alice.act(room, "ban", mallory)
    return room


def test_members_lists_every_membership(alice, bob, carol, mallory):
    found = alice.get("rooms", crowd(alice, bob, carol, mallory), "members")["chunk"]
    assert {event["state_key"]: event["content"]["membership"] for event in found} == {
        alice.user: "join", bob.user: "join", carol.user: "invite", mallory.user: "ban"}


@pytest.mark.parametrize("query, who", [
    ({"membership": "join"}, "alice bob"), ({"membership": "invite"}, "carol"), ({"membership": "ban"}, "mallory"),
    ({"not_membership": "join"}, "carol mallory"), ({"membership": "knock"}, "")])
def test_members_can_be_chosen_by_membership(alice, bob, carol, mallory, query, who):
    people = {"alice": alice, "bob": bob, "carol": carol, "mallory": mallory}
    found = alice.get("rooms", crowd(alice, bob, carol, mallory), "members", **query)["chunk"]
    assert members(found) == {people[name].user for name in who.split()}


def test_members_at_the_start_of_a_whole_timeline(alice, bob, mallory):
    room = alice.create(preset="public_chat")
    start = alice.sync()["rooms"]["join"][room]["timeline"]["prev_batch"]
    bob.join(room)
    assert members(alice.get("rooms", room, "members", at=start)["chunk"]) == {alice.user}
    with refused(403, "M_FORBIDDEN"):
        mallory.get("rooms", room, "members", at=start)


def test_members_at_an_earlier_point(alice, bob, carol):
    room = alice.room_with(bob)
    point = alice.sync()["next_batch"]
    alice.act(room, "invite", carol)
    carol.join(room)
    assert members(alice.get("rooms", room, "members", at=point)["chunk"]) == {alice.user, bob.user}


def test_joined_members_shows_profiles(alice, bob):
    bob.put("profile", bob.user, "displayname", body={"displayname": "Bob B."})
    room = alice.room_with(bob)
    joined = alice.get("rooms", room, "joined_members")["joined"]
    assert set(joined) == {alice.user, bob.user} and joined[bob.user]["display_name"] == "Bob B."


@pytest.mark.parametrize("list", ["members", "joined_members"])
def test_strangers_see_no_members(alice, mallory, list):
    room = alice.create()
    with refused(403, "M_FORBIDDEN"):
        mallory.get("rooms", room, list)


def test_who_left_sees_the_members_of_that_moment(alice, bob, carol):
    room = alice.room_with(bob)
    bob.leave(room)
    alice.act(room, "invite", carol)
    assert carol.user not in members(bob.get("rooms", room, "members")["chunk"])


# History visibility ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", ["10", "11", "12"])
@pytest.mark.parametrize("visibility, expected", [
    ("world_readable", ["before", "invited", "joined"]), ("shared", ["before", "invited", "joined"]),
    ("invited", ["invited", "joined"]), ("joined", ["joined"])])
def test_who_joins_sees_what_the_visibility_allows(alice, bob, visibility, expected, version):
    room = with_visibility(alice, visibility, room_version=version)
    hidden = alice.send(room, "before")
    alice.act(room, "invite", bob)
    alice.send(room, "invited")
    bob.join(room)
    alice.send(room, "joined")
    assert texts(pages(bob, room, "f", 50)) == expected
    assert texts(reversed(pages(bob, room, "b", 50))) == expected
    if "before" not in expected:
        with refused((403, 404)):
            bob.event(room, hidden)
        with refused((403, 404)):
            bob.get("rooms", room, "context", hidden)


@pytest.mark.parametrize("visibility", ["shared", "invited", "joined"])
def test_who_left_sees_nothing_newer(alice, bob, visibility):
    room = with_visibility(alice, visibility)
    bob.join(room)
    alice.send(room, "together")
    bob.leave(room)
    hidden = alice.send(room, "alone")
    assert texts(pages(bob, room, "b", 50)) == ["together"]
    with refused((403, 404)):
        bob.event(room, hidden)


def test_a_gap_stays_hidden_where_only_members_see(alice, bob):
    room = with_visibility(alice, "joined")
    bob.join(room)
    alice.send(room, "first stay")
    bob.leave(room)
    alice.send(room, "away")
    bob.join(room)
    alice.send(room, "second stay")
    assert texts(pages(bob, room, "f", 50)) == ["first stay", "second stay"]


def test_the_visibility_of_the_moment_counts(alice, bob):
    room = with_visibility(alice, "joined")
    alice.send(room, "closed")
    alice.set_state(room, VISIBILITY, {"history_visibility": "shared"})
    alice.send(room, "open")
    bob.join(room)
    assert texts(pages(bob, room, "f", 50)) == ["open"]


def test_world_readable_rooms_are_read_without_joining(alice, mallory):
    room = with_visibility(alice, "world_readable")
    alice.send(room, "for all")
    assert "for all" in texts(pages(mallory, room, "b", 50))


def test_other_rooms_are_not(alice, mallory):
    room = with_visibility(alice, "shared")
    with refused(403, "M_FORBIDDEN"):
        mallory.messages(room)


def test_an_unknown_room_is_refused_like_a_closed_one(alice, mallory):
    closed = with_visibility(alice, "shared", room_version="12")
    unknown = "!" + "A" * 43
    answers = [mallory.response("GET", "rooms", room, "messages", dir="b") for room in (closed, unknown)]
    assert answers[0].status_code == answers[1].status_code == 403
