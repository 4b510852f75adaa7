"""Unread counts in rooms and threads: receipts of every kind, own messages, redactions, restarts."""

import pytest

from conclave.sections import joined

BY_THREAD = {"room": {"timeline": {"unread_thread_notifications": True}}}


def pair(counts):
    return counts.get("notification_count", 0), counts.get("highlight_count", 0)


def counts(person, room):
    """The whole room for clients without threads; then main and the threads for those with."""
    whole = pair(joined(person.sync(), room).get("unread_notifications", {}))
    told = joined(person.sync(filter=BY_THREAD), room)
    threads = {root: pair(count) for root, count in told.get("unread_thread_notifications", {}).items()}
    return whole, pair(told.get("unread_notifications", {})), threads


def reply(person, room, root, text="reply", **content):
    relation = {"rel_type": "m.thread", "event_id": root}
    return person.send(room, content={"msgtype": "m.text", "body": text, "m.relates_to": relation, **content})


def read(person, room, event, kind="m.read", thread=None):
    person.post("rooms", room, "receipt", kind, event, body={"thread_id": thread} if thread else {})


@pytest.fixture
def talk(alice, bob):
    """A root, two replies of which the second mentions bob, and one more message."""
    room = alice.room_with(bob)
    root = alice.send(room, "root")
    first = reply(alice, room, root)
    second = reply(alice, room, root, **{"m.mentions": {"user_ids": [bob.user]}})
    last = alice.send(room, "last")
    return room, root, first, second, last


def test_threads_are_counted_apart_and_together(bob, talk):
    room, root, *_ = talk
    assert counts(bob, room) == ((4, 1), (2, 0), {root: (2, 1)})


def test_an_unthreaded_receipt_reads_everything_before_it(bob, talk):
    room, root, first, second, last = talk
    read(bob, room, first)
    assert counts(bob, room) == ((2, 1), (1, 0), {root: (1, 1)})
    read(bob, room, last)
    assert counts(bob, room) == ((0, 0), (0, 0), {})


@pytest.mark.parametrize("kind", ["m.read", "m.read.private"])
def test_a_receipt_for_main_leaves_the_threads(bob, talk, kind):
    room, root, first, second, last = talk
    read(bob, room, last, kind, "main")
    assert counts(bob, room) == ((2, 1), (0, 0), {root: (2, 1)})


@pytest.mark.parametrize("kind", ["m.read", "m.read.private"])
def test_a_receipt_for_a_thread_leaves_the_rest(bob, talk, kind):
    room, root, first, second, last = talk
    read(bob, room, first, kind, root)
    assert counts(bob, room) == ((3, 1), (2, 0), {root: (1, 1)})
    read(bob, room, second, kind, root)
    assert counts(bob, room) == ((2, 0), (2, 0), {})


def test_the_further_of_public_and_private_counts(bob, talk):
    room, root, first, second, last = talk
    read(bob, room, last, "m.read.private")
    read(bob, room, root, "m.read")
    assert counts(bob, room)[0] == (0, 0)


def test_who_speaks_has_read_that_thread(bob, talk):
    room, root, *_ = talk
    reply(bob, room, root)
    assert counts(bob, room) == ((2, 0), (2, 0), {})
    bob.send(room, "in main")
    assert counts(bob, room) == ((0, 0), (0, 0), {})


def test_what_is_taken_back_does_not_count(alice, bob, talk):
    room, root, first, second, last = talk
    assert counts(bob, room)[0] == (4, 1)
    alice.redact(room, second)
    assert counts(bob, room) == ((3, 0), (2, 0), {root: (1, 0)})
    alice.redact(room, last)
    assert counts(bob, room) == ((2, 0), (1, 0), {root: (1, 0)})


def test_a_change_of_profile_reads_nothing(bob, talk):
    room, *_ = talk
    bob.put("profile", bob.user, "displayname", body={"displayname": "Robert"})
    assert counts(bob, room)[0] == (4, 1)


def test_coming_back_begins_at_zero(alice, bob, talk):
    room, *_ = talk
    bob.leave(room)
    alice.send(room, "unheard")
    alice.act(room, "invite", bob)
    bob.join(room)
    assert counts(bob, room) == ((0, 0), (0, 0), {})
    alice.send(room, "heard")
    assert counts(bob, room)[0] == (1, 0)


def test_the_count_comes_with_the_event(alice, bob, talk):
    room, *_ = talk
    bob.next()
    event = alice.send(room, "new")
    answer = bob.until(lambda answer: joined(answer, room))
    assert joined(answer, room)["timeline"]["events"][-1]["event_id"] == event
    assert joined(answer, room)["unread_notifications"]["notification_count"] == 5


@pytest.mark.ours_only
def test_counts_are_the_same_after_a_restart(fresh):
    alice, bob = fresh.user("alice"), fresh.user("bob")
    room = alice.room_with(bob)
    root = alice.send(room, "root")
    reply(alice, room, root, **{"m.mentions": {"user_ids": [bob.user]}})
    bob.put("pushrules", "global", "room", room, body={"actions": []})
    alice.send(room, "muted")
    reply(alice, room, root, "muted too")
    reply(alice, room, root, **{"m.mentions": {"user_ids": [bob.user]}})
    before = counts(bob, room)
    assert before == ((3, 2), (1, 0), {root: (2, 2)})
    fresh.kill()
    fresh.start()
    alice.http = bob.http = fresh.http
    assert counts(bob, room) == before
    alice.send(room, "still muted")
    alice.send(room, content={"msgtype": "m.text", "body": "bob", "m.mentions": {"user_ids": [bob.user]}})
    assert counts(bob, room) == ((4, 3), (2, 1), {root: (2, 2)})
