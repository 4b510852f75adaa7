"""GET /sync: full and incremental, waiting, sections, limited timelines, state between batches."""

import json
import threading
import time

import pytest

from conclave.errors import refused
from conclave.sections import events, global_data, ids, joined, keys, of_type, section, state, texts, timeline


def limit(n: int) -> dict:
    return {"room": {"timeline": {"limit": n}}}


# Full and incremental -------------------------------------------------------------------------------------------------

def test_a_first_sync_of_somebody_new_has_no_rooms(alice):
    answer = alice.sync()
    assert answer["next_batch"] and not any(answer.get("rooms", {}).get(kind) for kind in ("join", "invite", "leave", "knock"))


def test_a_first_sync_has_the_rooms_with_state_and_timeline(alice, bob):
    room = alice.room_with(bob, name="First")
    event = alice.send(room, "hello")
    answer = bob.sync()
    assert ids(timeline(answer, room))[-1] == event
    known = keys(state(answer, room)) | keys(event for event in timeline(answer, room) if "state_key" in event)
    assert {("m.room.create", ""), ("m.room.name", ""), ("m.room.member", alice.user), ("m.room.member", bob.user)} <= known


def test_the_state_is_that_before_the_timeline(alice):
    room = alice.create(name="old name")
    alice.set_state(room, "m.room.name", {"name": "new name"})
    alice.send(room)
    answer = alice.sync(filter=limit(2))
    assert of_type(state(answer, room), "m.room.name")[0]["content"] == {"name": "old name"}
    assert of_type(timeline(answer, room), "m.room.name")[0]["content"] == {"name": "new name"}


def test_events_in_a_room_section_carry_no_room_id(alice):
    room = alice.create()
    alice.send(room)
    answer = alice.sync()
    assert all("room_id" not in event for event in timeline(answer, room) + state(answer, room))


def test_an_incremental_sync_has_what_is_new_and_nothing_else(alice, bob):
    room, quiet = alice.room_with(bob), alice.room_with(bob)
    bob.next()
    event = alice.send(room, "new")
    answer = bob.next()
    assert ids(timeline(answer, room)) == [event] and state(answer, room) == []
    assert quiet not in section(answer, "join")
    assert room not in section(bob.next(), "join")


def test_repeating_a_token_repeats_the_answer(alice, bob):
    room = alice.room_with(bob)
    token = bob.sync()["next_batch"]
    event = alice.send(room)
    for _ in range(2):
        assert ids(timeline(bob.sync(token), room)) == [event]


def test_two_devices_sync_apart(alice):
    room, other = alice.create(), alice.second_device()
    alice.next(), other.next()
    event = alice.send(room)
    assert ids(timeline(alice.next(), room)) == [event] == ids(timeline(other.next(), room))


def test_full_state_gives_the_state_of_every_room(alice):
    room = alice.create(name="Quiet")
    token = alice.sync()["next_batch"]
    answer = alice.sync(token, full_state=True)
    assert {("m.room.create", ""), ("m.room.name", ""), ("m.room.member", alice.user)} <= keys(state(answer, room))
    assert timeline(answer, room) == []


def test_full_state_does_not_wait(alice):
    alice.create()
    token = alice.sync()["next_batch"]
    began = time.monotonic()
    alice.sync(token, timeout=20_000, full_state=True)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("query", [{"since": "made up"}, {"since": "s1"}, {"timeout": "long"}, {"filter": "{"},
                                   {"filter": '{"room": 5}'}, {"full_state": "maybe"}, {"set_presence": "asleep"},
                                   {"filter": "no-such-filter"}],
                         ids=["since", "short-since", "timeout", "cut-filter", "bad-filter", "full-state", "presence", "unknown-filter"])
@pytest.mark.ours_only
def test_malformed_queries_are_refused(alice, query):
    with refused((400, 404), ("M_INVALID_PARAM", "M_UNKNOWN", "M_BAD_JSON", "M_NOT_JSON", "M_UNKNOWN_POS", "M_NOT_FOUND")):
        alice.get("sync", **query)


def test_push_rules_are_among_the_account_data(alice):
    rules = global_data(alice.sync(), "m.push_rules")
    assert rules is None or "global" in rules


# Waiting --------------------------------------------------------------------------------------------------------------

def test_with_nothing_new_it_waits_until_the_timeout(alice):
    token = alice.next()["next_batch"]
    token = alice.sync(token)["next_batch"]
    began = time.monotonic()
    answer = alice.sync(token, timeout=1500, set_presence="offline")
    waited = time.monotonic() - began
    assert 1.0 < waited < 6 and not section(answer, "join")


@pytest.mark.parametrize("happens", ["message", "invite", "account data", "typing", "receipt"])
def test_it_answers_as_soon_as_something_happens(alice, bob, happens):
    room = alice.room_with(bob)
    event = alice.send(room)
    bob.next(), bob.next()
    act = {
        "message": lambda: alice.send(room, "wake"),
        "invite": lambda: alice.create(bob),
        "account data": lambda: bob.put("user", bob.user, "account_data", "org.example.wake", body={"a": 1}),
        "typing": lambda: alice.put("rooms", room, "typing", alice.user, body={"typing": True, "timeout": 20_000}),
        "receipt": lambda: alice.post("rooms", room, "receipt", "m.read", event)}[happens]
    timer = threading.Timer(0.5, act)
    timer.start()
    began = time.monotonic()
    # A wake-up without news for this person may come first (presence of the others, for instance).
    bob.until(lambda answer: section(answer, "join") or section(answer, "invite") or global_data(answer, "org.example.wake"))
    assert time.monotonic() - began < 8
    timer.join()


def test_what_happened_before_the_wait_is_answered_at_once(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    alice.send(room)
    began = time.monotonic()
    assert timeline(bob.next(timeout=20_000), room)
    assert time.monotonic() - began < 5


def test_many_wait_and_all_are_woken(alice, person):
    people = [person("waiter") for _ in range(8)]
    room = alice.room_with(*people)
    for one in people:
        one.next()
    seen: list[str] = []
    def wait(one):
        answer = one.until(lambda answer: timeline(answer, room), seconds=15)
        seen.extend(texts(timeline(answer, room)))
    threads = [threading.Thread(target=wait, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    alice.send(room, "all together")
    for thread in threads:
        thread.join(20)
    assert seen == ["all together"] * 8


# Limited timelines ----------------------------------------------------------------------------------------------------

def test_a_gap_is_marked_and_leads_back(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    sent = [alice.send(room, f"{n}") for n in range(12)]
    part = joined(bob.next(filter=limit(4)), room)["timeline"]
    assert part["limited"] is True and ids(part["events"]) == sent[-4:]
    back = bob.messages(room, "b", 8, **{"from": part["prev_batch"]})
    assert ids(back["chunk"]) == sent[:8][::-1]


def test_without_a_gap_it_is_not_limited(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    sent = [alice.send(room, f"{n}") for n in range(4)]
    part = joined(bob.next(filter=limit(4)), room)["timeline"]
    assert not part.get("limited", False) and ids(part["events"]) == sent


def test_state_that_fell_into_the_gap_is_in_the_state(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    alice.set_state(room, "m.room.topic", {"topic": "one"})
    hidden = alice.set_state(room, "m.room.topic", {"topic": "two"})
    for n in range(5):
        alice.send(room, f"{n}")
    answer = bob.next(filter=limit(2))
    assert ids(of_type(state(answer, room), "m.room.topic")) == [hidden]


def test_state_changes_in_the_timeline_are_not_repeated(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    alice.set_state(room, "m.room.topic", {"topic": "seen"})
    answer = bob.next()
    assert ids(of_type(timeline(answer, room), "m.room.topic")) and not of_type(state(answer, room), "m.room.topic")


def test_the_prev_batch_leads_to_everything_older(alice):
    room = alice.create()
    sent = [alice.send(room, f"{n}") for n in range(6)]
    part = joined(alice.sync(filter=limit(3)), room)["timeline"]
    older = alice.messages(room, "b", 100, **{"from": part["prev_batch"]})["chunk"]
    assert ids(older)[:3] == sent[:3][::-1] and older[-1]["type"] == "m.room.create"


# use_state_after ------------------------------------------------------------------------------------------------------

def test_state_after_is_the_state_after_the_timeline(alice):
    room = alice.create(name="old name")
    alice.set_state(room, "m.room.name", {"name": "new name"})
    answer = alice.sync(use_state_after=True)
    part = joined(answer, room)
    if "state_after" not in part and "org.matrix.msc4222.state_after" in part:
        pytest.skip("the peer knows it under another name")
    assert "state" not in part
    assert of_type(events(part, "state_after"), "m.room.name")[0]["content"] == {"name": "new name"}


@pytest.mark.ours_only
def test_state_after_has_the_changes_of_the_timeline_too(alice, bob):
    room = alice.room_with(bob)
    bob.next(use_state_after=True)
    changed = alice.set_state(room, "m.room.topic", {"topic": "x"})
    answer = bob.next(use_state_after=True)
    assert ids(events(joined(answer, room), "state_after")) == [changed] and changed in ids(timeline(answer, room))
    alice.send(room)
    assert joined(bob.next(use_state_after=True), room)["state_after"]["events"] == []


@pytest.mark.ours_only
def test_state_after_has_changes_from_a_gap_once(alice, bob):
    room = alice.room_with(bob)
    bob.next(use_state_after=True)
    alice.set_state(room, "m.room.topic", {"topic": "one"})
    for n in range(4):
        alice.send(room, f"{n}")
    last = alice.set_state(room, "m.room.topic", {"topic": "two"})
    answer = bob.next(use_state_after=True, filter=limit(2))
    assert ids(events(joined(answer, room), "state_after")) == [last]


@pytest.mark.ours_only
def test_state_after_of_a_room_one_left(alice, bob):
    room = alice.room_with(bob)
    bob.next(use_state_after=True)
    bob.leave(room)
    part = section(bob.next(use_state_after=True), "leave")[room]
    assert "state" not in part and "state_after" in part


# Invite, knock, leave -------------------------------------------------------------------------------------------------

def test_an_invitation_shows_stripped_state(alice, bob):
    bob.next()
    room = alice.create(bob, name="The parlour")
    answer = bob.until(lambda answer: room in section(answer, "invite"))
    stripped = events(section(answer, "invite")[room], "invite_state")
    assert {("m.room.create", ""), ("m.room.name", ""), ("m.room.join_rules", ""), ("m.room.member", bob.user)} <= keys(stripped)
    mine = [event for event in stripped if event.get("state_key") == bob.user][0]
    assert mine["content"]["membership"] == "invite" and mine["sender"] == alice.user
    assert room not in section(answer, "join")


def test_an_open_invitation_is_in_every_first_sync(alice, bob):
    room = alice.create(bob)
    assert room in section(bob.sync(), "invite")
    bob.join(room)
    answer = bob.sync(full_state=True)
    assert room not in section(answer, "invite") and room in section(answer, "join")


def test_accepting_moves_the_room_to_join_with_its_whole_state(alice, bob):
    room = alice.create(bob, name="Whole")
    bob.next()
    bob.join(room)
    answer = bob.next()
    known = keys(state(answer, room)) | keys(event for event in timeline(answer, room) if "state_key" in event)
    assert {("m.room.create", ""), ("m.room.name", ""), ("m.room.power_levels", ""), ("m.room.member", alice.user)} <= known
    assert room not in section(answer, "invite")


def test_declining_moves_the_room_to_leave(alice, bob):
    room = alice.create(bob)
    bob.next()
    bob.leave(room)
    answer = bob.next()
    assert room in section(answer, "leave") and room not in section(answer, "invite")


def test_a_knock_has_its_own_section(alice, bob):
    room = alice.create(name="Door", initial_state=[{"type": "m.room.join_rules", "content": {"join_rule": "knock"}}])
    bob.next()
    bob.post("knock", room)
    stripped = events(section(bob.next(), "knock")[room], "knock_state")
    assert ("m.room.name", "") in keys(stripped) and ("m.room.member", bob.user) in keys(stripped)


def test_leaving_shows_the_last_events_and_then_nothing(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    last = alice.send(room, "farewell")
    bob.leave(room)
    hidden = alice.send(room, "he is gone")
    answer = bob.next()
    seen = ids(events(section(answer, "leave")[room], "timeline"))
    assert last in seen and hidden not in seen
    assert room not in section(answer, "join")
    alice.send(room, "still gone")
    assert room not in section(bob.next(), "leave")


@pytest.mark.parametrize("verb", ["kick", "ban"])
def test_being_put_out_is_told(alice, bob, verb):
    room = alice.room_with(bob)
    bob.next()
    alice.act(room, verb, bob, reason="noise")
    part = section(bob.next(), "leave")[room]
    mine = [event for event in events(part, "timeline") if event.get("state_key") == bob.user][-1]
    assert mine["sender"] == alice.user and mine["content"]["reason"] == "noise"


def test_left_rooms_are_in_a_first_sync_only_when_asked_for(alice, bob):
    room = alice.room_with(bob)
    bob.leave(room)
    assert room not in section(bob.sync(), "leave")
    assert room in section(bob.sync(filter={"room": {"include_leave": True}}), "leave")


def test_coming_back_gives_the_state_again(alice, bob):
    room = alice.room_with(bob, preset="public_chat")
    bob.next()
    bob.leave(room)
    bob.next()
    alice.set_state(room, "m.room.topic", {"topic": "meanwhile"})
    bob.join(room)
    answer = bob.next()
    known = state(answer, room) + timeline(answer, room)
    assert {"topic": "meanwhile"} in [event["content"] for event in of_type(known, "m.room.topic")]
    assert ("m.room.create", "") in keys(known)


# Filters --------------------------------------------------------------------------------------------------------------

def test_rooms_can_be_chosen(alice):
    one, two = alice.create(), alice.create()
    assert set(section(alice.sync(filter={"room": {"rooms": [one]}}), "join")) == {one}
    assert set(section(alice.sync(filter={"room": {"not_rooms": [one]}}), "join")) == {two}


@pytest.mark.parametrize("part", ["timeline", "state", "account_data", "ephemeral"])
def test_a_section_can_be_emptied(alice, bob, part):
    room = alice.room_with(bob)
    event = alice.send(room)
    bob.post("rooms", room, "receipt", "m.read", event)
    alice.put("user", alice.user, "rooms", room, "account_data", "org.example.a", body={})
    answer = alice.sync(filter={"room": {part: {"types": []}}})
    assert events(joined(answer, room), part) == []
    others = {"timeline", "state", "account_data", "ephemeral"} - {part, "state"}
    assert all(events(joined(answer, room), other) for other in others)


def test_types_and_senders_in_the_timeline(alice, bob):
    room = alice.room_with(bob)
    alice.send(room, "by alice"), bob.send(room, "by bob"), bob.send(room, type="org.example.x", content={})
    answer = alice.sync(filter={"room": {"timeline": {"types": ["m.room.message"], "senders": [bob.user]}}})
    assert texts(timeline(answer, room)) == ["by bob"]


def test_event_fields_choose_what_an_event_shows(alice):
    room = alice.create()
    alice.send(room, content={"msgtype": "m.text", "body": "seen", "org.example.other": "unseen"})
    wanted = json.dumps({"event_fields": ["type", "content.body", "sender", "event_id", "origin_server_ts"]})
    # Without the schema: it wants fields that were not asked for.
    answer = alice.response("GET", "sync", filter=wanted).json()
    assert timeline(answer, room)[-1]["content"]["body"] == "seen"


def test_global_account_data_can_be_chosen(alice):
    for name in ("org.example.a", "org.example.b"):
        alice.put("user", alice.user, "account_data", name, body={"n": name})
    answer = alice.sync(filter={"account_data": {"types": ["org.example.a"]}})
    assert [event["type"] for event in events(answer, "account_data")] == ["org.example.a"]


def test_presence_can_be_left_out(alice, bob):
    alice.room_with(bob)
    bob.put("presence", bob.user, "status", body={"presence": "online"})
    assert events(alice.sync(filter={"presence": {"types": []}}), "presence") == []
