"""Whose keys a client has to ask for again: `device_lists` in sync, and /keys/changes."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conclave.crypto import Device, changed, gone, query
from conclave.errors import refused

MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2"}
ENCRYPTED = [{"type": "m.room.encryption", "state_key": "", "content": MEGOLM}]


def encrypted_room(owner, *others) -> str:
    return owner.room_with(*others, initial_state=ENCRYPTED)


def settled(*people) -> None:
    for person in people:
        person.next()


# Keys that change -----------------------------------------------------------------------------------------------------------

def test_new_keys_are_told_to_those_in_a_room_and_to_oneself(alice, bob, mallory):
    encrypted_room(alice, bob)
    settled(alice, bob, mallory)
    Device(alice).upload()
    assert changed(bob.next()) == [alice.user] and changed(alice.next()) == [alice.user]
    assert changed(mallory.next()) == []
    assert changed(bob.next()) == [] and changed(alice.next()) == []


def test_one_time_keys_alone_are_no_change(alice, bob):
    encrypted_room(alice, bob)
    device = Device(alice)
    device.upload()
    settled(bob)
    device.upload(3)
    alice.post("keys", "upload", body={"one_time_keys": device.one_time_keys(2)})
    assert changed(bob.next()) == []


def test_a_device_that_goes_is_a_change(alice, bob):
    encrypted_room(alice, bob)
    second = alice.second_device()
    Device(second).upload()
    settled(bob)
    second.post("logout")
    assert changed(bob.next()) == [alice.user]


def test_a_device_without_keys_is_no_change(alice, bob):
    encrypted_room(alice, bob)
    settled(bob)
    alice.second_device().post("logout")
    assert changed(bob.next()) == []


def test_another_name_of_a_device_is_a_change(alice, bob):
    encrypted_room(alice, bob)
    Device(alice).upload()
    settled(bob)
    alice.put("devices", alice.device, body={"display_name": "Lighthouse"})
    assert changed(bob.next()) == [alice.user]
    shown = query(bob, alice)["device_keys"][alice.user][alice.device]
    assert shown["unsigned"]["device_display_name"] == "Lighthouse"
    second = alice.second_device()
    second.put("devices", second.device, body={"display_name": "without keys"})
    assert changed(bob.next()) == []


def test_new_keys_wake_a_long_poll(alice, bob):
    encrypted_room(alice, bob)
    settled(bob)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bob.next, 20_000)
        time.sleep(0.3)
        begin = time.monotonic()
        Device(alice).upload()
        assert changed(waiting.result(10)) == [alice.user] and time.monotonic() - begin < 1


def test_rooms_without_encryption_count_as_well(alice, bob):
    alice.room_with(bob)
    settled(bob)
    Device(alice).upload()
    assert changed(bob.next()) == [alice.user]


def test_a_first_sync_says_nothing(alice, bob):
    encrypted_room(alice, bob)
    Device(alice).upload()
    assert "device_lists" not in bob.sync()


def test_after_a_restart_nothing_is_missed(fresh):
    alice, bob, carol = fresh.user("alice"), fresh.user("bob"), fresh.user("carol")
    room = encrypted_room(alice, bob, carol)
    settled(bob)
    Device(alice).upload()
    carol.leave(room)
    fresh.kill()
    fresh.start()
    bob.http = fresh.http
    answer = bob.next()
    assert changed(answer) == [alice.user] and gone(answer) == [carol.user]
    answer = bob.next()
    assert changed(answer) == [] and gone(answer) == []


# Coming and going -------------------------------------------------------------------------------------------------------------

def test_somebody_who_joins_is_new_to_everybody_and_everybody_to_him(alice, bob, carol):
    room = encrypted_room(alice, bob)
    settled(alice, bob, carol)
    alice.act(room, "invite", carol)
    assert changed(bob.next()) == []
    carol.join(room)
    assert changed(alice.next()) == [carol.user] and changed(bob.next()) == [carol.user]
    assert changed(carol.next()) == sorted([alice.user, bob.user])


def test_a_new_name_is_no_news(alice, bob):
    encrypted_room(alice, bob)
    settled(alice)
    bob.put("profile", bob.user, "displayname", body={"displayname": "Bobby"})
    answer = alice.next()
    assert changed(answer) == [] and gone(answer) == []


@pytest.mark.parametrize("way", ["leave", "kick", "ban"])
def test_somebody_with_whom_no_room_is_left_is_gone(alice, bob, way):
    room = encrypted_room(alice, bob)
    settled(alice, bob)
    bob.leave(room) if way == "leave" else alice.act(room, way, bob)
    assert gone(alice.next()) == [bob.user] and gone(bob.next()) == [alice.user]
    assert gone(alice.next()) == []


def test_somebody_with_whom_another_encrypted_room_is_shared_stays(alice, bob):
    room, other = encrypted_room(alice, bob), encrypted_room(alice, bob)
    settled(alice, bob)
    bob.leave(room)
    answer = alice.next()
    assert gone(answer) == [] and changed(answer) == [] and gone(bob.next()) == []
    bob.leave(other)
    assert gone(alice.next()) == [bob.user]


def test_a_room_without_encryption_does_not_hold_anybody(alice, bob):
    room = encrypted_room(alice, bob)
    alice.room_with(bob)
    settled(alice)
    bob.leave(room)
    assert gone(alice.next()) == [bob.user]


def test_leaving_a_room_without_encryption_matters_only_when_it_was_the_last(alice, bob):
    room, other = alice.room_with(bob), alice.room_with(bob)
    settled(alice)
    bob.leave(room)
    assert gone(alice.next()) == []
    bob.leave(other)
    assert gone(alice.next()) == [bob.user]


def test_everybody_is_news_when_a_room_becomes_encrypted(alice, bob, carol):
    room = alice.room_with(bob, carol)
    settled(bob)
    alice.set_state(room, "m.room.encryption", MEGOLM)
    assert changed(bob.next()) == sorted([alice.user, carol.user])


def test_leaving_and_coming_back_is_news(alice, bob):
    room = encrypted_room(alice, bob)
    settled(alice, bob)
    bob.leave(room)
    Device(bob).upload()
    alice.act(room, "invite", bob)
    bob.join(room)
    answer = alice.next()
    assert changed(answer) == [bob.user] and gone(answer) == []


def test_an_invited_person_is_no_news_before_he_joins(alice, bob):
    alice.create(bob, initial_state=ENCRYPTED)
    settled(alice, bob)
    Device(bob).upload()
    assert changed(alice.next()) == [] and changed(bob.next()) == [bob.user]


def test_a_new_room_of_people_who_know_each_other(alice, bob, carol):
    encrypted_room(alice, bob)
    settled(alice, bob)
    encrypted_room(alice, bob, carol)
    assert carol.user in changed(alice.next()) and carol.user in changed(bob.next())


# /keys/changes --------------------------------------------------------------------------------------------------------------

def test_changes_between_two_tokens(alice, bob, carol):
    room = encrypted_room(alice, bob, carol)
    settled(bob)
    begin = bob.since
    Device(alice).upload()
    carol.leave(room)
    settled(bob)
    answer = bob.get("keys", "changes", **{"from": begin, "to": bob.since})
    assert answer["changed"] == [alice.user] and answer["left"] == [carol.user]
    answer = bob.get("keys", "changes", **{"from": bob.since, "to": bob.since})
    assert answer == {"changed": [], "left": []}


@pytest.mark.parametrize("query, code", [
    ({}, "M_MISSING_PARAM"), ({"from": "s1_1"}, "M_MISSING_PARAM"), ({"from": "x", "to": "s1_1"}, "M_INVALID_PARAM"),
    ({"from": "s1_1", "to": "later"}, "M_INVALID_PARAM"),
])
def test_malformed_questions_are_refused(alice, query, code):
    with refused(400, code):
        alice.get("keys", "changes", **query)
