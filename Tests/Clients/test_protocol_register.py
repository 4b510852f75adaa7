"""Registration and user-interactive authentication."""

import pytest

from conclave.client import PASSWORD, unique
from conclave.errors import refused


def asked(client, **fields) -> dict:
    """The 401 that says which stages there are."""
    answer = client.response("POST", "register", body={"username": unique("reg"), "password": PASSWORD, **fields})
    assert answer.status_code == 401, answer.text
    return answer.json()


def test_the_flows_are_told_with_a_session(nobody):
    body = asked(nobody)
    assert body["session"] and ["m.login.dummy"] in [flow["stages"] for flow in body["flows"]]
    assert isinstance(body.get("params", {}), dict) and not body.get("completed")


def test_a_user_is_made_and_signed_in(nobody):
    name = unique("alice")
    nobody.register(name)
    assert nobody.user == f"@{name}:example.test"
    assert nobody.get("account/whoami") == {"user_id": nobody.user, "device_id": nobody.device, "is_guest": False} \
        or nobody.get("account/whoami")["user_id"] == nobody.user


def test_the_new_password_signs_in(nobody):
    nobody.register(unique("alice"), "another long passphrase 19")
    assert nobody.another().login(nobody.user, "another long passphrase 19").user == nobody.user


def test_without_a_username_the_server_chooses_one(nobody):
    stage = {"type": "m.login.dummy", "session": asked(nobody)["session"]}
    session = nobody.response("POST", "register", body={"password": PASSWORD}).json()["session"]
    nobody.take(nobody.post("register", body={"password": PASSWORD, "auth": {**stage, "session": session}}))
    assert nobody.user.endswith(":example.test") and len(nobody.user) > len("@:example.test")


def test_what_was_asked_first_is_remembered(nobody):
    name = unique("alice")
    first = {"username": name, "password": PASSWORD, "device_id": "REMEMBERED", "inhibit_login": False}
    session = nobody.response("POST", "register", body=first).json()["session"]
    answer = nobody.post("register", body={"auth": {"type": "m.login.dummy", "session": session}})
    assert answer["user_id"] == f"@{name}:example.test" and answer["device_id"] == "REMEMBERED"
    assert nobody.another().login(answer["user_id"], PASSWORD).token


def test_inhibit_login_gives_no_token(nobody):
    name = unique("alice")
    request = {"username": name, "password": PASSWORD, "inhibit_login": True}
    session = nobody.response("POST", "register", body=request).json()["session"]
    answer = nobody.post("register", body={**request, "auth": {"type": "m.login.dummy", "session": session}})
    assert answer["user_id"] == f"@{name}:example.test"
    assert "access_token" not in answer and "device_id" not in answer


def test_device_id_and_name_are_taken(nobody):
    nobody.register(unique("alice"), device_id="FIRSTDEVICE", initial_device_display_name="Desk")
    assert nobody.device == "FIRSTDEVICE"
    assert nobody.get("devices", "FIRSTDEVICE")["display_name"] == "Desk"


def test_a_new_user_shows_the_localpart_or_nothing_as_name(alice):
    shown = alice.get("profile", alice.user)
    assert shown.get("displayname", alice.localpart) == alice.localpart


def test_a_name_in_use_is_refused(alice, nobody):
    with refused(400, "M_USER_IN_USE"):
        nobody.post("register", body={"username": alice.localpart, "password": PASSWORD})


def test_a_name_that_differs_in_case_is_the_same_name(alice, nobody):
    with refused(400, ("M_USER_IN_USE", "M_INVALID_USERNAME")):
        nobody.post("register", body={"username": alice.localpart.upper(), "password": PASSWORD})


@pytest.mark.parametrize("name", ["with space", "über", "semi;colon", "at@sign", "col:on", "x" * 260, "日本", "new\nline"])
def test_names_outside_the_grammar_are_refused(nobody, name):
    with refused(400, "M_INVALID_USERNAME"):
        nobody.post("register", body={"username": name, "password": PASSWORD})


@pytest.mark.parametrize("body, codes", [
    ({"username": 5, "password": PASSWORD}, ("M_BAD_JSON", "M_INVALID_PARAM", "M_INVALID_USERNAME")),
    ({"username": "fine", "password": 5}, ("M_BAD_JSON", "M_INVALID_PARAM", "M_WEAK_PASSWORD")),
], ids=["username-number", "password-number"])
def test_wrong_types_are_refused(nobody, body, codes):
    with refused(400, codes):
        nobody.post("register", body=body)


def test_a_session_nobody_opened_is_refused(nobody):
    answer = nobody.response("POST", "register", body={
        "username": unique("alice"), "password": PASSWORD, "auth": {"type": "m.login.dummy", "session": "made up"}})
    assert answer.status_code in (400, 401, 403)
    assert "access_token" not in answer.json()


def test_an_unknown_stage_is_refused_and_the_session_goes_on(nobody):
    name = unique("alice")
    request = {"username": name, "password": PASSWORD}
    session = nobody.response("POST", "register", body=request).json()["session"]
    answer = nobody.response("POST", "register", body={
        **request, "auth": {"type": "org.example.mind_reading", "session": session}})
    assert answer.status_code in (400, 401)
    nobody.take(nobody.post("register", body={**request, "auth": {"type": "m.login.dummy", "session": session}}))
    assert nobody.user == f"@{name}:example.test"


def test_available_says_yes_to_a_free_name(nobody):
    assert nobody.get("register/available", username=unique("free")) == {"available": True}


def test_available_says_no_to_a_taken_name(alice, nobody):
    with refused(400, "M_USER_IN_USE"):
        nobody.get("register/available", username=alice.localpart)


@pytest.mark.parametrize("name", ["with space", "über", "a:b"])
def test_available_says_no_to_an_invalid_name(nobody, name):
    with refused(400, "M_INVALID_USERNAME"):
        nobody.get("register/available", username=name)


def test_available_needs_a_name(nobody):
    with refused(400, ("M_MISSING_PARAM", "M_INVALID_PARAM", "M_INVALID_USERNAME")):
        nobody.get("register/available")


def test_a_made_up_registration_token_is_not_valid(nobody):
    answer = nobody.get("/_matrix/client/v1/register/m.login.registration_token/validity", token="made_up")
    assert answer == {"valid": False}


def test_an_unknown_kind_of_account_is_refused(nobody):
    answer = nobody.response("POST", "register", kind="ghost", body={"password": PASSWORD})
    assert answer.status_code in (400, 403)
