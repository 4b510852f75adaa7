"""Random rooms, read through every endpoint, against a plain model of who may see what."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from conclave.errors import Refused
from conclave.sections import ids

V1 = "/_matrix/client/v1/rooms"
VISIBILITIES = ["world_readable", "shared", "invited", "joined"]


@dataclass
class Moment:
    """An event, and the room before and after it."""

    event: str
    visibility: tuple[str, str]
    membership: tuple[dict[str, str], dict[str, str]]
    parent: str | None = None


@dataclass
class Model:
    """The rules of the history visibility module, word by word."""

    moments: list[Moment] = field(default_factory=list)
    visibility: str = "shared"
    membership: dict[str, str] = field(default_factory=dict)

    def note(self, event: str, *, visibility: str | None = None, member: tuple[str, str] | None = None, parent: str | None = None) -> None:
        before = (self.visibility, dict(self.membership))
        if visibility:
            self.visibility = visibility
        if member:
            self.membership[member[0]] = member[1]
        self.moments.append(Moment(event, (before[0], self.visibility), (before[1], dict(self.membership)), parent))

    def allows(self, user: str, index: int) -> bool:
        moment = self.moments[index]
        joins_later = any(
            m.membership[1].get(user) == "join" and m.membership[0].get(user) != "join" for m in self.moments[index + 1:])
        for side in (0, 1):
            visibility, membership = moment.visibility[side], moment.membership[side].get(user)
            if visibility == "world_readable" or membership == "join":
                return True
            if visibility == "shared" and joins_later:
                return True
            if visibility == "invited" and membership == "invite":
                return True
        return False

    def end(self, user: str) -> int | None:
        """The last event that a reader's view of the room reaches; -1 when the room is closed."""
        if self.membership.get(user) == "join" or self.visibility == "world_readable":
            return len(self.moments) - 1
        last = None
        for index, moment in enumerate(self.moments):
            if moment.membership[0].get(user) == "join" and moment.membership[1].get(user) != "join":
                last = index
        return -1 if last is None else last

    def seen(self, user: str) -> list[str]:
        return [m.event for i, m in enumerate(self.moments) if i <= self.end(user) and self.allows(user, i)]


def live(rng: random.Random, admin, people, steps: int) -> tuple[str, Model]:
    room = admin.create(preset="public_chat")
    model = Model()
    model.membership[admin.user] = "join"
    for event in admin.messages(room, "f")["chunk"]:
        member = (event["state_key"], event["content"]["membership"]) if event["type"] == "m.room.member" else None
        model.note(event["event_id"], member=member)
    roots: list[str] = []

    def move(user: str) -> str:
        return admin.get("rooms", room, "state", "m.room.member", user, format="event")["event_id"]

    for step in range(steps):
        who = rng.choice(people)
        now = model.membership.get(who.user)
        action = rng.choice(["say", "say", "say", "relate", "relate", "visibility", "join", "leave", "invite", "ban", "kick"])
        if action == "say" or (action == "relate" and not roots):
            roots.append(admin.send(room, f"{step}"))
            model.note(roots[-1])
        elif action == "relate":
            parent = rng.choice(roots)
            kind = rng.choice(["m.thread", "m.reference"])
            event = admin.send(room, content={
                "msgtype": "m.text", "body": f"{step}", "m.relates_to": {"rel_type": kind, "event_id": parent}})
            model.note(event, parent=parent)
        elif action == "visibility":
            value = rng.choice([v for v in VISIBILITIES if v != model.visibility])
            event = admin.set_state(room, "m.room.history_visibility", {"history_visibility": value})
            model.note(event, visibility=value)
        elif action == "join" and now not in ("join", "ban"):
            who.join(room)
            model.note(move(who.user), member=(who.user, "join"))
        elif action == "leave" and now in ("join", "invite"):
            who.leave(room)
            model.note(move(who.user), member=(who.user, "leave"))
        elif action == "invite" and now in (None, "leave"):
            admin.act(room, "invite", who)
            model.note(move(who.user), member=(who.user, "invite"))
        elif action == "ban" and now != "ban" and rng.random() < 0.5:
            admin.act(room, "ban", who)
            model.note(move(who.user), member=(who.user, "ban"))
        elif action == "ban" and now == "ban":
            admin.act(room, "unban", who)
            model.note(move(who.user), member=(who.user, "leave"))
        elif action == "kick" and now == "join":
            admin.act(room, "kick", who)
            model.note(move(who.user), member=(who.user, "leave"))
    return room, model


def or_status(call):
    try:
        return call()
    except Refused as error:
        return error.status


def check(reader, room: str, model: Model) -> None:
    seen, is_open = model.seen(reader.user), model.end(reader.user) >= 0
    messages = or_status(lambda: ids(reader.messages(room, "f", 1000)["chunk"]))
    assert messages == (seen if is_open else 403)
    backwards = or_status(lambda: ids(reader.messages(room, "b", 1000)["chunk"]))
    assert backwards == (seen[::-1] if is_open else 403)
    state = or_status(lambda: ids(reader.get("rooms", room, "state")))
    assert (state == 403) == (not is_open)
    assert or_status(lambda: reader.get("rooms", room, "members") and 200) == (200 if is_open else 403)
    assert or_status(lambda: ids(reader.get("rooms", room, "initialSync", limit=100)["messages"]["chunk"])) == (seen if is_open else 403)

    for index, moment in enumerate(model.moments):
        may = is_open and model.allows(reader.user, index)
        assert or_status(lambda: reader.event(room, moment.event)["event_id"]) == (moment.event if may else 404)
        if may and moment.event in seen:
            around = reader.get("rooms", room, "context", moment.event, limit=100)
            shown = ids(around["events_before"])[::-1] + [moment.event] + ids(around["events_after"])
            place = seen.index(moment.event)
            assert shown == seen[max(0, place - 50):place + 51]
            children = [m.event for m in model.moments if m.parent == moment.event and m.event in seen]
            assert ids(reader.get(V1, room, "relations", moment.event, dir="f", limit=100)["chunk"]) == children
            check_bundle(around["event"], children, model, room, reader)

    threads = or_status(lambda: reader.get(V1, room, "threads", limit=100)["chunk"])
    if is_open:
        assert set(ids(threads)) <= set(seen)
        for root in threads:
            latest = root["unsigned"]["m.relations"]["m.thread"]["latest_event"]["event_id"]
            assert latest in seen
    else:
        assert threads == 403
    for ts in (0, 2**52):
        found = or_status(lambda: reader.get(V1, room, "timestamp_to_event", ts=ts, dir="f" if ts == 0 else "b")["event_id"])
        if not is_open:
            assert found == 403
        else:
            assert found in seen if seen else found == 404
    check_sync(reader, room, model, seen)


def check_bundle(event, children, model: Model, room: str, reader) -> None:
    bundle = event.get("unsigned", {}).get("m.relations", {})
    told = ids(bundle.get("m.reference", {}).get("chunk", []))
    assert set(told) <= set(children)
    count = bundle.get("m.thread", {}).get("count", 0)
    assert count + len(told) == len(children) or "state_key" in event


def check_sync(reader, room: str, model: Model, seen: list[str]) -> None:
    answer = reader.sync(filter={"room": {"include_leave": True, "timeline": {"limit": 500}}})["rooms"]
    inside = answer.get("join", {}).get(room) or answer.get("leave", {}).get(room)
    if model.membership.get(reader.user) == "join":
        assert room in answer["join"]
    told = ids(inside["timeline"]["events"]) if inside else []
    own = [m.event for m in model.moments if m.membership[0].get(reader.user) != m.membership[1].get(reader.user)]
    # Of his own membership everybody hears, whatever the room hides.
    assert [event for event in told if event not in seen and event not in own] == []
    if model.membership.get(reader.user) == "join":
        hidden = [i for i, m in enumerate(model.moments) if m.event not in seen]
        tail = [m.event for i, m in enumerate(model.moments) if not hidden or i > hidden[-1]]
        assert told[-len(tail):] == tail if tail else True


@pytest.mark.parametrize("seed", range(4))
def test_every_endpoint_shows_what_the_rules_allow_and_nothing_else(seed, alice, person):
    rng = random.Random(seed)
    people = [person(name) for name in ("bob", "carol", "dora")]
    stranger = person("mallory")
    room, model = live(rng, alice, people, 35)
    for reader in (alice, *people, stranger):
        check(reader, room, model)
