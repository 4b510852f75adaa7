"""Element X's library follows its rooms through sliding sync: the windows, timelines and encryption that Element X has."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any, AsyncIterator

import pytest

from conclave.client import PASSWORD, Client
from conclave.server import Server
from conclave.waiting import eventually

sdk = pytest.importorskip("matrix_sdk_python", reason="matrix-rust-sdk is not to be had for this machine")


class Listener:
    """Takes what the library calls back with, from whatever thread."""

    def __init__(self):
        self.heard: list[Any] = []

    def on_update(self, *heard: Any) -> None:
        self.heard.extend(heard)


class Phone:
    """Somebody's device with the library on it, following everything."""

    def __init__(self, person: Client):
        self.person = person
        self.handles: list[Any] = []
        self.client = self.service = None

    @staticmethod
    @contextlib.asynccontextmanager
    async def of(person: Client, server: Server) -> AsyncIterator["Phone"]:
        phone = Phone(person)
        try:
            await phone.begin(server)
            yield phone
        finally:
            await phone.end()

    async def begin(self, server: Server) -> None:
        builder = sdk.ClientBuilder().homeserver_url(server.url).add_root_certificates([ssl.PEM_cert_to_DER_cert(server.ca.read_text())])
        builder = builder.sliding_sync_version_builder(sdk.SlidingSyncVersionBuilder.DISCOVER_NATIVE).in_memory_store()
        self.client = await builder.build()
        await self.client.login(self.person.localpart, PASSWORD, "phone", None)
        self.service = await self.client.sync_service().finish()
        self.states = Listener()
        self.handles.append(self.service.state(self.states))
        rooms = await self.service.room_list_service().all_rooms()
        self.entries = Listener()
        found = rooms.entries_with_dynamic_adapters(1_000, self.entries)
        found.controller().set_filter(sdk.RoomListEntriesDynamicFilterKind.ALL(filters=[]))
        self.handles += [rooms, found, found.entries_stream()]
        await self.service.start()

    async def end(self) -> None:
        """Nothing of the library may call back when Python is about to end."""
        if self.service:
            await self.service.stop()
        for handle in self.handles:
            if hasattr(handle, "cancel"):
                handle.cancel()
        self.handles.clear()
        self.client = self.service = None

    def room(self, room: str) -> Any:
        return self.client.get_room(room)

    def membership(self, room: str) -> str | None:
        found = self.room(room)
        return found.membership().name if found else None

    async def timeline(self, room: str) -> "Timeline":
        return await Timeline.of(self.room(room))


class Timeline:
    def __init__(self, timeline: Any, listener: Listener, handle: Any):
        self.timeline, self.listener, self.handle = timeline, listener, handle

    @staticmethod
    async def of(room: Any) -> "Timeline":
        timeline, listener = await room.timeline(), Listener()
        return Timeline(timeline, listener, await timeline.add_listener(listener))

    def says(self, text: str) -> bool:
        return any(text in repr_of(diff) for diffs in self.listener.heard for diff in diffs)


def repr_of(value: Any, depth: int = 6) -> str:
    """What a generated value says, also where its own text leaves parts out."""
    if hasattr(value, "as_event"):
        event = value.as_event()
        return repr_of(event.content, depth) if event else ""
    if isinstance(value, (list, tuple)):
        return " ".join(repr_of(part, depth - 1) for part in value)
    if depth and hasattr(value, "__dict__") and vars(value):
        return " ".join(repr_of(part, depth - 1) for part in vars(value).values())
    return str(value)


def test_all_rooms_arrive_and_stay_up_to_date(server, alice, bob):
    rooms = [alice.create(name=f"Room {number}") for number in range(25)]

    async def follow():
        async with Phone.of(alice, server) as phone:
            await eventually(lambda: {room.id() for room in phone.client.rooms()} == set(rooms))
            names = {room.id(): room.display_name() for room in phone.client.rooms()}
            assert names == {room: f"Room {number}" for number, room in enumerate(rooms)}
            alice.set_state(rooms[0], "m.room.name", {"name": "Renamed"})
            await eventually(lambda: phone.room(rooms[0]).display_name() == "Renamed")
            new = bob.create(alice, name="From Bob")
            await eventually(lambda: phone.membership(new) == "INVITED")
            await phone.room(new).join()
            await eventually(lambda: phone.membership(new) == "JOINED" and phone.room(new).joined_members_count() == 2)
            bob.act(new, "kick", alice)
            await eventually(lambda: phone.membership(new) == "LEFT")
            alice.leave(rooms[1])
            await eventually(lambda: phone.membership(rooms[1]) == "LEFT")

    asyncio.run(follow())


def test_messages_go_both_ways(server, alice, bob):
    room = alice.room_with(bob, name="Talk")
    for number in range(30):
        bob.send(room, f"before {number}")

    async def talk():
        async with Phone.of(alice, server) as phone:
            await eventually(lambda: phone.room(room))
            await phone.service.room_list_service().subscribe_to_rooms([room])
            timeline = await phone.timeline(room)
            await eventually(lambda: timeline.says("before 29") and timeline.says("before 15"))
            bob.send(room, "while you look")
            await eventually(lambda: timeline.says("while you look"))
            await timeline.timeline.send(sdk.message_event_content_from_markdown("from the phone"))
            await eventually(lambda: any(
                event["content"].get("body") == "from the phone" for event in bob.messages(room)["chunk"]))

    asyncio.run(talk())


def test_a_restart_of_the_server_is_survived(fresh):
    alice, bob = fresh.user("alice"), fresh.user("bob")
    room = alice.room_with(bob, name="Before")

    async def survive():
        async with Phone.of(alice, fresh) as phone:
            await eventually(lambda: phone.room(room) and phone.room(room).display_name() == "Before")
            fresh.stop()
            fresh.start()
            alice.http = bob.http = fresh.http
            alice.set_state(room, "m.room.name", {"name": "After"})

            async def heard_of_it() -> bool:
                # What the app does when the service gave up.
                if phone.states.heard and phone.states.heard[-1] in (sdk.SyncServiceState.ERROR, sdk.SyncServiceState.TERMINATED):
                    await phone.service.start()
                return phone.room(room).display_name() == "After"

            await eventually(heard_of_it)

    asyncio.run(survive())


def test_encrypted_talk_between_two_phones(server, alice, bob):
    room = alice.room_with(bob, name="Secret", initial_state=[
        {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}])

    async def talk():
        async with Phone.of(alice, server) as hers, Phone.of(bob, server) as his:
            await eventually(lambda: hers.room(room) and his.room(room))
            read = await his.timeline(room)
            written = await hers.timeline(room)
            await written.timeline.send(sdk.message_event_content_from_markdown("between us"))
            await eventually(lambda: read.says("between us"))
            await read.timeline.send(sdk.message_event_content_from_markdown("and back"))
            await eventually(lambda: written.says("and back"))
            stored = [event for event in alice.messages(room)["chunk"] if event["type"] == "m.room.encrypted"]
            assert len(stored) == 2 and "between us" not in str(stored)

    asyncio.run(talk())
