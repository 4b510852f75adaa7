"""The canonical refusals of every endpoint, from one table of all operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from conclave.client import Client
from conclave.errors import refused

UNKNOWN_ROOM = "!" + "A" * 43
UNKNOWN_EVENT = "$" + "A" * 43
BODY_CODES = ("M_BAD_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM", "M_NOT_JSON")


@dataclass(frozen=True)
class Operation:
    """A request with places to fill in: {user} {room} {event} {device} {alias} {txn}; and its smallest valid body."""

    method: str
    path: str
    body: Any = None
    query: tuple[tuple[str, str], ...] = ()
    members_only: bool = False

    @property
    def name(self) -> str:
        return f"{self.method}-{self.path}".replace("{", "").replace("}", "")

    def ask(self, client: Client, places: dict[str, str], raw: bytes | None = None) -> Any:
        parts = [part.format(**places) for part in self.path.split(" ")]
        body = filled(self.body, places) if raw is None else None
        return client.call(self.method, *parts, body=body, raw=raw, **dict(self.query))


def filled(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, str):
        return value.format(**places) if "{" in value else value
    if isinstance(value, dict):
        return {filled(key, places): filled(part, places) for key, part in value.items()}
    return [filled(part, places) for part in value] if isinstance(value, list) else value


def op(method: str, path: str, body: Any = None, *, members_only: bool = False, **query: str) -> Operation:
    return Operation(method, path, body, tuple(query.items()), members_only)


ROOM = [
    op("POST", "rooms {room} leave", {}),
    op("POST", "rooms {room} invite", {"user_id": "{other}"}, members_only=True),
    op("POST", "rooms {room} kick", {"user_id": "{other}"}, members_only=True),
    op("POST", "rooms {room} ban", {"user_id": "{other}"}, members_only=True),
    op("POST", "rooms {room} unban", {"user_id": "{other}"}, members_only=True),
    op("GET", "rooms {room} members", members_only=True),
    op("GET", "rooms {room} joined_members", members_only=True),
    op("GET", "rooms {room} state", members_only=True),
    op("GET", "rooms {room} state m.room.create ", members_only=True),
    op("PUT", "rooms {room} state org.example.a key", {}, members_only=True),
    op("PUT", "rooms {room} send m.room.message {txn}", {"msgtype": "m.text", "body": "x"}, members_only=True),
    op("PUT", "rooms {room} redact {event} {txn}", {}, members_only=True),
    op("GET", "rooms {room} messages", dir="b", members_only=True),
    op("GET", "rooms {room} context {event}", members_only=True),
    op("GET", "rooms {room} event {event}", members_only=True),
    op("GET", "rooms {room} aliases", members_only=True),
    op("PUT", "rooms {room} typing {user}", {"typing": True, "timeout": 1000}, members_only=True),
    op("POST", "rooms {room} receipt m.read {event}", {}),
    op("POST", "rooms {room} read_markers", {}),
]
OWN = [
    op("PUT", "user {user} account_data org.example.a", {}),
    op("GET", "user {user} account_data org.example.a"),
    op("PUT", "user {user} rooms {room} account_data org.example.a", {}),
    op("GET", "user {user} rooms {room} account_data org.example.a"),
    op("GET", "user {user} rooms {room} tags"),
    op("PUT", "user {user} rooms {room} tags u.a", {}),
    op("DELETE", "user {user} rooms {room} tags u.a"),
    op("POST", "user {user} filter", {}),
    op("GET", "user {user} filter 0"),
    op("PUT", "presence {user} status", {"presence": "online"}),
    op("PUT", "profile {user} displayname", {"displayname": "x"}),
    op("PUT", "profile {user} avatar_url", {"avatar_url": "mxc://a.example/b"}),
    op("DELETE", "profile {user} displayname"),
]
OTHER = [
    op("GET", "account/whoami"),
    op("GET", "capabilities"),
    op("GET", "sync"),
    op("GET", "joined_rooms"),
    op("GET", "devices"),
    op("GET", "devices {device}"),
    op("PUT", "devices {device}", {"display_name": "x"}),
    op("DELETE", "devices {device}", {}),
    op("POST", "delete_devices", {"devices": []}),
    op("POST", "account/password", {"new_password": "a new and long one 17"}),
    op("POST", "account/deactivate", {}),
    op("POST", "logout"),
    op("POST", "logout/all"),
    op("POST", "createRoom", {}),
    op("POST", "join {room}", {}),
    op("POST", "rooms {room} join", {}),
    op("POST", "rooms {room} forget", {}),
    op("POST", "knock {room}", {}),
    op("PUT", "directory/room {alias}", {"room_id": "{room}"}),
    op("DELETE", "directory/room {alias}"),
    op("PUT", "directory/list/room {room}", {"visibility": "private"}),
    op("POST", "publicRooms", {}),
    op("GET", "presence {user} status"),
    op("POST", "/_matrix/client/v1/login/get_token", {}),
]
OPEN = [
    op("POST", "login", {"type": "m.login.password"}),
    op("POST", "register", {"username": "x"}),
    op("POST", "refresh", {"refresh_token": "x"}),
]
AUTHENTICATED = ROOM + OWN + OTHER
WITH_BODY = [each for each in AUTHENTICATED + OPEN if each.body is not None]


def named(operations: list[Operation]) -> Any:
    return pytest.mark.parametrize("operation", operations, ids=lambda each: each.name)


@pytest.fixture(scope="module")
def scene(server) -> dict[str, Any]:
    """A private room of alice's, a stranger, and the words for the places."""
    alice, mallory = server.user("alice"), server.user("mallory")
    room = alice.create()
    places = {"user": alice.user, "other": server.user("bob").user, "room": room, "event": alice.send(room),
              "device": alice.device, "alias": "#errors-nowhere:example.test", "txn": "errors"}
    return {"alice": alice, "mallory": mallory, "places": places}


@named(AUTHENTICATED)
def test_without_a_token(scene, server, operation):
    with refused(401, "M_MISSING_TOKEN"):
        operation.ask(server.client(), scene["places"])


@named(AUTHENTICATED)
def test_with_a_token_that_is_unknown(scene, server, operation):
    client = server.client()
    client.token = "syt_made_up_token"
    with refused(401, "M_UNKNOWN_TOKEN"):
        operation.ask(client, scene["places"])


@pytest.mark.parametrize("header", ["Bearer", "Basic abc", "Bearer  two words", "token"])
def test_with_a_malformed_authorization(server, header):
    answer = server.client().response("GET", "account/whoami", headers={"Authorization": header})
    assert answer.status_code == 401 and answer.json()["errcode"] in ("M_MISSING_TOKEN", "M_UNKNOWN_TOKEN")


@pytest.mark.parametrize("ending", ["logout", "password"])
def test_with_a_token_that_has_ended(alice, ending):
    other = alice.second_device()
    if ending == "logout":
        other.post("logout")
    else:
        alice.confirmed("POST", "account/password", body={"new_password": "a new and long one 17"})
    for operation in (op("GET", "sync"), op("POST", "createRoom", {}), op("GET", "account/whoami")):
        with refused(401, "M_UNKNOWN_TOKEN"):
            operation.ask(other, {})


@pytest.mark.parametrize("raw", [b"{", b"nonsense", b'{"a":}'], ids=["cut", "words", "hole"])
@named(WITH_BODY)
def test_with_a_body_that_is_no_json(scene, operation, raw):
    with refused(400, "M_NOT_JSON"):
        operation.ask(scene["alice"], scene["places"], raw)


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"5"], ids=["array", "string", "number"])
@named(WITH_BODY)
@pytest.mark.ours_only
def test_with_a_body_that_is_no_object(scene, operation, raw):
    with refused(400, BODY_CODES):
        operation.ask(scene["alice"], scene["places"], raw)


@named([each for each in ROOM if each.members_only])
def test_as_somebody_who_is_no_member(scene, operation):
    mallory = scene["mallory"]
    places = {**scene["places"], "user": mallory.user}
    with refused((403, 404), ("M_FORBIDDEN", "M_NOT_FOUND")) as seen:
        operation.ask(mallory, places)
    assert seen.status == 403 or operation.path.endswith("{event}")


@named([each for each in ROOM if each.members_only])
def test_in_a_room_that_does_not_exist(scene, operation):
    with refused((403, 404), ("M_FORBIDDEN", "M_NOT_FOUND")):
        operation.ask(scene["alice"], {**scene["places"], "room": UNKNOWN_ROOM})


@named([each for each in ROOM if each.members_only])
@pytest.mark.ours_only
def test_in_something_that_is_no_room(scene, operation):
    with refused((400, 403, 404), ("M_INVALID_PARAM", "M_FORBIDDEN", "M_NOT_FOUND")):
        operation.ask(scene["alice"], {**scene["places"], "room": "nonsense"})


@named([each for each in OWN if not each.path.startswith("profile")])
def test_on_what_is_somebody_elses(scene, operation):
    with refused((400, 403, 404), ("M_FORBIDDEN", "M_NOT_FOUND")):
        operation.ask(scene["mallory"], scene["places"])


@pytest.mark.parametrize("operation, body", [
    (op("POST", "rooms {room} invite"), {"user_id": ["@a:b"]}),
    (op("POST", "rooms {room} kick"), {"user_id": {}}),
    (op("POST", "rooms {room} ban"), {"user_id": True}),
    (op("POST", "rooms {room} leave"), {"reason": 5}),
    (op("PUT", "rooms {room} redact {event} t9"), {"reason": 5}),
    (op("POST", "rooms {room} read_markers"), {"m.fully_read": 5}),
    (op("POST", "delete_devices"), {"devices": "all"}),
    (op("PUT", "devices {device}"), {"display_name": 5}),
    (op("POST", "publicRooms"), {"limit": "many"}),
    (op("PUT", "directory/list/room {room}"), {"visibility": 5}),
    (op("POST", "login"), {"type": "m.login.password", "identifier": "alice", "password": "x"}),
    (op("POST", "refresh"), {"refresh_token": 5}),
    (op("POST", "refresh"), {}),
    (op("PUT", "directory/room #errors-new:example.test"), {}),
    (op("PUT", "profile {user} displayname"), {}),
    (op("PUT", "presence {user} status"), {}),
], ids=lambda value: value.name if isinstance(value, Operation) else "")
@pytest.mark.ours_only
def test_with_fields_of_the_wrong_type_or_missing(scene, operation, body):
    parts = [part.format(**scene["places"]) for part in operation.path.split(" ")]
    with refused(400, BODY_CODES):
        scene["alice"].call(operation.method, *parts, body=body)


@pytest.mark.parametrize("event", [UNKNOWN_EVENT, "nonsense"])
def test_events_that_do_not_exist(scene, event):
    for path in ("event", "context"):
        with refused((400, 404), ("M_NOT_FOUND", "M_INVALID_PARAM")):
            scene["alice"].get("rooms", scene["places"]["room"], path, event)


def test_refusals_never_show_internals(scene):
    for answer in (
            scene["alice"].response("POST", "createRoom", raw=b"{"), scene["alice"].response("GET", "nothing"),
            scene["mallory"].response("GET", "rooms", scene["places"]["room"], "state")):
        assert set(answer.json()) <= {"errcode", "error", "request_id"}
        assert not any(word in answer.text.lower() for word in ("swift", "sqlite", "grdb", "/home", "fatal"))
