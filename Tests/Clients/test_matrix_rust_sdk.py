"""Element X's library follows its rooms through sliding sync: the windows, timelines and encryption that Element X has."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any, AsyncIterator, Awaitable, Callable

import pytest

from nio.crypto.sas import Sas

from conclave.client import PASSWORD, Client
from conclave.crypto import CrossSigning, Device, inbox, query, send_to
from conclave.errors import refusal
from conclave.sections import timeline
from conclave.server import Server
from conclave.verification import BetweenDevices, InRoom, Party, of_flow
from conclave.waiting import eventually
from test_protocol_sliding_threads import place as place_of
from test_protocol_threads import reply

sdk = pytest.importorskip("matrix_sdk_python", reason="matrix-rust-sdk is not to be had for this machine")


class Listener:
    """Takes what the library calls back with, from whatever thread."""

    def __init__(self):
        self.heard: list[Any] = []

    def on_update(self, *heard: Any) -> None:
        self.heard.extend(heard)


class Phone:
    """Somebody's device with the library on it, following everything."""

    def __init__(self, person: Client, follows_threads: bool = False):
        self.person, self.follows_threads = person, follows_threads
        self.handles: list[Any] = []
        self.client = self.service = None

    @staticmethod
    @contextlib.asynccontextmanager
    async def of(person: Client, server: Server, **manner: bool) -> AsyncIterator["Phone"]:
        phone = Phone(person, **manner)
        try:
            await phone.begin(server)
            yield phone
        finally:
            await phone.end()

    async def begin(self, server: Server) -> None:
        builder = sdk.ClientBuilder().homeserver_url(server.url).add_root_certificates([ssl.PEM_cert_to_DER_cert(server.ca.read_text())])
        builder = builder.sliding_sync_version_builder(sdk.SlidingSyncVersionBuilder.DISCOVER_NATIVE).in_memory_store()
        builder = builder.threads_enabled(self.follows_threads, self.follows_threads)
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


def test_threads_are_followed(server, alice, bob):
    room = alice.room_with(bob, name="Talk")
    roots = [alice.send(room, f"root {number}") for number in range(3)]
    place = [place_of(room, root) for root in roots]
    alice.put(*place[0], body={})

    async def follow():
        async with Phone.of(alice, server, follows_threads=True) as phone:
            await eventually(lambda: phone.room(room))
            talk = phone.room(room)

            async def knows(root: str, automatic: bool | None) -> bool:
                found = await talk.fetch_thread_subscription(root)
                return (found.automatic if found else None) == automatic

            assert await knows(roots[0], False) and await knows(roots[1], None)
            await talk.set_thread_subscription(roots[1], True)
            assert alice.get(*place[1]) == {"automatic": False}
            alice.put(*place[2], body={"automatic": reply(bob, room, roots[2])})
            await eventually(lambda: knows(roots[2], True))
            await talk.set_thread_subscription(roots[0], False)
            assert refusal(alice, "GET", *place[0]) == (404, "M_NOT_FOUND")

    asyncio.run(follow())


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


class Witness:
    """Hears how a verification goes on the phone."""

    def __init__(self):
        self.steps: list[str] = []
        self.emoji: list[str] = []

    def did_receive_verification_request(self, details: Any) -> None:
        self.steps.append("requested")

    def did_accept_verification_request(self) -> None:
        self.steps.append("accepted")

    def did_start_sas_verification(self) -> None:
        self.steps.append("started")

    def did_receive_verification_data(self, data: Any) -> None:
        self.emoji = [emoji.symbol() for emoji in data.emojis]

    def did_fail(self) -> None:
        self.steps.append("failed")

    def did_cancel(self) -> None:
        self.steps.append("cancelled")

    def did_finish(self) -> None:
        self.steps.append("finished")


@pytest.fixture
def verification(server, alice):
    """Runs a verification of alice's phone, which she has beside a device that signs for her."""
    keys, old = CrossSigning(alice), Device(alice)
    keys.upload()
    old.upload()

    def run(steps: Callable[..., Awaitable[None]], *more: Any) -> None:
        async def whole() -> None:
            async with Phone.of(alice, server) as phone:
                await phone.client.encryption().wait_for_e2ee_initialization_tasks()
                for person in (alice, *more):
                    assert await phone.client.encryption().user_identity(person.user, True)
                controller, witness = await phone.client.get_session_verification_controller(), Witness()
                controller.set_delegate(witness)
                try:
                    await steps(phone, controller, witness, old, keys)
                finally:
                    controller.set_delegate(None)
        asyncio.run(whole())
    return run


async def compare_with(party: Party, controller: Any, witness: Witness) -> None:
    """The phone starts; both show the same emoji."""
    await eventually(lambda: "accepted" in witness.steps)
    await controller.start_sas_verification()
    await asyncio.to_thread(party.accept)
    await asyncio.to_thread(party.hear_key)
    party.send_key()
    await eventually(lambda: witness.emoji)
    assert witness.emoji == [Sas.emoji[number][0] for number in party.short[0]]


def test_a_phone_is_verified_by_emoji_and_then_signed(verification, alice):
    async def steps(phone, controller, witness, old, keys):
        alice.next()
        await controller.request_device_verification()
        asked = of_flow("request")
        answer = await asyncio.to_thread(alice.until, lambda answer: any(event["type"] == asked for event in inbox(answer)))
        request = next(event["content"] for event in inbox(answer) if event["type"] == asked)
        new = Device(alice, request["from_device"])
        party = Party(BetweenDevices(old, new, request["transaction_id"]))
        party.take(request)
        await compare_with(party, controller, witness)
        await controller.approve_verification()
        assert new.key_id in await asyncio.to_thread(party.hear_mac)
        master = keys.public("master")
        party.send_mac({old.key_id: old.account.ed25519_key.to_base64(), f"ed25519:{master}": master})
        party.done()
        await asyncio.to_thread(party.hear_done)
        await eventually(lambda: witness.steps[-1] == "finished")
        found = query(alice, alice)["device_keys"][alice.user][new.device]
        found.pop("unsigned", None)
        alice.post("keys", "signatures", "upload", body={alice.user: {new.device: keys.sign(found, "self_signing")}})
        await eventually(lambda: phone.client.encryption().verification_state() is sdk.VerificationState.VERIFIED)

    verification(steps)


class InRoomWithPhone(InRoom):
    """The library sends what it owes in a room when its sync of messages to devices turns: a message makes it turn."""

    def arrived(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        found = super().arrived(answer)
        if not found:
            send_to(self.client, {self.other: {"*": {}}}, "org.example.turn")
        return found


def test_a_phone_verifies_somebody_else_in_a_room(verification, alice, bob):
    his, his_keys = Device(bob), CrossSigning(bob)
    his.upload(), his_keys.upload()
    master = his_keys.public("master")
    room = alice.room_with(bob, is_direct=True)
    alice.put("user", alice.user, "account_data", "m.direct", body={bob.user: [room]})

    def asks(event: dict[str, Any]) -> bool:
        return event["content"].get("msgtype") == of_flow("request")

    async def steps(phone, controller, witness, old, keys):
        bob.next()
        await eventually(lambda: phone.room(room))
        await controller.request_user_verification(bob.user)
        answer = await asyncio.to_thread(bob.until, lambda answer: any(map(asks, timeline(answer, room))))
        request = next(filter(asks, timeline(answer, room)))
        assert request["content"]["to"] == bob.user
        party = Party(InRoomWithPhone(his, alice.user, room, request["event_id"]))
        party.take(request["content"])
        await compare_with(party, controller, witness)
        await controller.approve_verification()
        assert f"ed25519:{party.other_device}" in await asyncio.to_thread(party.hear_mac)
        party.send_mac({f"ed25519:{master}": master})
        party.done()
        await asyncio.to_thread(party.hear_done)
        await eventually(lambda: witness.steps[-1] == "finished")

    verification(steps, bob)
