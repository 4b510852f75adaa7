"""Device keys: publishing, asking, claiming."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conclave.client import unique
from conclave.crypto import Device, claim, query
from conclave.errors import refused

KEY = "signed_curve25519"


# Uploading --------------------------------------------------------------------------------------------------------------

def test_a_device_publishes_its_keys_and_others_find_them(alice, bob):
    device = Device(alice)
    assert device.upload(3)[KEY] == 3
    seen = query(bob, alice)
    assert seen["failures"] == {}
    found = seen["device_keys"][alice.user][alice.device]
    own = device.identity()
    assert {key: found[key] for key in ("user_id", "device_id", "algorithms", "keys")} == {
        key: own[key] for key in ("user_id", "device_id", "algorithms", "keys")}
    assert set(found["signatures"][alice.user]) == {device.key_id}


def test_the_name_of_a_device_is_shown_beside_its_keys(alice, bob):
    Device(alice).upload()
    assert "unsigned" not in query(bob, alice)["device_keys"][alice.user][alice.device]
    alice.put("devices", alice.device, body={"display_name": "Alice's phone"})
    found = query(bob, alice)["device_keys"][alice.user][alice.device]
    assert found["unsigned"] == {"device_display_name": "Alice's phone"}


def test_an_empty_upload_tells_the_counts(alice):
    assert alice.post("keys", "upload")["one_time_key_counts"].get(KEY, 0) == 0
    Device(alice).upload(2)
    assert alice.post("keys", "upload")["one_time_key_counts"] == {KEY: 2}


def test_the_same_upload_twice_changes_nothing(alice):
    device = Device(alice)
    keys = device.one_time_keys(2)
    assert device.upload(keys)[KEY] == 2
    assert device.upload(keys)[KEY] == 2


def test_another_key_under_a_name_that_is_taken_is_refused_whole(alice):
    device = Device(alice)
    keys = device.one_time_keys(1)
    device.upload(keys)
    name = next(iter(keys))
    with refused(400, "M_INVALID_PARAM"):
        alice.post("keys", "upload", body={"one_time_keys": {**device.one_time_keys(1), name: device.key()}})
    assert alice.post("keys", "upload")["one_time_key_counts"] == {KEY: 1}


def test_a_claimed_key_does_not_come_back_with_a_repeated_upload(alice, bob):
    device = Device(alice)
    keys = device.one_time_keys(1)
    device.upload(keys)
    assert claim(bob, alice) == keys
    device.upload(keys)
    assert claim(bob, alice) == {}


@pytest.mark.parametrize("change", [{"user_id": "@mallory:example.org"}, {"device_id": "ELSEWHERE"}])
def test_keys_of_another_device_are_refused(mallory, change):
    identity = Device(mallory).identity()
    with refused(400, "M_INVALID_PARAM"):
        mallory.post("keys", "upload", body={"device_keys": {**identity, **change}})


@pytest.mark.parametrize("name", ["user_id", "device_id", "algorithms", "keys", "signatures"])
def test_identities_need_all_their_parts(alice, name):
    identity = Device(alice).identity()
    del identity[name]
    with refused(400, ("M_MISSING_PARAM", "M_BAD_JSON")):
        alice.post("keys", "upload", body={"device_keys": identity})


@pytest.mark.parametrize("body", [
    {"device_keys": []}, {"device_keys": "x"}, {"one_time_keys": []}, {"one_time_keys": {"nocolon": "x"}},
    {"one_time_keys": {"signed_curve25519:A": 5}}, {"one_time_keys": {"signed_curve25519:A": "bare"}},
    {"one_time_keys": {"signed_curve25519:A": {"signatures": {}}}}, {"one_time_keys": {":A": "x"}}, {"one_time_keys": {"a:": "x"}},
    {"fallback_keys": 3}, {"fallback_keys": {"x:1": "k", "x:2": "k"}},
    {"one_time_keys": {"signed_curve25519:A": {"key": "x", "signatures": {"@a:b": "no map"}}}},
])
def test_malformed_uploads_are_refused(alice, body):
    with refused(400, ("M_BAD_JSON", "M_INVALID_PARAM")):
        alice.post("keys", "upload", body=body)
    assert alice.post("keys", "upload")["one_time_key_counts"].get(KEY, 0) == 0


def test_uploads_need_a_token_and_json(alice, nobody):
    with refused(401, "M_MISSING_TOKEN"):
        nobody.post("keys", "upload")
    with refused(400, "M_NOT_JSON"):
        alice.post("keys", "upload", raw=b"{")


def test_keys_of_other_algorithms_are_kept_under_their_names(alice, bob):
    assert alice.post("keys", "upload", body={"one_time_keys": {"my_algorithm:1": "my+key"}})["one_time_key_counts"]["my_algorithm"] == 1
    assert claim(bob, alice, algorithm="my_algorithm") == {"my_algorithm:1": "my+key"}


def test_a_device_has_a_bounded_number_of_keys(alice):
    many = {f"{KEY}:{index}": {"key": "x", "signatures": {}} for index in range(2001)}
    with refused(413, "M_TOO_LARGE"):
        alice.post("keys", "upload", body={"one_time_keys": many})


# Asking -----------------------------------------------------------------------------------------------------------------

def test_only_the_devices_asked_for_are_told(alice, bob):
    second = alice.second_device()
    Device(alice).upload(), Device(second).upload()
    assert set(query(bob, alice)["device_keys"][alice.user]) == {alice.device, second.device}
    answer = bob.post("keys", "query", body={"device_keys": {alice.user: [second.device, "NOTHING"]}})
    assert set(answer["device_keys"][alice.user]) == {second.device}


def test_nothing_is_said_of_people_who_do_not_exist(alice, server):
    answer = alice.post("keys", "query", body={"device_keys": {f"@{unique('nobody')}:{server.name}": []}, "timeout": 10})
    assert answer["device_keys"] == {} and answer["failures"] == {}


def test_other_servers_are_failures(alice):
    answer = alice.post("keys", "query", body={"device_keys": {"@bob:elsewhere.example": []}})
    assert set(answer["failures"]) == {"elsewhere.example"} and answer["device_keys"] == {}
    answer = alice.post("keys", "claim", body={"one_time_keys": {"@bob:elsewhere.example": {"X": KEY}}})
    assert set(answer["failures"]) == {"elsewhere.example"}


@pytest.mark.parametrize("body, code", [
    ({}, "M_MISSING_PARAM"), ({"device_keys": []}, "M_BAD_JSON"), ({"device_keys": {"@a:b": "x"}}, "M_BAD_JSON"),
    ({"device_keys": {"@a:b": [1]}}, "M_BAD_JSON"), ({"device_keys": {"nobody": []}}, "M_INVALID_PARAM"),
    ({"device_keys": {}, "timeout": "soon"}, "M_BAD_JSON"),
])
def test_malformed_questions_are_refused(alice, body, code):
    with refused(400, code):
        alice.post("keys", "query", body=body)


# Claiming ---------------------------------------------------------------------------------------------------------------

def test_the_oldest_upload_is_handed_out_first(alice, bob):
    device = Device(alice)
    batches = [device.one_time_keys(3) for _ in range(3)]
    for batch in batches:
        device.upload(batch)
    for batch in batches:
        seen = {}
        for _ in batch:
            seen |= claim(bob, alice)
        assert seen == batch
    assert claim(bob, alice) == {}


def test_the_fallback_key_comes_when_nothing_else_is_left_and_stays(alice, bob):
    device = Device(alice)
    fallback = device.fallback()
    keys = device.one_time_keys(1)
    device.upload(keys, fallback)
    assert alice.sync()["device_unused_fallback_key_types"] == [KEY]
    assert claim(bob, alice) == keys
    assert alice.sync()["device_unused_fallback_key_types"] == [KEY]
    assert claim(bob, alice) == fallback and claim(bob, alice) == fallback
    assert alice.sync()["device_unused_fallback_key_types"] == []
    device.upload(0, fallback)
    assert alice.sync()["device_unused_fallback_key_types"] == []
    fresh = device.fallback()
    device.upload(0, fresh)
    assert alice.sync()["device_unused_fallback_key_types"] == [KEY]
    assert claim(bob, alice) == fresh


def test_one_claim_asks_for_several_devices_and_unknown_ones_are_missing(alice, bob, carol):
    Device(alice).upload(1), Device(bob).upload(1)
    answer = carol.post("keys", "claim", body={"one_time_keys": {
        alice.user: {alice.device: KEY, "NOTHING": KEY}, bob.user: {bob.device: "other"}, f"@{unique()}:{carol.user.split(':', 1)[1]}": {"X": KEY}}})
    assert set(answer["one_time_keys"]) == {alice.user} and set(answer["one_time_keys"][alice.user]) == {alice.device}


@pytest.mark.parametrize("body, code", [
    ({}, "M_MISSING_PARAM"), ({"one_time_keys": []}, "M_BAD_JSON"), ({"one_time_keys": {"@a:b": []}}, "M_BAD_JSON"),
    ({"one_time_keys": {"@a:b": {"D": 1}}}, "M_BAD_JSON"), ({"one_time_keys": {"a": {}}}, "M_INVALID_PARAM"),
])
def test_malformed_claims_are_refused(alice, body, code):
    with refused(400, code):
        alice.post("keys", "claim", body=body)


def test_a_hundred_claims_at_once_get_a_key_each(alice, bob):
    device = Device(alice)
    keys = device.one_time_keys(100)
    fallback = device.fallback()
    device.upload(keys, fallback)
    with ThreadPoolExecutor(32) as pool:
        claimed = list(pool.map(lambda _: claim(bob, alice), range(110)))
    names = [name for entry in claimed for name in entry]
    assert sorted(name for name in names if name in keys) == sorted(keys)
    assert [name for name in names if name not in keys] == list(fallback) * 10
    assert alice.post("keys", "upload")["one_time_key_counts"].get(KEY, 0) == 0


# What sync tells ----------------------------------------------------------------------------------------------------------

def test_every_answer_tells_the_counts(alice, bob):
    Device(alice).upload(2)
    assert alice.next()["device_one_time_keys_count"] == {KEY: 2}
    assert alice.next()["device_one_time_keys_count"] == {KEY: 2}
    claim(bob, alice)
    assert alice.next()["device_one_time_keys_count"] == {KEY: 1}


def test_a_claim_wakes_the_device(alice, bob):
    Device(alice).upload(1)
    alice.next()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(alice.next, 20_000)
        claim(bob, alice)
        assert waiting.result(10)["device_one_time_keys_count"].get(KEY, 0) == 0


def test_counts_are_of_the_device_that_asks(alice):
    second = alice.second_device()
    Device(alice).upload(2), Device(second).upload(5)
    assert alice.sync()["device_one_time_keys_count"] == {KEY: 2}
    assert second.sync()["device_one_time_keys_count"] == {KEY: 5}


# The end of a device ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("end", ["logout", "delete", "logout all", "deactivate"])
def test_keys_go_with_their_device(alice, bob, end):
    bob.room_with(alice)
    Device(alice).upload(1, None)
    bob.next()
    match end:
        case "logout": alice.post("logout")
        case "logout all": alice.post("logout", "all")
        case "deactivate": alice.confirmed("POST", "account", "deactivate")
        case "delete": alice.second_device().confirmed("DELETE", "devices", alice.device)
    assert query(bob, alice)["device_keys"].get(alice.user, {}) == {}
    assert claim(bob, alice) == {}
    assert alice.user in bob.next()["device_lists"]["changed"] or end == "deactivate"


def test_a_device_that_comes_back_begins_anew(alice, bob):
    Device(alice).upload(4)
    assert alice.sync()["device_one_time_keys_count"] == {KEY: 4}
    device = alice.device
    alice.post("logout")
    alice.login(device_id=device)
    assert alice.sync()["device_one_time_keys_count"].get(KEY, 0) == 0
    assert query(bob, alice)["device_keys"][alice.user] == {}
