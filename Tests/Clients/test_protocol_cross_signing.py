"""Cross-signing: publishing keys, replacing them, signing others, and who sees which signature."""

import copy

import pytest

from conclave.client import unique
from conclave.crypto import CrossSigning, Device, changed, query, signed
from conclave.errors import refused

UPLOAD = ("keys", "device_signing", "upload")
SIGN = ("keys", "signatures", "upload")


@pytest.fixture
def person(server):
    """Somebody with device keys and cross-signing keys."""
    def make(name: str):
        client = server.user(name)
        device, keys = Device(client), CrossSigning(client)
        device.upload()
        keys.upload()
        return client, device, keys
    return make


def sign_master(client, keys, other, other_keys):
    """Signs somebody's master key with the own user-signing key."""
    master = other_keys.object("master")
    return client.post(*SIGN, body={other.user: {other_keys.public("master"): keys.sign(master, "user_signing")}})


# Publishing -----------------------------------------------------------------------------------------------------------------

def test_the_first_keys_need_no_password_and_are_seen(alice, bob):
    keys = CrossSigning(alice)
    keys.upload()
    own, seen = query(alice, alice), query(bob, alice)
    for usage in ("master", "self_signing"):
        for answer in (own, seen):
            found = answer[f"{usage}_keys"][alice.user]
            assert found["keys"] == keys.object(usage)["keys"] and found["usage"] == [usage]
            assert found == keys.object(usage)
    assert own["user_signing_keys"][alice.user]["keys"] == keys.object("user_signing")["keys"]
    assert seen["user_signing_keys"] == {}


def test_the_same_keys_again_need_no_password(alice):
    keys = CrossSigning(alice)
    keys.upload(), keys.upload()
    alice.post(*UPLOAD, body=keys.body("master"))
    alice.post(*UPLOAD, body=keys.body("self_signing"))


def test_other_keys_need_the_password(alice, bob):
    CrossSigning(alice).upload()
    fresh = CrossSigning(alice)
    answer = alice.response("POST", *UPLOAD, body=fresh.body())
    assert answer.status_code == 401 and answer.json()["flows"] == [{"stages": ["m.login.password"]}]
    wrong = {**fresh.body(), "auth": alice.password_stage(answer.json()["session"], "not the password at all")}
    assert alice.response("POST", *UPLOAD, body=wrong).status_code == 401
    assert query(bob, alice)["master_keys"][alice.user]["keys"] != fresh.object("master")["keys"]
    alice.confirmed("POST", *UPLOAD, body=fresh.body())
    assert query(bob, alice)["master_keys"][alice.user]["keys"] == fresh.object("master")["keys"]


@pytest.mark.parametrize("usage", ["self_signing", "user_signing"])
def test_one_other_key_needs_the_password_as_well(alice, usage):
    keys = CrossSigning(alice)
    keys.upload()
    fresh = CrossSigning(alice)
    fresh.accounts["master"] = keys.accounts["master"]
    assert alice.response("POST", *UPLOAD, body=fresh.body(usage)).status_code == 401
    alice.confirmed("POST", *UPLOAD, body=fresh.body(usage))
    assert query(alice, alice)[f"{usage}_keys"][alice.user]["keys"] == fresh.object(usage)["keys"]


def test_a_password_for_other_keys_opens_nothing(alice):
    """The stages were passed for one set of keys; another set may not slip in."""
    CrossSigning(alice).upload()
    fresh, sly = CrossSigning(alice), CrossSigning(alice)
    session = alice.response("POST", *UPLOAD, body=fresh.body()).json()["session"]
    alice.post(*UPLOAD, body={**fresh.body(), "auth": alice.password_stage(session)})
    assert alice.response("POST", *UPLOAD, body={**sly.body(), "auth": {"session": session}}).status_code in (401, 403)
    assert query(alice, alice)["master_keys"][alice.user]["keys"] == fresh.object("master")["keys"]


def test_another_master_key_takes_the_others_away(alice):
    CrossSigning(alice).upload()
    fresh = CrossSigning(alice)
    alice.confirmed("POST", *UPLOAD, body=fresh.body("master"))
    seen = query(alice, alice)
    assert seen["master_keys"][alice.user]["keys"] == fresh.object("master")["keys"]
    assert seen["self_signing_keys"] == {} and seen["user_signing_keys"] == {}


def test_keys_have_to_be_signed_by_the_master_key(alice):
    keys, other = CrossSigning(alice), CrossSigning(alice)
    body = keys.body()
    body["self_signing_key"] = other.object("self_signing")
    with refused(400, "M_INVALID_SIGNATURE"):
        alice.post(*UPLOAD, body=body)
    del body["self_signing_key"]["signatures"]
    with refused(400, "M_INVALID_SIGNATURE"):
        alice.post(*UPLOAD, body=body)
    assert query(alice, alice)["master_keys"] == {}


def test_without_a_master_key_there_is_nothing_to_sign_with(alice):
    with refused(400, "M_MISSING_PARAM"):
        alice.post(*UPLOAD, body=CrossSigning(alice).body("self_signing"))
    with refused(400, "M_MISSING_PARAM"):
        alice.post(*UPLOAD, body={})


def test_keys_of_another_person_are_refused(mallory, alice):
    keys = CrossSigning(mallory)
    body = keys.body()
    body["master_key"]["user_id"] = alice.user
    with refused(400, "M_INVALID_PARAM"):
        mallory.post(*UPLOAD, body=body)


@pytest.mark.parametrize("change", [
    {"usage": ["self_signing"]}, {"usage": "master"}, {"usage": None}, {"keys": {}}, {"keys": []}, {"keys": {"ed25519:x": "y"}},
    {"keys": {"ed25519:abc": "abc"}}, {"keys": {"curve25519:abc": "abc"}}, {"user_id": 5}, {"signatures": {"x": "y"}},
])
def test_malformed_keys_are_refused(alice, change):
    body = CrossSigning(alice).body("master")
    body["master_key"] = {key: value for key, value in {**body["master_key"], **change}.items() if value is not None}
    with refused(400, ("M_BAD_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM")):
        alice.post(*UPLOAD, body=body)
    with refused(400, "M_BAD_JSON"):
        alice.post(*UPLOAD, body={"master_key": "x"})


def test_keys_and_devices_have_different_names(server, alice):
    keys = CrossSigning(alice)
    other = alice.second_device(device_id=keys.public("master"))
    with refused(403, "M_FORBIDDEN"):
        alice.post(*UPLOAD, body=keys.body())
    other.post("logout")
    keys.upload()
    with refused(400, "M_INVALID_PARAM"):
        alice.second_device(device_id=keys.public("self_signing"))


def test_new_keys_are_told_to_those_in_a_room(alice, bob, mallory):
    alice.room_with(bob)
    bob.next(), mallory.next()
    CrossSigning(alice).upload()
    assert changed(bob.next()) == [alice.user] and changed(mallory.next()) == []


def test_a_new_user_signing_key_is_told_to_its_owner_alone(alice, bob):
    alice.room_with(bob)
    keys = CrossSigning(alice)
    keys.upload()
    alice.next(), bob.next()
    fresh = CrossSigning(alice)
    fresh.accounts["master"] = keys.accounts["master"]
    alice.confirmed("POST", *UPLOAD, body=fresh.body("user_signing"))
    assert changed(alice.next()) == [alice.user] and changed(bob.next()) == []


# Signing --------------------------------------------------------------------------------------------------------------------

def test_a_device_is_signed_by_the_self_signing_key(person, bob):
    alice, device, keys = person("alice")
    bob.join(alice.create(preset="public_chat"))
    bob.next()
    assert alice.post(*SIGN, body={alice.user: {device.device: keys.sign(device.identity(), "self_signing")}}) == {"failures": {}}
    found = query(bob, alice)["device_keys"][alice.user][device.device]
    assert set(found["signatures"][alice.user]) == {device.key_id, f"ed25519:{keys.public('self_signing')}"}
    assert changed(bob.next()) == [alice.user]


def test_the_master_key_is_signed_by_a_device(person, bob):
    alice, device, keys = person("alice")
    alice.post(*SIGN, body={alice.user: {keys.public("master"): device.sign(keys.object("master"))}})
    assert query(bob, alice)["master_keys"][alice.user]["signatures"] == {
        alice.user: device.sign(keys.object("master"))["signatures"][alice.user]}


def test_a_signature_on_another_person_is_seen_by_its_maker_alone(person, carol):
    alice, _, keys = person("alice")
    bob, bob_device, bob_keys = person("bob")
    room = alice.room_with(bob)
    alice.next(), bob.next()
    assert sign_master(alice, keys, bob, bob_keys) == {"failures": {}}
    assert alice.user in query(alice, bob)["master_keys"][bob.user]["signatures"]
    for other in (bob, carol):
        assert alice.user not in query(other, bob)["master_keys"][bob.user].get("signatures", {})
    assert changed(alice.next()) == [bob.user] and changed(bob.next()) == [], room


def test_the_same_signature_again_is_no_change(person):
    alice, device, keys = person("alice")
    body = {alice.user: {device.device: keys.sign(device.identity(), "self_signing")}}
    alice.post(*SIGN, body=body)
    alice.next()
    assert alice.post(*SIGN, body=body) == {"failures": {}}
    assert changed(alice.next()) == []


def test_what_fails_is_reported_one_by_one_and_the_rest_is_taken(person, server):
    alice, device, keys = person("alice")
    bob, _, bob_keys = person("bob")
    good = keys.sign(device.identity(), "self_signing")
    broken = copy.deepcopy(keys.sign(bob_keys.object("master"), "user_signing"))
    broken["signatures"][alice.user] = {key: "A" * 86 for key in broken["signatures"][alice.user]}
    stranger = f"@{unique('nobody')}:{server.name}"
    answer = alice.post(*SIGN, body={
        alice.user: {device.device: good, "NOTHING": keys.sign({**device.identity(), "device_id": "NOTHING"}, "self_signing")},
        bob.user: {bob_keys.public("master"): broken}, stranger: {"X": good}})
    assert answer["failures"][alice.user]["NOTHING"]["errcode"] == "M_NOT_FOUND"
    assert answer["failures"][bob.user][bob_keys.public("master")]["errcode"] == "M_INVALID_SIGNATURE"
    assert answer["failures"][stranger]["X"]["errcode"] == "M_NOT_FOUND"
    assert device.device not in answer["failures"][alice.user]


def test_a_changed_key_cannot_be_signed(person):
    alice, device, keys = person("alice")
    other = keys.sign({**device.identity(), "algorithms": ["none"]}, "self_signing")
    assert alice.post(*SIGN, body={alice.user: {device.device: other}})["failures"][alice.user][device.device]["errcode"] == "M_INVALID_PARAM"


def test_signatures_by_the_wrong_key_are_refused(person):
    alice, device, keys = person("alice")
    bob, bob_device, bob_keys = person("bob")
    cases = {
        (alice.user, device.device): keys.sign(device.identity(), "user_signing"),
        (bob.user, bob_keys.public("master")): keys.sign(bob_keys.object("master"), "self_signing"),
        (alice.user, keys.public("master")): keys.sign(keys.object("master"), "self_signing"),
        # Under the name of the right key, but made with another one.
        (bob.user, bob_device.device): signed(bob_device.identity(), alice.user, f"ed25519:{keys.public('user_signing')}", device.account),
    }
    for (user, name), value in cases.items():
        assert name in alice.post(*SIGN, body={user: {name: value}})["failures"][user], name


def test_mallory_cannot_put_words_into_the_mouth_of_alice(person, mallory):
    alice, _, keys = person("alice")
    Device(mallory).upload(), CrossSigning(mallory).upload()
    forged = {**keys.object("master"), "signatures": {alice.user: {f"ed25519:{keys.public('user_signing')}": "A" * 86}}}
    assert mallory.post(*SIGN, body={alice.user: {keys.public("master"): forged}})["failures"][alice.user]
    # A signature of alice on mallory's own keys is not shown to alice as hers, nor to anybody.
    upload = {**CrossSigning(mallory).object("master"), "signatures": {alice.user: {"ed25519:X": "A" * 86}}}
    mallory.confirmed("POST", *UPLOAD, body={"master_key": upload})
    assert alice.user not in query(alice, mallory)["master_keys"][mallory.user]["signatures"]


def test_signatures_go_with_the_key_they_are_about(person):
    alice, device, keys = person("alice")
    bob, _, bob_keys = person("bob")
    sign_master(alice, keys, bob, bob_keys)
    bob.confirmed("POST", *UPLOAD, body=CrossSigning(bob).body())
    assert alice.user not in query(alice, bob)["master_keys"][bob.user].get("signatures", {})


@pytest.mark.parametrize("body", [{"@a:b": []}, {"@a:b": {"X": "text"}}])
def test_malformed_signatures_are_refused(alice, body):
    with refused(400, "M_BAD_JSON"):
        alice.post(*SIGN, body=body)


def test_signing_needs_a_token(nobody):
    for path in (UPLOAD, SIGN):
        with refused(401, "M_MISSING_TOKEN"):
            nobody.post(*path)
