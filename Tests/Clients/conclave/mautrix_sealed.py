"""Somebody's mautrix with keys: it encrypts with libolm, and its keys outlive the process."""

from __future__ import annotations

from pathlib import Path

from mautrix.client import Client as Mautrix
from mautrix.crypto import OlmMachine, PgCryptoStateStore, PgCryptoStore
from mautrix.types import DeviceIdentity, EncryptionAlgorithm, Event, EventType, RoomEncryptionStateEventContent
from mautrix.util.async_db import Database

from .client import Client, unique
from .mautrix_device import Device, Talk
from .server import Server
from .waiting import eventually


class SealedDevice(Device):
    """A session of mautrix with keys, in a database of its own."""

    def __init__(self, server: Server, person: Client, file: Path):
        super().__init__(server, person)
        self.file = file

    async def new_client(self) -> Mautrix:
        self.database = Database.create(f"sqlite:{self.file}", upgrade_table=PgCryptoStore.upgrade_table)
        await self.database.start()
        await PgCryptoStateStore.upgrade_table.upgrade(self.database)
        self.store, rooms = PgCryptoStore(self.person.user, "pickle", self.database), PgCryptoStateStore(self.database)
        await self.store.open()
        client = Mautrix(base_url=self.server.url, client_session=self.connection(), sync_store=self.store, state_store=rooms)
        client.crypto = OlmMachine(client, self.store, rooms)
        return client

    async def sign_in(self, name: str) -> None:
        await super().sign_in(name)
        await self.store.put_device_id(self.client.device_id)
        await self.keys.load()

    async def resume(self, user: str, token: str) -> None:
        """What a new process does with the database of an old one and the access token."""
        await self.open()
        self.client.mxid, self.client.api.token = user, token
        self.client.device_id = await self.store.get_device_id()
        await self.keys.load()

    async def close(self) -> None:
        await super().close()
        await self.database.stop()

    @property
    def keys(self) -> OlmMachine:
        return self.client.crypto

    async def counts_one_time_keys(self) -> int:
        return sum((await self.client.upload_keys()).values())

    async def device(self, other: Device) -> DeviceIdentity | None:
        """What this one knows of another device."""
        return await self.store.get_device(other.user, other.client.device_id)

    async def follows_devices(self, person: Device, *devices: Device) -> None:
        """Waits until exactly these are the devices known of this person."""
        expected = {device.client.device_id for device in devices}

        async def known() -> bool:
            return set(await self.store.get_devices(person.user) or ()) == expected
        await eventually(known)

    async def reads(self, event_id: str) -> Event:
        """The event, decrypted; its key may arrive after it."""
        sealed = await self.gets(event_id)
        assert sealed.type == EventType.ROOM_ENCRYPTED
        await eventually(lambda: self.store.has_group_session(sealed.room_id, sealed.content.session_id))
        return await self.keys.decrypt_megolm_event(sealed)


class SealedTalk(Talk):
    """A conversation of devices that have uploaded their keys."""

    def new_device(self, person: Client) -> SealedDevice:
        return SealedDevice(self.server, person, self.home / unique("keys.db"))

    async def device(self, person: Client, name: str = "mautrix") -> SealedDevice:
        device = await super().device(person, name)
        await eventually(lambda: device.keys.account.shared)
        return device

    async def again(self, device: SealedDevice) -> SealedDevice:
        """The same session in a new process, which does not follow yet."""
        await device.pause()
        later = SealedDevice(self.server, device.person, device.file)
        self.devices.append(later)
        await later.resume(device.user, device.client.api.token)
        return later

    async def room(self, owner: SealedDevice, *others: Device) -> str:
        """An encrypted room in which these people are joined."""
        encryption = RoomEncryptionStateEventContent(algorithm=EncryptionAlgorithm.MEGOLM_V1)
        room = await owner.client.create_room(invitees=[other.user for other in others], initial_state=[
            {"type": "m.room.encryption", "state_key": "", "content": encryption.serialize()}])
        for other in others:
            await other.client.join_room(room)
        return room
