"""GET /sync: lazy-loaded members, the summary with its heroes, unread counts."""

import pytest

from conclave.sections import joined, members, state, timeline

LAZY = {"room": {"state": {"lazy_load_members": True}, "timeline": {"limit": 3}}}


# Lazy loading ---------------------------------------------------------------------------------------------------------

@pytest.fixture
def others(person) -> list:
    """More people than there are heroes, so that those after them need not be told."""
    return [person("other") for _ in range(6)]


def test_only_senders_heroes_and_oneself_are_told(alice, bob, carol, others):
    room = alice.room_with(bob, *others, carol, name="Lazy")
    for n in range(4):
        bob.send(room, f"{n}")
    answer = alice.sync(filter=LAZY)
    told = members(state(answer, room))
    assert {alice.user, bob.user} <= told and carol.user not in told


def test_without_lazy_loading_everybody_is_told(alice, bob, carol):
    room = alice.room_with(bob, carol, name="Whole")
    for n in range(4):
        bob.send(room, f"{n}")
    assert members(state(alice.sync(filter={"room": {"timeline": {"limit": 3}}}), room)) == {alice.user, bob.user, carol.user}


def test_a_new_sender_is_introduced_with_the_first_message(alice, bob, carol, others):
    room = alice.room_with(bob, *others, carol, name="Lazy")
    for n in range(4):
        bob.send(room, f"{n}")
    alice.next(filter=LAZY)
    carol.send(room, "here I am")
    assert carol.user in members(state(alice.next(filter=LAZY), room))


def test_redundant_members_come_when_asked_for(alice, bob):
    everyone = {"room": {"state": {"lazy_load_members": True, "include_redundant_members": True}, "timeline": {"limit": 3}}}
    room = alice.room_with(bob, name="Lazy")
    for n in range(4):
        bob.send(room, f"{n}")
    alice.next(filter=everyone)
    bob.send(room, "again")
    assert bob.user in members(state(alice.next(filter=everyone), room))


def test_a_change_of_name_in_a_gap_is_not_lost(alice, bob):
    room = alice.room_with(bob, name="Lazy")
    alice.next(filter=LAZY)
    bob.put("profile", bob.user, "displayname", body={"displayname": "Robert"})
    for n in range(5):
        alice.send(room, f"{n}")
    answer = alice.next(filter=LAZY)
    told = [event for event in state(answer, room) if event["type"] == "m.room.member" and event["state_key"] == bob.user]
    assert told and told[0]["content"]["displayname"] == "Robert"


def test_who_joins_is_told_about_himself(alice, bob):
    room = alice.create(bob, name="Lazy")
    bob.next(filter=LAZY)
    bob.join(room)
    answer = bob.next(filter=LAZY)
    assert bob.user in members(state(answer, room) + timeline(answer, room))


# Summary --------------------------------------------------------------------------------------------------------------

def summary(client, room: str) -> dict:
    return joined(client.sync(filter=LAZY), room)["summary"]


def test_the_counts_of_a_first_sync(alice, bob, carol):
    room = alice.room_with(bob)
    alice.act(room, "invite", carol)
    told = summary(alice, room)
    assert (told["m.joined_member_count"], told["m.invited_member_count"]) == (2, 1)


def test_heroes_are_the_others_never_oneself(alice, bob, carol):
    room = alice.room_with(bob)
    alice.act(room, "invite", carol)
    assert sorted(summary(alice, room)["m.heroes"]) == sorted([bob.user, carol.user])
    assert sorted(summary(bob, room)["m.heroes"]) == sorted([alice.user, carol.user])


def test_there_are_five_heroes_at_most_in_a_larger_room(alice, person):
    people = [person("hero") for _ in range(7)]
    room = alice.room_with(*people)
    told = summary(alice, room)["m.heroes"]
    assert len(told) >= 5 and set(told) <= {one.user for one in people}
    assert told[:5] == [one.user for one in people[:5]]


def test_when_nobody_else_is_left_the_departed_are_the_heroes(alice, bob):
    room = alice.room_with(bob)
    bob.leave(room)
    assert summary(alice, room)["m.heroes"] == [bob.user]


def test_lazy_heroes_come_with_their_memberships(alice, bob, carol):
    room = alice.room_with(bob, carol)
    for n in range(5):
        alice.send(room, f"{n}")
    answer = alice.sync(filter=LAZY)
    assert {bob.user, carol.user} <= members(state(answer, room))


def test_a_change_of_membership_is_told(alice, bob, carol):
    room = alice.room_with(bob)
    alice.next(filter=LAZY)
    alice.act(room, "invite", carol)
    told = joined(alice.next(filter=LAZY), room)["summary"]
    assert told["m.invited_member_count"] == 1 and carol.user in told["m.heroes"]
    carol.join(room)
    told = joined(alice.next(filter=LAZY), room)["summary"]
    assert told["m.joined_member_count"] == 3 and told.get("m.invited_member_count", 0) == 0


# Unread counts --------------------------------------------------------------------------------------------------------

def counts(answer: dict, room: str) -> tuple[int, int]:
    told = joined(answer, room).get("unread_notifications", {})
    return told.get("notification_count", 0), told.get("highlight_count", 0)


def test_messages_of_others_are_counted_until_read(alice, bob):
    room = alice.room_with(bob, name="Counts")
    bob.next()
    for n in range(3):
        event = alice.send(room, f"{n}")
    assert counts(bob.next(), room) == (3, 0)
    bob.post("rooms", room, "receipt", "m.read", event)
    assert counts(bob.next(), room) == (0, 0)
    assert counts(bob.sync(full_state=True), room) == (0, 0)


def test_reading_half_leaves_the_other_half(alice, bob):
    room = alice.room_with(bob, name="Counts")
    sent = [alice.send(room, f"{n}") for n in range(4)]
    bob.post("rooms", room, "receipt", "m.read", sent[1])
    assert counts(bob.sync(), room)[0] == 2


def test_ones_own_messages_do_not_count(alice, bob):
    room = alice.room_with(bob, name="Counts")
    alice.send(room), bob.send(room)
    assert counts(bob.sync(), room) == (0, 0)


@pytest.mark.parametrize("kind", ["m.read.private", "m.read"])
def test_either_receipt_clears_the_counts(alice, bob, kind):
    room = alice.room_with(bob, name="Counts")
    event = alice.send(room)
    bob.post("rooms", room, "receipt", kind, event)
    assert counts(bob.sync(), room) == (0, 0)


def test_being_mentioned_highlights(alice, bob, carol):
    room = alice.room_with(bob, carol, name="Counts")
    alice.send(room, content={"msgtype": "m.text", "body": "look here", "m.mentions": {"user_ids": [bob.user]}})
    assert counts(bob.sync(), room) == (1, 1)
    assert counts(carol.sync(), room) == (1, 0)


def test_a_room_mention_highlights_only_with_the_power(alice, bob, carol):
    room = alice.room_with(bob, carol, name="Counts")
    mention = {"msgtype": "m.text", "body": "everybody", "m.mentions": {"room": True}}
    bob.send(room, content=mention)
    assert counts(carol.sync(), room) == (1, 0)
    alice.send(room, content=mention)
    assert counts(carol.sync(full_state=True), room) == (2, 1)


def test_reactions_do_not_count(alice, bob):
    room = alice.room_with(bob, name="Counts")
    event = bob.send(room)
    alice.send(room, type="m.reaction", content={"m.relates_to": {"rel_type": "m.annotation", "key": "x", "event_id": event}})
    assert counts(bob.sync(), room) == (0, 0)


def test_threads_are_counted_apart_when_asked_for(alice, bob):
    room = alice.room_with(bob, name="Counts")
    root = alice.send(room, "root")
    thread = {"msgtype": "m.text", "body": "reply", "m.relates_to": {"rel_type": "m.thread", "event_id": root}}
    alice.send(room, content=thread), alice.send(room, content=thread)
    answer = bob.sync(filter={"room": {"timeline": {"unread_thread_notifications": True}}})
    assert counts(answer, room)[0] == 1
    assert joined(answer, room)["unread_thread_notifications"][root]["notification_count"] == 2
    assert counts(bob.sync(), room)[0] == 3


def test_a_message_in_a_room_of_two_counts(alice, bob):
    room = alice.room_with(bob)
    alice.send(room)
    assert counts(bob.sync(), room)[0] == 1
