"""Random actions by several people: what incremental syncs add up to equals a full sync, and the server's own history."""

from __future__ import annotations

import os
import random

import pytest

from conclave.client import Client
from conclave.errors import Refused
from conclave.model import Model
from conclave.sections import events, ids

SEEDS = range(int(os.environ.get("SEEDS", "4")))
STEPS = int(os.environ.get("STEPS", "150"))
NO_LIMIT = {"room": {"timeline": {"limit": 1000}}}


class Actors:
    """People who do something at random. What the rules forbid is refused and changes nothing."""

    def __init__(self, people: list[Client], chance: random.Random):
        self.people, self.chance = people, chance
        self.rooms = [people[0].create(preset="public_chat", name="One"), people[1].create(preset="private_chat")]
        self.sent: list[tuple[str, str]] = []

    def step(self) -> None:
        who, room = self.chance.choice(self.people), self.chance.choice(self.rooms)
        act = self.chance.choices(
            [self.send, self.member, self.put_state, self.redact, self.receipt, self.name, self.new_room, self.data],
            [30, 24, 10, 6, 12, 3, 2, 5])[0]
        try:
            act(who, room)
        except Refused as error:
            assert error.status in (400, 403, 404), error

    def send(self, who: Client, room: str) -> None:
        mention = {"m.mentions": {"user_ids": [self.chance.choice(self.people).user]}} if self.chance.random() < 0.2 else {}
        content = {"msgtype": "m.text", "body": f"{self.chance.random()}", **mention}
        self.sent.append((room, who.send(room, content=content)))

    def member(self, who: Client, room: str) -> None:
        verb = self.chance.choice(["join", "join", "join", "leave", "invite", "invite", "kick", "ban", "unban"])
        if verb in ("join", "leave"):
            getattr(who, verb)(room)
        else:
            who.act(room, verb, self.chance.choice(self.people))

    def put_state(self, who: Client, room: str) -> None:
        type, key = self.chance.choice([("m.room.topic", ""), ("m.room.name", ""), ("org.example.seat", who.user), ("org.example.seat", "x")])
        content = {"topic": f"{self.chance.random()}", "name": f"{self.chance.random()}"}
        who.set_state(room, type, content, key)

    def redact(self, who: Client, room: str) -> None:
        if self.sent:
            who.redact(*self.chance.choice(self.sent))

    def receipt(self, who: Client, room: str) -> None:
        mine = [event for where, event in self.sent if where == room]
        if mine:
            who.post("rooms", room, "receipt", self.chance.choice(["m.read", "m.read.private"]), self.chance.choice(mine[-6:]))

    def name(self, who: Client, room: str) -> None:
        who.put("profile", who.user, "displayname", body={"displayname": f"{self.chance.random()}"})

    def new_room(self, who: Client, room: str) -> None:
        if len(self.rooms) < 6:
            others = self.chance.sample(self.people, 2)
            self.rooms.append(who.create(*[one for one in others if one is not who], preset=self.chance.choice(["public_chat", "private_chat"])))

    def data(self, who: Client, room: str) -> None:
        value = {"n": self.chance.random() < 0.5, "m": self.chance.randrange(100)}
        if self.chance.random() < 0.5:
            who.put("user", who.user, "account_data", "org.example.p", body=value)
        else:
            who.put("user", who.user, "rooms", room, "account_data", "org.example.p", body=value)


def history(person: Client, room: str) -> list[dict]:
    found, query = [], {}
    while True:
        answer = person.messages(room, "f", 100, **query)
        found += answer["chunk"]
        if "end" not in answer:
            return found
        query = {"from": answer["end"]}


@pytest.mark.parametrize("seed", SEEDS)
def test_incremental_syncs_add_up_to_a_full_sync(server, seed):
    chance = random.Random(seed)
    people = [server.user(name) for name in ("alice", "bob", "carol", "mallory")]
    actors = Actors(people, chance)
    models = {person.user: Model() for person in people}
    limits = {person.user: chance.choice([1, 3, 20]) for person in people}
    for _ in range(STEPS):
        actors.step()
        if chance.random() < 0.3:
            person = chance.choice(people)
            models[person.user].add(person.next(filter={"room": {"timeline": {"limit": limits[person.user]}}}))
    for person in people:
        model = models[person.user]
        for _ in range(3):
            model.add(person.next(filter={"room": {"timeline": {"limit": limits[person.user]}}}))
        compare(person, model)


def compare(person: Client, model: Model) -> None:
    truth = Model()
    answer = person.sync(filter=NO_LIMIT)
    truth.add(answer)
    assert set(model.joined) == set(truth.joined) == set(person.get("joined_rooms")["joined_rooms"])
    assert model.invited == truth.invited
    mine = {type: content for type, content in model.account_data.items() if type.startswith("org.example")}
    assert mine == {type: content for type, content in truth.account_data.items() if type.startswith("org.example")}
    for room, known in model.joined.items():
        expected = truth.joined[room]
        assert known.state == expected.state, room
        assert known.state == {(e["type"], e["state_key"]): e["event_id"] for e in person.get("rooms", room, "state")}
        assert known.counts == expected.counts, room
        assert known.account_data == expected.account_data
        for count in ("m.joined_member_count", "m.invited_member_count"):
            assert known.summary.get(count, 0) == expected.summary.get(count, 0)
        assert_timeline(person, room, known.timeline)
    for room, known in model.left.items():
        if person.response("GET", "rooms", room, "messages", dir="b").status_code == 200:
            assert_timeline(person, room, known.timeline)


def assert_timeline(person: Client, room: str, seen: list[str]) -> None:
    """What was seen is in order and once; everything else lies in a gap that was told."""
    assert len(seen) == len(set(seen)), "an event came twice"
    visible = ids(history(person, room))
    assert seen == in_order_of(visible, seen), "events came out of order"


def in_order_of(history: list[str], seen: list[str]) -> list[str]:
    wanted = set(seen)
    return [event for event in history if event in wanted]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_gap_goes_unmarked(server, seed):
    """With unlimited timelines and one constant member, every event arrives exactly once, in the order of the room."""
    chance = random.Random(1000 + seed)
    people = [server.user(name) for name in ("alice", "bob", "carol")]
    actors = Actors(people, chance)
    witness = server.user("witness")
    witness.join(actors.rooms[0])
    watched = actors.rooms[0]
    actors.rooms = [watched]
    actors.new_room = lambda who, room: None
    start = witness.next(filter=NO_LIMIT)
    seen: list[str] = []
    since_token = start["next_batch"]
    for _ in range(STEPS):
        actors.step()
        if chance.random() < 0.25:
            seen += arrived(witness.next(filter=NO_LIMIT), watched)
    seen += arrived(witness.next(filter=NO_LIMIT), watched)
    if watched in witness.get("joined_rooms")["joined_rooms"]:
        everything = ids(witness.messages(watched, "f", 1000, **{"from": since_token})["chunk"])
        assert seen == everything


def arrived(answer: dict, room: str) -> list[str]:
    part = answer.get("rooms", {}).get("join", {}).get(room, {})
    assert not part.get("timeline", {}).get("limited", False)
    return ids(events(part, "timeline"))
