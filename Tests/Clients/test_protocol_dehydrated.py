"""Dehydrated devices (MSC3814): a device that receives keys while its owner is signed out everywhere."""

import pytest

from conclave.client import Client, unique
from conclave.crypto import Device, claim, inbox, query, send_to
from conclave.errors import refused

PATH = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device"
DATA = {"algorithm": "org.matrix.msc3814.v2", "device_pickle": "sealed", "nonce": "n"}


def leave(client: Client, device: Device, **fields) -> dict:
    return client.put(PATH, body={
        "device_id": device.device, "device_data": DATA, "device_keys": device.identity(dehydrated=True),
        "one_time_keys": device.one_time_keys(2), "fallback_keys": device.fallback(), **fields})


def messages(client: Client, device: str, batch: str | None = None) -> dict:
    return client.post(PATH, device, "events", body={} if batch is None else {"next_batch": batch})


def test_the_feature_is_announced(nobody):
    assert nobody.get("/_matrix/client/versions")["unstable_features"]["org.matrix.msc3814.v1"] is True


def test_a_device_is_left_found_and_removed(alice, bob):
    device = Device(alice, unique("D"))
    with refused(404, "M_NOT_FOUND"):
        alice.get(PATH)
    assert leave(alice, device, initial_device_display_name="Asleep") == {"device_id": device.device}
    assert alice.get(PATH) == {"device_id": device.device, "device_data": DATA}
    seen = query(bob, alice)["device_keys"][alice.user][device.device]
    assert seen["dehydrated"] is True and seen["unsigned"] == {"device_display_name": "Asleep"}
    assert len(claim(bob, alice, device.device)) == 1
    assert [one["device_id"] for one in alice.get("devices")["devices"]] == [alice.device]
    assert alice.delete(PATH) == {"device_id": device.device}
    assert device.device not in query(bob, alice)["device_keys"].get(alice.user, {}) and claim(bob, alice, device.device) == {}
    with refused(404, "M_NOT_FOUND"):
        alice.delete(PATH)


def test_it_receives_messages_until_it_is_removed(alice, bob):
    device = Device(alice, unique("D"))
    leave(alice, device)
    for n in range(130):
        send_to(bob, {alice.user: {device.device if n % 2 else "*": {"n": n}}})
    found, batch = [], None
    while True:
        answer = messages(alice, device.device, batch)
        if not answer["events"]:
            break
        assert len(answer["events"]) <= 100
        found += [event["content"]["n"] for event in answer["events"]]
        batch = answer["next_batch"]
    assert found == list(range(130))
    assert len(messages(alice, device.device)["events"]) == 100, "reading removes nothing"
    alice.delete(PATH)
    with refused(404, "M_NOT_FOUND"):
        messages(alice, device.device)
    assert [event["content"]["n"] for event in inbox(alice.sync())] == list(range(0, 130, 2))


def test_another_one_takes_its_place(alice, bob):
    old, new = Device(alice, unique("D")), Device(alice, unique("D"))
    leave(alice, old)
    send_to(bob, {alice.user: {old.device: {"n": 1}}})
    leave(alice, new)
    assert alice.get(PATH)["device_id"] == new.device
    assert set(query(bob, alice)["device_keys"][alice.user]) == {new.device}
    with refused(404, "M_NOT_FOUND"):
        messages(alice, old.device)
    assert messages(alice, new.device)["events"] == []


def test_others_are_told(alice, bob):
    alice.room_with(bob)
    bob.next()
    leave(alice, Device(alice, unique("D")))
    assert bob.next()["device_lists"]["changed"] == [alice.user]
    alice.delete(PATH)
    assert bob.next()["device_lists"]["changed"] == [alice.user]


def test_it_stays_when_its_owner_signs_out(alice, bob):
    device = Device(alice, unique("D"))
    leave(alice, device)
    alice.post("logout", "all")
    send_to(bob, {alice.user: {"*": {"n": 1}}})
    alice.login()
    assert [event["content"]["n"] for event in messages(alice, device.device)["events"]] == [1]


def test_it_belongs_to_its_owner(alice, mallory):
    device = Device(alice, unique("D"))
    leave(alice, device)
    with refused(404, "M_NOT_FOUND"):
        mallory.get(PATH)
    with refused(404, "M_NOT_FOUND"):
        messages(mallory, device.device)


def test_the_id_of_a_device_that_is_signed_in_is_refused(alice):
    with refused(400, "M_INVALID_PARAM"):
        leave(alice, Device(alice))


@pytest.mark.parametrize("change, code", [
    ({"device_id": 5}, "M_BAD_JSON"), ({"device_id": "*"}, "M_INVALID_PARAM"), ({"device_id": "other"}, "M_INVALID_PARAM"),
    ({"device_data": None}, "M_BAD_JSON"), ({"device_data": {}}, "M_BAD_JSON"), ({"device_keys": None}, "M_MISSING_PARAM"),
    ({"initial_device_display_name": 5}, "M_BAD_JSON"),
])
def test_malformed_devices_are_refused(alice, change, code):
    with refused(400, code):
        leave(alice, Device(alice, unique("D")), **change)
    with refused(404, "M_NOT_FOUND"):
        alice.get(PATH)


def test_a_batch_that_is_none(alice):
    device = Device(alice, unique("D"))
    leave(alice, device)
    for batch in ("x", "-1"):
        with refused(400, "M_INVALID_PARAM"):
            messages(alice, device.device, batch)
