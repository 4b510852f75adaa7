"""Many at once: what must happen once happens once, and what cannot both be true is not."""

from __future__ import annotations

import concurrent.futures
import threading

from conclave.client import unique
from conclave.errors import Refused
from conclave.sections import ids


def at_once(*calls):
    """Runs the calls as close together as threads can; answers or refusals, in order."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait(timeout=30)
        try:
            return call()
        except Refused as error:
            return error

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def membership(client, room, user):
    return client.state(room, "m.room.member", user)["membership"]


def test_one_transaction_sent_a_hundred_times_is_one_event(alice):
    room = alice.create()
    answers = at_once(*[lambda: alice.send(room, "once", txn="the same")] * 100)
    assert len(set(answers)) == 1
    assert len([e for e in alice.messages(room)["chunk"] if e["type"] == "m.room.message"]) == 1


def test_a_hundred_transactions_are_a_hundred_events_in_one_order(alice, bob):
    room = alice.room_with(bob)
    sent = at_once(*[lambda n=n: alice.send(room, f"{n}") for n in range(100)])
    found = [e["event_id"] for e in alice.messages(room, limit=200)["chunk"] if e["type"] == "m.room.message"]
    assert sorted(found) == sorted(sent)
    assert [e for e in ids(bob.messages(room, "f", 200)["chunk"]) if e in set(sent)] == found[::-1]


def test_the_same_reaction_at_once_is_one(alice):
    room = alice.create()
    event = alice.send(room)
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "👍"}}
    answers = at_once(*[lambda: alice.send(room, type="m.reaction", content=content)] * 20)
    assert len([a for a in answers if isinstance(a, str)]) == 1
    assert {a.errcode for a in answers if isinstance(a, Refused)} == {"M_DUPLICATE_ANNOTATION"}


def test_joining_at_once_joins_once(alice, bob):
    room = alice.create(preset="public_chat")
    at_once(*[lambda: bob.join(room)] * 20)
    assert membership(alice, room, bob.user) == "join"
    joins = [e for e in alice.messages(room)["chunk"] if e["type"] == "m.room.member" and e["state_key"] == bob.user]
    assert len(joins) == 1


def test_join_against_ban_ends_in_the_ban(alice, person):
    for _ in range(5):
        mallory = person("mallory")
        room = alice.create(preset="public_chat")
        calls = [lambda: mallory.join(room)] * 4 + [lambda: alice.act(room, "ban", mallory)] + [lambda: mallory.join(room)] * 4
        answers = at_once(*calls)
        assert answers[4] is None and membership(alice, room, mallory.user) == "ban"
        history = [e["content"]["membership"] for e in alice.messages(room, "f")["chunk"]
                   if e["type"] == "m.room.member" and e["state_key"] == mallory.user]
        assert history in (["ban"], ["join", "ban"])


def test_messages_against_a_kick_stop_at_the_kick(alice, bob):
    room = alice.room_with(bob, preset="public_chat")
    calls = [lambda n=n: bob.send(room, f"{n}") for n in range(30)]
    calls.insert(10, lambda: alice.act(room, "kick", bob))
    answers = at_once(*calls)
    chunk = alice.messages(room, "f", 200)["chunk"]
    kick = next(i for i, e in enumerate(chunk) if e["type"] == "m.room.member" and e["content"]["membership"] == "leave")
    told = [e["event_id"] for e in chunk if e["type"] == "m.room.message"]
    assert sorted(told) == sorted(a for a in answers if isinstance(a, str))
    assert all(e["sender"] != bob.user for e in chunk[kick + 1:])


def test_two_moderators_who_remove_each_other_do_not_both_win(alice, bob, carol):
    room = alice.room_with(bob, carol, room_version="11")
    levels = alice.state(room, "m.room.power_levels")
    levels["users"].update({bob.user: 60, carol.user: 60})
    alice.set_state(room, "m.room.power_levels", levels)
    at_once(lambda: bob.act(room, "kick", carol), lambda: carol.act(room, "kick", bob))
    assert [membership(alice, room, who.user) for who in (bob, carol)] == ["join", "join"]
    levels["users"].update({bob.user: 70})
    alice.set_state(room, "m.room.power_levels", levels)
    at_once(lambda: bob.act(room, "kick", carol), lambda: carol.leave(room))
    assert membership(alice, room, carol.user) == "leave"


def test_state_set_at_once_is_one_of_them_and_a_whole_history(alice):
    room = alice.create(name="start")
    at_once(*[lambda n=n: alice.set_state(room, "m.room.name", {"name": f"{n}"}) for n in range(30)])
    names = [e for e in alice.messages(room, "f", 200)["chunk"] if e["type"] == "m.room.name"]
    assert len(names) == 31
    assert alice.state(room, "m.room.name") == names[-1]["content"]
    for before, after in zip(names, names[1:]):
        assert after["unsigned"]["replaces_state"] == before["event_id"]


def test_invited_and_leaving_at_once(alice, bob):
    room = alice.create(preset="private_chat")
    for _ in range(5):
        at_once(lambda: alice.act(room, "invite", bob), lambda: bob.leave(room), lambda: bob.join(room))
        now = membership(alice, room, bob.user)
        assert now in ("invite", "join", "leave")
        history = [e["content"]["membership"] for e in alice.messages(room, "f", 200)["chunk"]
                   if e["type"] == "m.room.member" and e["state_key"] == bob.user]
        assert "join" not in history or "invite" in history[:history.index("join")]
        if now != "leave":
            bob.leave(room)


def test_one_alias_for_two_rooms_at_once(alice, bob):
    name = unique("alias")
    answers = at_once(
        lambda: alice.create(room_alias_name=name), lambda: bob.create(room_alias_name=name))
    rooms = [a for a in answers if isinstance(a, str)]
    assert len(rooms) == 1
    assert next(a for a in answers if isinstance(a, Refused)).errcode == "M_ROOM_IN_USE"
    assert alice.get("directory", "room", f"#{name}:{alice.user.split(':', 1)[1]}")["room_id"] == rooms[0]


def test_upgrading_at_once_leaves_one_way_on(alice):
    room = alice.create(room_version="11")
    answers = at_once(*[
        lambda: alice.post("rooms", room, "upgrade", body={"new_version": "12"})["replacement_room"]] * 4)
    assert alice.state(room, "m.room.tombstone")["replacement_room"] in answers


def test_syncs_during_a_storm_miss_nothing(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    sending = threading.Thread(target=lambda: at_once(*[lambda n=n: alice.send(room, f"{n}") for n in range(50)]))
    sending.start()
    seen: list[str] = []
    for _ in range(200):
        answer = bob.next(timeout=500, filter={"room": {"timeline": {"limit": 500}}})
        section = answer.get("rooms", {}).get("join", {}).get(room, {}).get("timeline", {})
        seen += [e["content"]["body"] for e in section.get("events", []) if e["type"] == "m.room.message"]
        if len(seen) >= 50:
            break
    sending.join()
    assert sorted(seen, key=int) == [f"{n}" for n in range(50)]
