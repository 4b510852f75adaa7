"""What a client knows that only ever adds up what /sync told it."""

from __future__ import annotations

from typing import Any

from .sections import events, ids


class Room:
    def __init__(self) -> None:
        self.timeline: list[str] = []
        self.state: dict[tuple[str, str], str] = {}
        self.summary: dict[str, Any] = {}
        self.counts: dict[str, Any] = {}
        self.account_data: dict[str, Any] = {}
        self.gaps: list[tuple[str, int]] = []

    def learn(self, found: list[dict[str, Any]]) -> None:
        for event in found:
            if "state_key" in event:
                self.state[event["type"], event["state_key"]] = event["event_id"]


class Model:
    """Membership sections, timelines and state as the sum of all answers so far."""

    def __init__(self) -> None:
        self.joined: dict[str, Room] = {}
        self.invited: set[str] = set()
        self.left: dict[str, Room] = {}
        self.account_data: dict[str, Any] = {}

    def add(self, answer: dict[str, Any]) -> None:
        rooms = answer.get("rooms", {})
        for event in events(answer, "account_data"):
            self.account_data[event["type"]] = event["content"]
        for room in rooms.get("invite", {}):
            self.invited.add(room)
            self.joined.pop(room, None)
        for room, part in rooms.get("leave", {}).items():
            self.invited.discard(room)
            self.left[room] = self._apply(self.joined.pop(room, None) or Room(), part)
        for room, part in rooms.get("join", {}).items():
            self.invited.discard(room)
            self.left.pop(room, None)
            self.joined[room] = self._apply(self.joined.get(room) or Room(), part)

    def _apply(self, room: Room, part: dict[str, Any]) -> Room:
        batch = part.get("timeline", {})
        if batch.get("limited"):
            room.gaps.append((batch["prev_batch"], len(room.timeline)))
        room.learn(events(part, "state"))
        room.learn(batch.get("events", []))
        room.timeline += ids(batch.get("events", []))
        room.summary.update(part.get("summary", {}))
        room.counts.update(part.get("unread_notifications", {}))
        for event in events(part, "account_data"):
            room.account_data[event["type"]] = event["content"]
        return room
