"""Two people talk through matrix-nio, a real Matrix client library, over TLS with the server's own authority."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Awaitable, Callable

import nio
import pytest

from conclave.client import PASSWORD, unique
from conclave.nio_turn import good
from conclave.server import tls_context


class Talk:
    """Two signed-in clients, and how to wait for what the other one did."""

    def __init__(self, server):
        self.server = server
        self.people: list[nio.AsyncClient] = []

    async def somebody(self, name: str) -> nio.AsyncClient:
        username = unique(name)
        context: ssl.SSLContext = tls_context(self.server.ca)
        config = nio.AsyncClientConfig(encryption_enabled=False, max_limit_exceeded=0, max_timeouts=0)
        client = nio.AsyncClient(self.server.url, f"@{username}:{self.server.name}", ssl=context, config=config)
        self.people.append(client)
        # nio passes the dummy stage with its first request, without a session of its own.
        good(await client.register(username, PASSWORD, device_name="nio"))
        await client.logout()
        client.access_token = ""
        answer = good(await client.login(PASSWORD, device_name=f"{name} on nio"))
        assert answer.user_id == client.user_id and client.logged_in
        return client

    async def until(self, client: nio.AsyncClient, arrived: Callable[[nio.SyncResponse], Any]) -> Any:
        for _ in range(20):
            answer = good(await client.sync(timeout=1000))
            found = arrived(answer)
            if found:
                return found
        raise AssertionError("what should have arrived did not")

    async def close(self) -> None:
        for client in self.people:
            await client.close()


@pytest.fixture
def talk(server) -> Callable[[Callable[[Talk], Awaitable[None]]], None]:
    """Runs a conversation and closes its clients."""
    def run(conversation: Callable[[Talk], Awaitable[None]]) -> None:
        async def whole() -> None:
            scene = Talk(server)
            try:
                await asyncio.wait_for(conversation(scene), 120)
            finally:
                await scene.close()
        asyncio.run(whole())
    return run


def message(text: str) -> dict[str, str]:
    return {"msgtype": "m.text", "body": text}


async def say(client: nio.AsyncClient, room: str, text: str) -> str:
    return good(await client.room_send(room, "m.room.message", message(text))).event_id


async def room_of_two(scene: Talk, preset: nio.RoomPreset | None = None) -> tuple[nio.AsyncClient, nio.AsyncClient, str]:
    alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
    good(await bob.sync()), good(await alice.sync())
    room = good(await alice.room_create(name="Two", preset=preset, invite=[bob.user_id])).room_id
    await scene.until(bob, lambda answer: room in answer.rooms.invite)
    assert bob.invited_rooms[room].inviter == alice.user_id
    good(await bob.join(room))
    await scene.until(bob, lambda answer: room in answer.rooms.join)
    await scene.until(alice, lambda answer: bob.user_id in alice.rooms[room].users if room in alice.rooms else False)
    return alice, bob, room


def bodies(answer: nio.SyncResponse, room: str) -> list[str]:
    if room not in answer.rooms.join:
        return []
    return [event.body for event in answer.rooms.join[room].timeline.events if isinstance(event, nio.RoomMessageText)]


@pytest.mark.parametrize("preset", list(nio.RoomPreset), ids=lambda preset: preset.value)
def test_two_people_talk(talk, preset):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene, preset)
        await say(alice, room, "hello bob")
        await scene.until(bob, lambda answer: "hello bob" in bodies(answer, room))
        await say(bob, room, "hello alice")
        await scene.until(alice, lambda answer: "hello alice" in bodies(answer, room))
        assert alice.rooms[room].display_name == "Two" and alice.rooms[room].member_count == 2
    talk(conversation)


def test_history_backwards_and_forwards(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        for n in range(25):
            await say(alice, room, f"{n}")
        await scene.until(bob, lambda answer: "24" in bodies(answer, room))
        start, oldest, found = bob.next_batch, "", []
        while start:
            page = good(await bob.room_messages(room, start=start, limit=10, direction=nio.MessageDirection.back))
            found += [event.body for event in page.chunk if isinstance(event, nio.RoomMessageText)]
            start, oldest = page.end, page.end or oldest
        assert found == [f"{n}" for n in reversed(range(25))]
        page = good(await bob.room_messages(room, start=oldest, limit=100, direction=nio.MessageDirection.front))
        forward = [event.body for event in page.chunk if isinstance(event, nio.RoomMessageText)]
        assert len(forward) >= 20 and forward == [f"{n}" for n in range(25)][-len(forward):]
    talk(conversation)


def test_typing_receipts_and_read_markers(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        event = await say(alice, room, "read me")
        good(await bob.room_typing(room, True, 20_000))
        await scene.until(alice, lambda _: bob.user_id in alice.rooms[room].typing_users)
        good(await bob.room_typing(room, False))
        await scene.until(alice, lambda _: not alice.rooms[room].typing_users)
        good(await bob.update_receipt_marker(room, event))
        await scene.until(alice, lambda _: event in str(alice.rooms[room].threaded_read_receipts))
        good(await bob.room_read_markers(room, event, event))
        await scene.until(bob, lambda _: bob.rooms[room].fully_read_marker == event)
    talk(conversation)


def test_redaction(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        event = await say(alice, room, "regretted")
        good(await alice.room_redact(room, event, reason="typo"))
        await scene.until(bob, lambda answer: room in answer.rooms.join and any(
            isinstance(each, nio.RedactionEvent) and each.redacts == event for each in answer.rooms.join[room].timeline.events))
        found = good(await bob.room_get_event(room, event)).event
        assert isinstance(found, nio.RedactedEvent) and found.reason == "typo"
    talk(conversation)


def test_kick_and_ban_and_unban(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene, nio.RoomPreset.public_chat)
        good(await alice.room_kick(room, bob.user_id, "noise"))
        await scene.until(bob, lambda answer: room in answer.rooms.leave)
        good(await bob.join(room))
        good(await alice.room_ban(room, bob.user_id, "more noise"))
        await scene.until(bob, lambda answer: room in answer.rooms.leave)
        assert isinstance(await bob.join(room), nio.JoinError)
        good(await alice.room_unban(room, bob.user_id))
        good(await bob.join(room))
        good(await bob.room_leave(room))
        good(await bob.room_forget(room))
    talk(conversation)


def test_state_and_aliases(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        good(await alice.room_put_state(room, "m.room.topic", {"topic": "tea"}))
        await scene.until(bob, lambda _: bob.rooms[room].topic == "tea")
        assert good(await bob.room_get_state_event(room, "m.room.topic")).content["topic"] == "tea"
        assert {"m.room.create", "m.room.member"} <= {event["type"] for event in good(await bob.room_get_state(room)).events}
        name = f"#{unique('nio')}:{scene.server.name}"
        good(await alice.room_put_alias(name, room))
        assert good(await bob.room_resolve_alias(name)).room_id == room
        good(await alice.room_delete_alias(name))
        assert isinstance(await bob.room_resolve_alias(name), nio.RoomResolveAliasError)
        members = good(await bob.joined_members(room)).members
        assert {member.user_id for member in members} == {alice.user_id, bob.user_id}
        assert room in good(await bob.joined_rooms()).rooms
    talk(conversation)


def test_profile_and_presence(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        good(await bob.set_displayname("Bob B."))
        good(await bob.set_avatar("mxc://example.test/abcdef"))
        await scene.until(alice, lambda _: alice.rooms[room].users[bob.user_id].display_name == "Bob B."
                          and alice.rooms[room].users[bob.user_id].avatar_url == "mxc://example.test/abcdef")
        profile = good(await alice.get_profile(bob.user_id))
        assert (profile.displayname, profile.avatar_url) == ("Bob B.", "mxc://example.test/abcdef")
        good(await bob.set_presence("unavailable", "at lunch"))
        assert good(await alice.get_presence(bob.user_id)).presence in ("unavailable", "online")
    talk(conversation)


def test_context_filters_and_devices(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        sent = [await say(alice, room, f"{n}") for n in range(5)]
        around = good(await bob.room_context(room, sent[2], limit=4))
        assert around.event.event_id == sent[2] and len(around.events_before) == len(around.events_after) == 2
        chosen = good(await bob.upload_filter(room={"timeline": {"limit": 1}})).filter_id
        answer = good(await bob.sync(sync_filter=chosen, full_state=True, since=""))
        assert answer.next_batch
        good(await bob.update_device(bob.device_id, {"display_name": "renamed"}))
        assert [device.display_name for device in good(await bob.devices()).devices] == ["renamed"]
        assert good(await bob.whoami()).user_id == bob.user_id
    talk(conversation)


def test_a_sync_token_continues_in_a_later_session(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        token = bob.next_batch
        for n in range(3):
            await say(alice, room, f"{n}")
        later = nio.AsyncClient(scene.server.url, bob.user_id, ssl=tls_context(scene.server.ca))
        scene.people.append(later)
        later.restore_login(bob.user_id, bob.device_id, bob.access_token)
        answer = good(await later.sync(since=token, timeout=0))
        assert bodies(answer, room) == ["0", "1", "2"]
    talk(conversation)


def test_logout_ends_the_session(talk):
    async def conversation(scene: Talk) -> None:
        alice = await scene.somebody("alice")
        token = alice.access_token
        good(await alice.logout())
        alice.access_token = token
        assert isinstance(await alice.whoami(), nio.WhoamiError)
        alice.access_token = ""
        assert isinstance(await alice.login("wrong password, quite long"), nio.LoginError)
        good(await alice.login(PASSWORD))
        good(await alice.logout(all_devices=True))
    talk(conversation)
