"""Ways into an answer of /sync, so that tests read as sentences."""

from __future__ import annotations

from typing import Any, Iterable


def joined(answer: dict[str, Any], room: str) -> dict[str, Any]:
    return answer.get("rooms", {}).get("join", {}).get(room, {})


def section(answer: dict[str, Any], kind: str) -> dict[str, Any]:
    """`invite`, `knock`, `leave` or `join`: room ID → what is said about it."""
    return answer.get("rooms", {}).get(kind, {})


def events(part: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return part.get(name, {}).get("events", [])


def timeline(answer: dict[str, Any], room: str) -> list[dict[str, Any]]:
    return events(joined(answer, room), "timeline")


def state(answer: dict[str, Any], room: str, name: str = "state") -> list[dict[str, Any]]:
    return events(joined(answer, room), name)


def texts(found: Iterable[dict[str, Any]]) -> list[str]:
    return [event["content"]["body"] for event in found if event["type"] == "m.room.message" and "body" in event["content"]]


def ids(found: Iterable[dict[str, Any]]) -> list[str]:
    return [event["event_id"] for event in found]


def of_type(found: Iterable[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    return [event for event in found if event["type"] == type]


def keys(found: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(event["type"], event.get("state_key", "")) for event in found}


def members(found: Iterable[dict[str, Any]]) -> set[str]:
    return {event["state_key"] for event in of_type(found, "m.room.member")}


def ephemeral(answer: dict[str, Any], room: str, type: str) -> dict[str, Any] | None:
    """The content of the last ephemeral event of this type."""
    found = of_type(events(joined(answer, room), "ephemeral"), type)
    return found[-1]["content"] if found else None


def global_data(answer: dict[str, Any], type: str) -> dict[str, Any] | None:
    found = of_type(events(answer, "account_data"), type)
    return found[-1]["content"] if found else None


def room_data(answer: dict[str, Any], room: str, type: str) -> dict[str, Any] | None:
    found = of_type(events(joined(answer, room), "account_data"), type)
    return found[-1]["content"] if found else None
