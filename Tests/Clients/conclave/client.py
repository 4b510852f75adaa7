"""One person's device: requests, and the few calls that every test makes."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any
from urllib.parse import quote

import httpx

from .errors import Refused
from .schema import Specification

V3 = "/_matrix/client/v3"
PASSWORD = "quiet lantern over the harbour 7"
_serial = itertools.count(1)


def unique(prefix: str = "x") -> str:
    """A name that nothing in this run has had."""
    return f"{prefix}{time.time_ns() // 1000 % 10**10:x}n{next(_serial)}"


class Client:
    """Speaks to one server with at most one access token. `alice.get("rooms", room, "state")`."""

    def __init__(self, http: httpx.Client, base: str, specification: Specification | None = None):
        self.http, self.base, self.specification = http, base, specification
        self.token: str | None = None
        self.user = self.device = ""
        self.password = PASSWORD
        self.since: str | None = None

    # Requests -----------------------------------------------------------------------------------------------------

    def path(self, *parts: str) -> str:
        """The first part is taken as it is, the others are escaped; under /_matrix/client/v3 unless it begins with `/`."""
        head = parts[0] if parts[0].startswith("/") else f"{V3}/{parts[0]}"
        return "/".join([head, *(quote(part, safe="!:@$~.-_*'()+=,;") for part in parts[1:])])

    def response(self, method: str, /, *parts: str, body: Any = None, raw: bytes | None = None,
                 headers: dict[str, str] | None = None, patience: float = 60, **query: Any) -> httpx.Response:
        """The bare answer, whatever it says."""
        sent = dict(headers or {})
        if self.token is not None and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        if raw is None and body is not None:
            raw = json.dumps(body, ensure_ascii=False).encode()
        if raw is not None:
            sent.setdefault("Content-Type", "application/json")
        params = {key: words(value) for key, value in query.items() if value is not None}
        return self.http.request(
            method, self.base + self.path(*parts), content=raw, headers=sent, params=params, timeout=patience)

    def call(self, method: str, *parts: str, **options: Any) -> Any:
        """The parsed body of a success, checked against the specification; `Refused` otherwise."""
        response = self.response(method, *parts, **options)
        request = f"{method} {self.path(*parts)}"
        try:
            body = response.json()
        except ValueError:
            body = response.text
        path = response.request.url.raw_path.split(b"?")[0].decode()
        if response.status_code != 200:
            if self.specification and isinstance(body, dict) and "flows" in body:
                self.specification.check(method, path, 401, body)
            raise Refused(response.status_code, body, request, dict(response.headers))
        assert response.headers["content-type"].startswith("application/json"), request
        if self.specification:
            self.specification.check(method, path, 200, body)
        return body

    def get(self, *parts: str, **options: Any) -> Any:
        return self.call("GET", *parts, **options)

    def put(self, *parts: str, **options: Any) -> Any:
        options.setdefault("body", {} if "raw" not in options else None)
        return self.call("PUT", *parts, **options)

    def post(self, *parts: str, **options: Any) -> Any:
        options.setdefault("body", {} if "raw" not in options else None)
        return self.call("POST", *parts, **options)

    def delete(self, *parts: str, **options: Any) -> Any:
        return self.call("DELETE", *parts, **options)

    # Sessions -----------------------------------------------------------------------------------------------------

    def register(self, username: str, password: str = PASSWORD, **fields: Any) -> "Client":
        """Through user-interactive authentication, as a client does it: ask, then pass the dummy stage."""
        request = {"username": username, "password": password, **fields}
        answer = self.response("POST", "register", body=request)
        assert answer.status_code == 401, answer.text
        stage = {"type": "m.login.dummy", "session": answer.json()["session"]}
        self.take(self.post("register", body={**request, "auth": stage}))
        self.password = password
        return self

    def login(self, user: str | None = None, password: str | None = None, **fields: Any) -> "Client":
        self.take(self.post("login", body={
            "type": "m.login.password", "identifier": {"type": "m.id.user", "user": user or self.user},
            "password": password or self.password, **fields}))
        self.password = password or self.password
        return self

    def take(self, session: dict[str, Any]) -> None:
        self.user = session["user_id"]
        self.token, self.device = session.get("access_token"), session.get("device_id", "")

    def another(self) -> "Client":
        """A client without a session."""
        return Client(self.http, self.base, self.specification)

    def second_device(self, **fields: Any) -> "Client":
        return self.another().login(self.user, self.password, **fields)

    def confirmed(self, method: str, *parts: str, body: dict[str, Any] | None = None) -> Any:
        """A call that wants the password once more: asks, then passes the password stage."""
        asked = self.response(method, *parts, body=body or {})
        assert asked.status_code == 401, asked.text
        return self.call(method, *parts, body={**(body or {}), "auth": self.password_stage(asked.json()["session"])})

    def password_stage(self, session: str, password: str | None = None) -> dict[str, Any]:
        return {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": self.user},
                "password": password or self.password, "session": session}

    @property
    def localpart(self) -> str:
        return self.user[1:].split(":", 1)[0]

    # Rooms --------------------------------------------------------------------------------------------------------

    def create(self, *invited: "Client", **options: Any) -> str:
        if invited:
            options["invite"] = [person.user for person in invited]
        return self.post("createRoom", body=options)["room_id"]

    def room_with(self, *others: "Client", **options: Any) -> str:
        """A room in which these people are joined."""
        room = self.create(*others, **options)
        for person in others:
            person.join(room)
        return room

    def join(self, room: str) -> str:
        return self.post("join", room)["room_id"]

    def leave(self, room: str) -> None:
        self.post("rooms", room, "leave")

    def act(self, room: str, verb: str, who: "Client", **fields: Any) -> None:
        """invite, kick, ban, unban."""
        self.post("rooms", room, verb, body={"user_id": who.user, **fields})

    def send(self, room: str, text: str = "hello", type: str = "m.room.message", txn: str | None = None,
             content: dict[str, Any] | None = None) -> str:
        body = content if content is not None else {"msgtype": "m.text", "body": text}
        return self.put("rooms", room, "send", type, txn or unique("t"), body=body)["event_id"]

    def redact(self, room: str, event: str, **body: Any) -> str:
        return self.put("rooms", room, "redact", event, unique("t"), body=body)["event_id"]

    def state(self, room: str, type: str, key: str = "") -> dict[str, Any]:
        return self.get("rooms", room, "state", type, key)

    def set_state(self, room: str, type: str, content: dict[str, Any], key: str = "") -> str:
        return self.put("rooms", room, "state", type, key, body=content)["event_id"]

    def event(self, room: str, event: str) -> dict[str, Any]:
        return self.get("rooms", room, "event", event)

    def messages(self, room: str, dir: str = "b", limit: int = 100, **query: Any) -> dict[str, Any]:
        return self.get("rooms", room, "messages", dir=dir, limit=limit, **query)

    # Sync ---------------------------------------------------------------------------------------------------------

    def sync(self, since: str | None = None, timeout: int = 0, **query: Any) -> dict[str, Any]:
        if isinstance(query.get("filter"), dict):
            query["filter"] = json.dumps(query["filter"])
        return self.get("sync", since=since, timeout=timeout, **query)

    def next(self, timeout: int = 0, **query: Any) -> dict[str, Any]:
        """The sync after the last one made with `next`."""
        answer = self.sync(self.since, timeout, **query)
        self.since = answer["next_batch"]
        return answer

    def until(self, arrived: Any, seconds: float = 10, **query: Any) -> dict[str, Any]:
        """Syncs on until `arrived(answer)` is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.next(timeout=1000, **query)
            if arrived(answer):
                return answer
        raise AssertionError("what should have arrived did not")


def words(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value
