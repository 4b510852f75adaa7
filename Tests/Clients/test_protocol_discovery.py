"""What a client learns before it signs in: versions, .well-known, capabilities, and what does not exist."""

import pytest

from conclave.errors import refused


def test_versions_are_listed_to_anybody(nobody):
    versions = nobody.get("/_matrix/client/versions")["versions"]
    assert "v1.11" in versions and all(isinstance(version, str) for version in versions)


def test_versions_may_be_asked_with_a_token_that_is_unknown(nobody):
    nobody.token = "no such token"
    answer = nobody.response("GET", "/_matrix/client/versions")
    assert answer.status_code in (200, 401)


def test_well_known_names_the_server(nobody):
    found = nobody.get("/.well-known/matrix/client")
    assert found["m.homeserver"]["base_url"].startswith("http")


@pytest.mark.parametrize("path", ["/_matrix/client/versions", "/_matrix/client/v3/login", "/.well-known/matrix/client"])
def test_answers_carry_the_cors_header(nobody, path):
    assert nobody.response("GET", path).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["sync", "login", "createRoom", "account/whoami", "rooms/!a:b/send/m.room.message/1"])
def test_preflight_requests_are_answered_without_a_token(nobody, path):
    answer = nobody.response("OPTIONS", f"/_matrix/client/v3/{path}", headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, content-type"})
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed and "content-type" in allowed
    methods = answer.headers["access-control-allow-methods"]
    assert all(method in methods for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"))


def test_capabilities_name_room_versions_and_the_default(alice):
    found = alice.get("capabilities")["capabilities"]
    versions = found["m.room_versions"]
    assert versions["default"] in versions["available"]
    assert {"10", "11", "12"} <= set(versions["available"])
    assert all(value in ("stable", "unstable") for value in versions["available"].values())
    assert isinstance(found["m.change_password"]["enabled"], bool)


@pytest.mark.parametrize("path", [
    "/_matrix/client/v3/nothing/here", "/_matrix/client/v3/rooms", "/_matrix/client/v9/sync", "/_matrix/nothing",
    "/_matrix/client/v3/rooms/!a:b/teleport"])
def test_unknown_paths_are_m_unrecognized(alice, path):
    with refused(404, "M_UNRECOGNIZED"):
        alice.get(path)


@pytest.mark.parametrize("method, path", [
    ("DELETE", "createRoom"), ("GET", "createRoom"), ("PUT", "login"), ("POST", "sync"), ("DELETE", "joined_rooms"),
    ("PUT", "publicRooms")])
def test_the_wrong_method_is_m_unrecognized(alice, method, path):
    with refused(405, "M_UNRECOGNIZED"):
        alice.call(method, path, body={} if method != "GET" else None)


def test_a_trailing_dot_segment_does_not_escape(nobody):
    assert nobody.response("GET", "/_matrix/client/v3/../../../etc/passwd").status_code in (400, 404)
