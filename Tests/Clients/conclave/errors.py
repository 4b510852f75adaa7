"""Answers that are refusals, and the assertion that one arrives."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any, Iterator


class Refused(Exception):
    """The server answered with something other than success."""

    def __init__(self, status: int, body: Any, request: str, headers: dict[str, str]):
        self.status = status
        self.body = body if isinstance(body, dict) else {}
        self.errcode = self.body.get("errcode")
        self.headers = headers
        super().__init__(f"{request}: {status} {body!r:.500}")


@dataclass
class Refusal:
    """Filled in when the refusal has arrived."""

    body: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    errcode: str | None = None


def among(wanted: Any, value: Any) -> bool:
    return wanted is None or value == wanted or (isinstance(wanted, (tuple, set, list)) and value in wanted)


@contextlib.contextmanager
def refused(status: Any = None, errcode: Any = None) -> Iterator[Refusal]:
    """The block ends with a refusal of this status and errcode (a tuple means: one of these)."""
    seen = Refusal()
    try:
        yield seen
    except Refused as error:
        seen.body, seen.status, seen.errcode = error.body, error.status, error.errcode
        assert among(status, error.status), f"expected status {status}, got {error}"
        assert among(errcode, error.errcode), f"expected {errcode}, got {error}"
        assert isinstance(error.body.get("error", ""), str)
        return
    raise AssertionError(f"expected a refusal ({status} {errcode}), got success")


def refusal(client: Any, method: str, *parts: str, **options: Any) -> tuple[int, str | None]:
    """Status and errcode of a call that must be refused."""
    try:
        answer = client.call(method, *parts, **options)
    except Refused as error:
        return error.status, error.errcode
    raise AssertionError(f"expected a refusal, got {answer!r:.300}")
