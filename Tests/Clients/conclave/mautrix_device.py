"""Somebody's mautrix: signed in with the password, following in the background, remembering what its handlers heard."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any, Awaitable, Callable

from aiohttp import ClientSession, TCPConnector
from mautrix.client import Client as Mautrix
from mautrix.client.state_store import MemoryStateStore
from mautrix.types import Event, EventType, Filter

from .client import Client
from .server import Server, tls_context
from .waiting import eventually

# What mautrix only writes down when it cannot make sense of an answer.
COMPLAINTS = (
    "Failed to deserialize", "Sync request errored", "Corrupted invite", "Failed to validate device", "Invalid signature",
    "Query keys failure", "Failed to store next batch")


class Device:
    """A session of mautrix. `heard` holds every event that its handlers were given, in order."""

    def __init__(self, server: Server, person: Client):
        self.server, self.person = server, person
        self.heard: list[Event] = []
        self.client: Mautrix

    @property
    def user(self) -> str:
        return self.client.mxid

    def connection(self) -> ClientSession:
        return ClientSession(connector=TCPConnector(ssl=tls_context(self.server.ca)))

    async def new_client(self) -> Mautrix:
        """The client with its stores, without a session."""
        return Mautrix(base_url=self.server.url, client_session=self.connection(), state_store=MemoryStateStore())

    async def open(self) -> None:
        self.client = await self.new_client()
        self.client.add_event_handler(EventType.ALL, self.listen)

    async def sign_in(self, name: str) -> None:
        await self.open()
        await self.client.login(self.person.user, password=self.person.password, device_name=name)

    async def listen(self, event: Event) -> None:
        self.heard.append(event)

    def follow(self, only: Filter | None = None) -> None:
        self.client.start(only)

    async def pause(self) -> None:
        """Follows no longer; `follow` goes on where this stopped."""
        task = self.client.syncing_task
        self.client.stop()
        if task is not None:
            await task

    async def hears(self, holds: Callable[[Event], Any]) -> Event:
        """The first event of which this is true, once it has arrived."""
        await eventually(lambda: any(holds(event) for event in self.heard))
        return next(event for event in self.heard if holds(event))

    async def gets(self, event_id: str) -> Event:
        return await self.hears(lambda event: getattr(event, "event_id", None) == event_id)

    async def close(self) -> None:
        await self.client.api.session.close()


class Talk:
    """A conversation: who has signed in for it."""

    def __init__(self, server: Server, home: Path):
        self.server, self.home = server, home
        self.devices: list[Any] = []

    async def somebody(self, name: str) -> Any:
        """A new person's first device, following."""
        return await self.device(self.server.user(name, inhibit_login=True))

    async def device(self, person: Client, name: str = "mautrix") -> Any:
        device = self.new_device(person)
        self.devices.append(device)
        await device.sign_in(name)
        device.follow()
        return device

    def new_device(self, person: Client) -> Any:
        return Device(self.server, person)

    async def close(self) -> None:
        for device in self.devices:
            await device.pause()
        # Handlers that still run need the session and the store.
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest, timeout=20)
        for device in self.devices:
            await device.close()


def hold(scene: Talk, conversation: Callable[[Any], Awaitable[None]], log: Callable[[], list[logging.LogRecord]]) -> None:
    """Runs a conversation, closes its devices, and fails when mautrix wrote down that it did not understand something."""
    async def whole() -> None:
        try:
            await asyncio.wait_for(conversation(scene), 120)
        finally:
            await scene.close()
    asyncio.run(whole())
    assert [line for line in map(complaint, log()) if line] == []


def complaint(record: logging.LogRecord) -> str | None:
    line = record.getMessage()
    troubled = record.levelno >= logging.ERROR or line.startswith(COMPLAINTS)
    return line if troubled and record.name.startswith("mau") else None
