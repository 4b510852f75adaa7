"""The account and its devices: whoami, password change, deactivation, device list, user-interactive authentication."""

import pytest

from conclave.errors import refused
from conclave.sections import of_type

NEW = "a new and rather long passphrase 3"


def test_whoami_names_user_and_device(alice):
    answer = alice.get("account/whoami")
    assert (answer["user_id"], answer["device_id"]) == (alice.user, alice.device)
    assert not answer.get("is_guest", False)


# Password -------------------------------------------------------------------------------------------------------------

def test_password_change_asks_for_the_old_one(alice):
    answer = alice.response("POST", "account/password", body={"new_password": NEW})
    assert answer.status_code == 401
    assert ["m.login.password"] in [flow["stages"] for flow in answer.json()["flows"]]


def test_password_change_replaces_the_password_and_ends_the_other_sessions(alice):
    other = alice.second_device()
    alice.confirmed("POST", "account/password", body={"new_password": NEW, "logout_devices": True})
    assert alice.get("account/whoami")["user_id"] == alice.user
    with refused(401, "M_UNKNOWN_TOKEN"):
        other.get("account/whoami")
    with refused(403, "M_FORBIDDEN"):
        alice.another().login(alice.user, alice.password)
    assert alice.another().login(alice.user, NEW).user == alice.user


def test_password_change_can_spare_the_other_sessions(alice):
    other = alice.second_device()
    alice.confirmed("POST", "account/password", body={"new_password": NEW, "logout_devices": False})
    assert other.get("account/whoami")["user_id"] == alice.user


def test_a_wrong_password_does_not_pass_the_stage(alice):
    body = {"new_password": NEW}
    session = alice.response("POST", "account/password", body=body).json()["session"]
    answer = alice.response("POST", "account/password", body={**body, "auth": alice.password_stage(session, "wrong one")})
    assert answer.status_code == 401
    assert answer.json()["errcode"] == "M_FORBIDDEN" and answer.json()["session"] == session
    assert alice.another().login(alice.user, alice.password).token


def test_somebody_elses_password_does_not_pass_the_stage(alice, mallory):
    body = {"new_password": NEW}
    session = alice.response("POST", "account/password", body=body).json()["session"]
    stage = {**mallory.password_stage(session, mallory.password)}
    answer = alice.response("POST", "account/password", body={**body, "auth": stage})
    assert answer.status_code == 403 and answer.json()["errcode"] == "M_FORBIDDEN"
    wrong = alice.response("POST", "account/password", body={**body, "auth": {**stage, "password": "wrong"}})
    assert wrong.status_code == 401
    assert alice.another().login(alice.user, alice.password).token


def test_a_session_of_one_operation_does_not_open_another(alice):
    session = alice.response("POST", "account/password", body={"new_password": NEW}).json()["session"]
    answer = alice.response("POST", "account/deactivate", body={"auth": alice.password_stage(session)})
    assert answer.status_code in (400, 401, 403)
    assert alice.get("account/whoami")["user_id"] == alice.user


def test_password_change_needs_a_new_password(alice):
    answer = alice.response("POST", "account/password", body={})
    if answer.status_code == 401:
        answer = alice.response("POST", "account/password", body={"auth": alice.password_stage(answer.json()["session"])})
    assert answer.status_code == 400
    assert alice.another().login(alice.user, alice.password).token


def test_a_change_that_was_asked_for_is_confirmed_with_nothing_but_the_password(alice):
    session = alice.response("POST", "account/password", body={"new_password": NEW}).json()["session"]
    alice.post("account/password", body={"auth": alice.password_stage(session)})
    assert alice.another().login(alice.user, NEW).token


# Deactivation ---------------------------------------------------------------------------------------------------------

def test_deactivation_ends_the_account(alice, nobody):
    other = alice.second_device()
    answer = alice.confirmed("POST", "account/deactivate")
    assert answer["id_server_unbind_result"] in ("success", "no-support")
    for session in (alice, other):
        with refused(401, "M_UNKNOWN_TOKEN"):
            session.get("account/whoami")
    with refused(403, ("M_FORBIDDEN", "M_USER_DEACTIVATED")):
        nobody.login(alice.user, alice.password)


def test_the_name_of_a_deactivated_account_stays_taken(alice, nobody):
    alice.confirmed("POST", "account/deactivate")
    with refused(400, "M_USER_IN_USE"):
        nobody.get("register/available", username=alice.localpart)


def test_a_deactivated_user_leaves_the_rooms(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    alice.confirmed("POST", "account/deactivate")
    bob.until(lambda answer: any(
        event["content"]["membership"] == "leave" and event["state_key"] == alice.user
        for event in of_type(answer.get("rooms", {}).get("join", {}).get(room, {}).get("timeline", {}).get("events", []), "m.room.member")))
    assert alice.user not in bob.get("rooms", room, "joined_members")["joined"]


def test_deactivation_asks_for_the_password(alice):
    assert alice.response("POST", "account/deactivate", body={}).status_code == 401
    assert alice.get("account/whoami")["user_id"] == alice.user


# Devices --------------------------------------------------------------------------------------------------------------

def test_the_device_list_has_every_session(alice):
    other = alice.second_device(initial_device_display_name="Telephone")
    devices = {device["device_id"]: device for device in alice.get("devices")["devices"]}
    assert set(devices) == {alice.device, other.device}
    assert devices[other.device]["display_name"] == "Telephone"


def test_a_device_tells_when_it_was_last_seen(alice):
    alice.get("account/whoami")
    device = alice.get("devices", alice.device)
    assert device["device_id"] == alice.device
    assert isinstance(device.get("last_seen_ts", 0), int)


def test_a_device_can_be_renamed(alice):
    alice.put("devices", alice.device, body={"display_name": "Library"})
    assert alice.get("devices", alice.device)["display_name"] == "Library"


def test_renaming_with_nothing_changes_nothing(alice):
    alice.put("devices", alice.device, body={"display_name": "Library"})
    alice.put("devices", alice.device, body={})
    assert alice.get("devices", alice.device)["display_name"] == "Library"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_unknown_device_is_not_found(alice, method):
    body = {"display_name": "x"} if method == "PUT" else None
    answer = alice.response(method, "devices", "NOSUCHDEVICE", body=body)
    assert answer.status_code in ((404,) if method == "GET" else (404, 201))


def test_somebody_elses_device_is_not_found(alice, mallory):
    with refused(404, "M_NOT_FOUND"):
        mallory.get("devices", alice.device)
    assert mallory.response("PUT", "devices", alice.device, body={"display_name": "mine"}).status_code in (404, 201)
    assert alice.get("devices", alice.device).get("display_name") != "mine"


def test_deleting_a_device_asks_for_the_password_and_ends_its_session(alice):
    other = alice.second_device()
    assert alice.response("DELETE", "devices", other.device, body={}).status_code == 401
    assert other.get("account/whoami")["user_id"] == alice.user
    alice.confirmed("DELETE", "devices", other.device)
    with refused(401, "M_UNKNOWN_TOKEN"):
        other.get("account/whoami")
    with refused(404, "M_NOT_FOUND"):
        alice.get("devices", other.device)


def test_several_devices_are_deleted_at_once(alice):
    others = [alice.second_device() for _ in range(3)]
    alice.confirmed("POST", "delete_devices", body={"devices": [other.device for other in others]})
    assert [device["device_id"] for device in alice.get("devices")["devices"]] == [alice.device]


@pytest.mark.parametrize("body", [{}, {"devices": "A"}, {"devices": [1]}], ids=["missing", "string", "numbers"])
def test_malformed_device_deletions_are_refused(alice, body):
    answer = alice.response("POST", "delete_devices", body=body)
    assert answer.status_code in (400, 401)
    if answer.status_code == 401:
        session = answer.json()["session"]
        with refused(400):
            alice.post("delete_devices", body={**body, "auth": alice.password_stage(session)})


def test_mallory_cannot_delete_alices_device(alice, mallory):
    answer = mallory.response("DELETE", "devices", alice.device, body={})
    if answer.status_code == 401:
        stage = mallory.password_stage(answer.json()["session"])
        mallory.response("DELETE", "devices", alice.device, body={"auth": stage})
    assert alice.get("account/whoami")["device_id"] == alice.device
