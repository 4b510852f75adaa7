"""Devices and people verify each other by short strings, through messages to devices and in a room."""

from __future__ import annotations

import time

import pytest
import vodozemac

from conclave.client import Client
from conclave.crypto import CrossSigning, Device, inbox, query
from conclave.sections import timeline
from conclave.verification import BetweenDevices, InRoom, Party, of_flow, request_in_room, request_to_devices


def now() -> int:
    return time.time_ns() // 1_000_000


def equipped(client: Client) -> Device:
    """A device whose keys are published and which has synced once."""
    device = Device(client)
    device.upload()
    client.next()
    return device


def own_key(device: Device) -> dict[str, str]:
    return {device.key_id: device.account.ed25519_key.to_base64()}


def master_key(keys: CrossSigning) -> dict[str, str]:
    return {f"ed25519:{keys.public('master')}": keys.public("master")}


def compare(starter: Party, accepter: Party) -> None:
    """From `start` to the short strings, which have to be the same."""
    starter.start()
    accepter.accept()
    starter.hear_accept()
    starter.send_key()
    accepter.hear_key()
    accepter.send_key()
    starter.hear_key()
    assert starter.short == accepter.short


def confirm(one: Party, one_keys: dict[str, str], two: Party, two_keys: dict[str, str]) -> None:
    """Both say that the strings are the same, vouch for their keys and take the other's."""
    one.send_mac(one_keys), two.send_mac(two_keys)
    assert one.hear_mac() == set(two_keys) and two.hear_mac() == set(one_keys)
    one.done(), two.done()
    one.hear_done(), two.hear_done()
    assert one.channel.is_silent() and two.channel.is_silent()


@pytest.fixture
def between(alice) -> tuple[Party, Party]:
    """Two devices of alice that have agreed to verify each other."""
    old, new = equipped(alice), equipped(alice.second_device())
    flow = request_to_devices(new, [old], now())
    asker, asked = Party(BetweenDevices(new, old, flow)), Party(BetweenDevices(old, new, flow))
    asked.take(asked.channel.receive("request"))
    asker.hear_ready()
    return asker, asked


# Between devices ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("first", ["the one that asked", "the one that was asked"])
def test_two_devices_of_one_person_verify_each_other_whoever_starts(between, first):
    asker, asked = between
    compare(*((asker, asked) if first == "the one that asked" else (asked, asker)))
    confirm(asker, own_key(asker.device), asked, own_key(asked.device))


def test_of_the_devices_that_were_asked_one_answers_and_the_others_are_told(alice):
    laptop, phone, new = equipped(alice), equipped(alice.second_device()), equipped(alice.second_device())
    flow = request_to_devices(new, [laptop, phone], now())
    asked, idle = Party(BetweenDevices(phone, new, flow)), Party(BetweenDevices(laptop, new, flow))
    request = asked.channel.receive("request")
    assert request == idle.channel.receive("request") and request["from_device"] == new.device
    asked.take(request)
    asker = Party(BetweenDevices(new, phone, flow))
    asker.hear_ready()
    assert asker.other_device == phone.device
    Party(BetweenDevices(new, laptop, flow)).cancel("m.accepted")
    assert idle.hear_cancel() == "m.accepted"
    compare(asked, asker)
    confirm(asked, own_key(phone), asker, own_key(new))
    assert idle.channel.is_silent()


def test_a_device_that_was_verified_is_signed_and_others_see_it(between, alice, bob):
    asker, asked = between
    new, keys = asker.device, CrossSigning(alice)
    keys.upload()
    compare(asker, asked)
    confirm(asker, own_key(new), asked, {**own_key(asked.device), **master_key(keys)})
    found = query(alice, alice)["device_keys"][alice.user][new.device]
    found.pop("unsigned", None)
    alice.post("keys", "signatures", "upload", body={alice.user: {new.device: keys.sign(found, "self_signing")}})
    signatures = query(bob, alice)["device_keys"][alice.user][new.device]["signatures"][alice.user]
    assert set(signatures) == {new.key_id, f"ed25519:{keys.public('self_signing')}"}


def test_what_waited_for_a_device_that_was_away_is_in_order(alice):
    old, new = equipped(alice), equipped(alice.second_device())
    flow = request_to_devices(new, [old], now())
    asker, asked = Party(BetweenDevices(new, old, flow)), BetweenDevices(old, new, flow)
    asker.start()
    asker.cancel("m.timeout")
    asked.receive("request")
    assert len(asked.unread) == 2, "one answer brings all of it"
    assert asked.receive("start") == asker.start_content and asked.receive("cancel")["code"] == "m.timeout"


def test_strings_that_differ_end_it_on_both_sides(between):
    asker, asked = between
    compare(asker, asked)
    asked.cancel("m.mismatched_sas")
    assert asker.hear_cancel() == "m.mismatched_sas"
    assert asker.channel.is_silent() and asked.channel.is_silent()


def test_a_key_that_was_not_published_is_noticed(between):
    asker, asked = between
    compare(asker, asked)
    asked.send_mac({asked.device.key_id: vodozemac.Account().ed25519_key.to_base64()})
    with pytest.raises(vodozemac.SasException):
        asker.hear_mac()
    asker.cancel("m.key_mismatch")
    assert asked.hear_cancel() == "m.key_mismatch"


# In a room ------------------------------------------------------------------------------------------------------------------

@pytest.fixture
def people(alice, bob):
    """Alice and bob with keys of all kinds, and a room of theirs."""
    keys = {person.user: CrossSigning(person) for person in (alice, bob)}
    for each in keys.values():
        each.upload()
    room = alice.room_with(bob, is_direct=True)
    return equipped(alice), equipped(bob), keys, room


def asked_in_room(device: Device, room: str, flow: str) -> dict:
    """The request as it arrives in somebody's timeline."""
    answer = device.client.until(lambda answer: any(event["event_id"] == flow for event in timeline(answer, room)))
    return next(event for event in timeline(answer, room) if event["event_id"] == flow)


def in_room(one: Device, two: Device, room: str) -> tuple[Party, Party]:
    """Both sides of a flow that the first asked for and the second agreed to."""
    flow = request_in_room(one, room, two.user)
    request = asked_in_room(two, room, flow)
    assert request["type"] == "m.room.message" and request["content"]["msgtype"] == of_flow("request")
    assert request["content"]["to"] == two.user and request["content"]["from_device"] == one.device
    asker, asked = Party(InRoom(one, two.user, room, flow)), Party(InRoom(two, one.user, room, flow))
    asked.take(request["content"])
    asker.hear_ready()
    return asker, asked


@pytest.mark.parametrize("first", ["the one who asked", "the one who was asked"])
def test_two_people_verify_each_other_in_a_room_whoever_starts(people, first):
    hers, his, keys, room = people
    asker, asked = in_room(hers, his, room)
    compare(*((asker, asked) if first == "the one who asked" else (asked, asker)))
    confirm(asker, {**own_key(hers), **master_key(keys[hers.user])}, asked, {**own_key(his), **master_key(keys[his.user])})


def test_the_whole_flow_is_found_by_its_request(people):
    hers, his, keys, room = people
    asker, asked = in_room(hers, his, room)
    compare(asker, asked)
    confirm(asker, master_key(keys[hers.user]), asked, master_key(keys[his.user]))
    path = ("/_matrix/client/v1/rooms", room, "relations", asker.channel.flow, "m.reference")
    found = hers.client.get(*path, dir="f", limit=50)["chunk"]
    kinds = [event["type"].rsplit(".", 1)[1] for event in found]
    assert kinds == ["ready", "start", "accept", "key", "key", "mac", "mac", "done", "done"]
    assert next(event["content"] for event in found if event["type"] == of_flow("start")) == asker.start_content


def test_a_person_who_was_verified_is_signed_for_oneself_alone(people):
    hers, his, keys, room = people
    asker, asked = in_room(hers, his, room)
    compare(asker, asked)
    confirm(asker, master_key(keys[hers.user]), asked, master_key(keys[his.user]))
    alice, bob, own = hers.client, his.client, keys[hers.user]
    master = query(alice, bob)["master_keys"][bob.user]
    name = next(iter(master["keys"].values()))
    alice.post("keys", "signatures", "upload", body={bob.user: {name: own.sign(master, "user_signing")}})
    signer = f"ed25519:{own.public('user_signing')}"
    assert signer in query(alice, bob)["master_keys"][bob.user]["signatures"][alice.user]
    assert alice.user not in query(bob, bob)["master_keys"][bob.user].get("signatures", {})


def test_the_other_devices_of_the_one_who_was_asked_see_that_it_was_taken(people):
    hers, his, _, room = people
    second = equipped(his.client.second_device())
    asker, _ = in_room(hers, his, room)
    flow = asker.channel.flow

    def taken(answer: dict) -> bool:
        return any(event["type"] == of_flow("ready") and event["content"]["m.relates_to"]["event_id"] == flow
                   and event["content"]["from_device"] == his.device for event in timeline(answer, room))

    answer = second.client.until(taken)
    assert inbox(answer) == []


def test_a_request_in_a_room_may_be_refused(people):
    hers, his, _, room = people
    flow = request_in_room(hers, room, his.user)
    asked_in_room(his, room, flow)
    Party(InRoom(his, hers.user, room, flow)).cancel("m.user")
    assert Party(InRoom(hers, his.user, room, flow)).hear_cancel() == "m.user"
