"""Signing in and out: login flows, passwords, login tokens, refresh tokens, logout."""

import pytest

from conclave.client import unique
from conclave.errors import refused

BY_NAME = {"type": "m.login.password"}


def identifier(user: str) -> dict:
    return {"type": "m.id.user", "user": user}


def test_the_password_flow_is_offered(nobody):
    assert "m.login.password" in [flow["type"] for flow in nobody.get("login")["flows"]]


def test_login_by_user_id_gives_a_session(alice, nobody):
    answer = nobody.post("login", body={**BY_NAME, "identifier": identifier(alice.user), "password": alice.password})
    assert answer["user_id"] == alice.user and answer["access_token"] and answer["device_id"]


def test_login_by_localpart_gives_a_session(alice, nobody):
    assert nobody.login(alice.localpart, alice.password).user == alice.user


def test_the_deprecated_user_field_is_understood(alice, nobody):
    answer = nobody.post("login", body={**BY_NAME, "user": alice.localpart, "password": alice.password})
    assert answer["user_id"] == alice.user


def test_every_login_makes_a_device_of_its_own(alice):
    first, second = alice.second_device(), alice.second_device()
    assert len({alice.device, first.device, second.device}) == 3


def test_a_device_id_and_its_name_are_kept(alice):
    device = unique("DEVICE")
    there = alice.second_device(device_id=device, initial_device_display_name="Telephone")
    assert there.device == device
    assert alice.get("devices", device)["display_name"] == "Telephone"


@pytest.mark.ours_only
def test_logging_in_again_on_a_device_ends_its_older_token(alice):
    device = unique("DEVICE")
    old = alice.second_device(device_id=device)
    new = alice.second_device(device_id=device)
    assert new.get("account/whoami")["device_id"] == device
    with refused(401, "M_UNKNOWN_TOKEN"):
        old.get("account/whoami")


@pytest.mark.parametrize("password", ["wrong", "", "quiet lantern", " quiet lantern over the harbour 7"])
def test_a_wrong_password_is_forbidden(alice, nobody, password):
    with refused(403, "M_FORBIDDEN"):
        nobody.post("login", body={**BY_NAME, "identifier": identifier(alice.user), "password": password})


def test_an_unknown_user_is_refused_with_the_same_words(alice, nobody):
    with refused(403, "M_FORBIDDEN") as wrong:
        nobody.login(alice.user, "wrong password that is long")
    with refused(403, "M_FORBIDDEN") as unknown:
        nobody.login(unique("nobody"), "wrong password that is long")
    assert wrong.body == unknown.body


@pytest.mark.parametrize("body, codes", [
    ({}, ("M_MISSING_PARAM", "M_BAD_JSON")),
    ({"type": 5}, ("M_BAD_JSON", "M_INVALID_PARAM", "M_UNKNOWN")),
    ({"type": "m.login.mind_reading"}, ("M_UNKNOWN", "M_INVALID_PARAM")),
    ({"type": "m.login.password"}, ("M_MISSING_PARAM", "M_BAD_JSON", "M_UNKNOWN")),
    ({"type": "m.login.password", "identifier": {"type": "m.id.user"}, "password": "x"}, ("M_MISSING_PARAM", "M_BAD_JSON", "M_INVALID_PARAM", "M_UNKNOWN")),
    ({"type": "m.login.password", "identifier": {"type": "m.id.planet", "user": "x"}, "password": "x"}, ("M_UNKNOWN", "M_INVALID_PARAM")),
    ({"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "x"}}, ("M_MISSING_PARAM", "M_BAD_JSON")),
    ({"type": "m.login.token"}, ("M_MISSING_PARAM", "M_BAD_JSON", "M_INVALID_PARAM")),
], ids=["empty", "type-number", "unknown-type", "no-identifier", "no-user", "unknown-identifier", "no-password", "no-token"])
def test_malformed_logins_are_refused(nobody, body, codes):
    with refused(400, codes):
        nobody.post("login", body=body)


def test_a_made_up_login_token_is_forbidden(nobody):
    with refused(403, "M_FORBIDDEN"):
        nobody.post("login", body={"type": "m.login.token", "token": "made up"})


def test_a_login_token_signs_in_once(alice, nobody):
    answer = alice.confirmed("POST", "/_matrix/client/v1/login/get_token")
    assert answer["expires_in_ms"] > 0
    nobody.take(nobody.post("login", body={"type": "m.login.token", "token": answer["login_token"]}))
    assert nobody.user == alice.user and nobody.device != alice.device
    with refused(403, "M_FORBIDDEN"):
        nobody.another().post("login", body={"type": "m.login.token", "token": answer["login_token"]})


def test_a_token_in_the_query_is_understood_as_well(alice, nobody):
    assert nobody.get("account/whoami", access_token=alice.token)["user_id"] == alice.user


def test_logout_ends_this_session_only(alice):
    other = alice.second_device()
    other.post("logout")
    with refused(401, "M_UNKNOWN_TOKEN") as seen:
        other.get("account/whoami")
    assert not seen.body.get("soft_logout", False)
    assert alice.get("account/whoami")["user_id"] == alice.user
    with refused(404, "M_NOT_FOUND"):
        alice.get("devices", other.device)


def test_logout_all_ends_every_session(alice):
    others = [alice.second_device() for _ in range(3)]
    alice.post("logout/all")
    for session in [alice, *others]:
        with refused(401, "M_UNKNOWN_TOKEN"):
            session.get("account/whoami")
    assert alice.another().login(alice.user, alice.password).token


def test_a_refresh_token_gives_the_next_pair(alice, nobody):
    first = nobody.post("login", body={
        **BY_NAME, "identifier": identifier(alice.user), "password": alice.password, "refresh_token": True})
    if "refresh_token" not in first:
        pytest.skip("the server hands out no refresh tokens (it need not)")
    second = nobody.post("refresh", body={"refresh_token": first["refresh_token"]})
    assert second["access_token"] != first["access_token"]
    nobody.token = second["access_token"]
    assert nobody.get("account/whoami")["device_id"] == first["device_id"]


def test_a_refresh_token_does_not_work_after_its_successor_was_used(alice, nobody):
    first = nobody.post("login", body={
        **BY_NAME, "identifier": identifier(alice.user), "password": alice.password, "refresh_token": True})
    if "refresh_token" not in first:
        pytest.skip("the server hands out no refresh tokens (it need not)")
    second = nobody.post("refresh", body={"refresh_token": first["refresh_token"]})
    nobody.token = second["access_token"]
    nobody.get("account/whoami")
    nobody.token = None
    with refused((401, 403), ("M_UNKNOWN_TOKEN", "M_FORBIDDEN")):
        nobody.post("refresh", body={"refresh_token": first["refresh_token"]})


def test_a_made_up_refresh_token_is_unknown(nobody):
    with refused(401, "M_UNKNOWN_TOKEN"):
        nobody.post("refresh", body={"refresh_token": "made up"})
