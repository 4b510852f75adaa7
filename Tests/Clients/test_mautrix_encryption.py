"""People talk end to end encrypted through mautrix and libolm, with matrix-nio and vodozemac, and vouch for their devices."""

from __future__ import annotations

import json
from typing import Awaitable, Callable

import nio
import pytest

pytest.importorskip("olm", reason="python-olm is not to be had for this Python")

from mautrix.crypto.attachments import decrypt_attachment, encrypt_attachment
from mautrix.errors import MatrixUnknownRequestError, SessionNotFound
from mautrix.types import (
    EventType, MediaMessageEventContent, MessageType, RelationType, RoomKeyWithheldCode, TextMessageEventContent, TrustState)

from conclave.client import PASSWORD
from conclave.mautrix_device import hold
from conclave.mautrix_sealed import SealedDevice, SealedTalk
from conclave.nio_turn import good, hear, turn
from conclave.server import tls_context
from conclave.waiting import eventually

ONE_TIME_KEYS = 50  # mautrix fills up to half of what libolm can hold


@pytest.fixture
def talk(server, tmp_path, caplog) -> Callable[[Callable[[SealedTalk], Awaitable[None]]], None]:
    """Runs a conversation of which mautrix must have understood everything."""
    return lambda conversation: hold(SealedTalk(server, tmp_path), conversation, lambda: caplog.records)


def test_two_people_understand_each_other_and_the_server_does_not(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await scene.room(alice, bob)
        said = await alice.client.send_text(room, "between us alone")
        heard = await bob.reads(said)
        assert (heard.type, heard.content.body, heard.sender) == (EventType.ROOM_MESSAGE, "between us alone", alice.user)
        said = await bob.client.send_text(room, "and back")
        assert (await alice.reads(said)).content.body == "and back"
        kept = scene.server.client()
        kept.token = bob.client.api.token
        everything = json.dumps(kept.messages(room))
        assert said in everything and "between us" not in everything and "and back" not in everything
    talk(conversation)


def test_a_first_message_takes_one_of_the_keys_that_were_uploaded_and_it_is_replaced(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        assert await bob.counts_one_time_keys() == ONE_TIME_KEYS
        published = (await alice.client.query_keys([bob.user])).device_keys[bob.user][bob.client.device_id]
        assert (published.ed25519, published.curve25519) == (bob.keys.account.signing_key, bob.keys.account.identity_key)
        room = await scene.room(alice, bob)
        await bob.pause()
        said = await alice.client.send_text(room, "with a key of yours")
        assert await bob.counts_one_time_keys() == ONE_TIME_KEYS - 1
        await alice.client.send_text(room, "which is not needed twice")
        assert await bob.counts_one_time_keys() == ONE_TIME_KEYS - 1
        bob.follow()
        await bob.reads(said)
        assert await bob.store.has_session(alice.keys.account.identity_key)

        async def refilled() -> bool:
            return await bob.counts_one_time_keys() == ONE_TIME_KEYS
        await eventually(refilled)
    talk(conversation)


def test_devices_that_come_and_go_are_followed(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await scene.room(alice, bob)
        before = await alice.client.send_text(room, "before")
        await bob.reads(before)
        await alice.follows_devices(bob, bob)
        second = await scene.device(bob.person, "bob's second")
        await alice.follows_devices(bob, bob, second)
        assert (await alice.device(second)).name == "bob's second"
        said = await alice.client.send_text(room, "to both")
        for listener in (bob, second):
            assert (await listener.reads(said)).content.body == "to both"
        with pytest.raises(SessionNotFound):
            await second.keys.decrypt_megolm_event(await alice.client.get_event(room, before))
        await second.pause()
        await second.client.logout()
        await alice.follows_devices(bob, bob)
        said = await alice.client.send_text(room, "to the one that is left")
        assert (await bob.reads(said)).content.body == "to the one that is left"
    talk(conversation)


def test_a_client_that_is_started_again_reads_what_was_said_meanwhile(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await scene.room(alice, bob)
        await bob.reads(await alice.client.send_text(room, "while you listen"))
        later = await scene.again(bob)
        await alice.store.remove_outbound_group_session(room)
        said = [await alice.client.send_text(room, f"while you were away {n}") for n in range(3)]
        later.follow()
        assert [(await later.reads(event)).content.body for event in said] == [f"while you were away {n}" for n in range(3)]
        assert (await alice.reads(await later.client.send_text(room, "I am back"))).content.body == "I am back"
    talk(conversation)


def test_edits_and_reactions_find_what_they_are_about(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await scene.room(alice, bob)
        said = await alice.client.send_text(room, "teh secret")
        edit = TextMessageEventContent(msgtype=MessageType.TEXT, body="the secret")
        edit.set_edit(said)
        edited = await bob.reads(await alice.client.send_message(room, edit))
        assert (edited.content.get_edit(), edited.content.body) == (said, "the secret")
        reaction = await alice.gets(await bob.client.react(room, said, "🔒"))
        assert (reaction.content.relates_to.rel_type, reaction.content.relates_to.event_id) == (RelationType.ANNOTATION, said)
    talk(conversation)


def test_a_file_is_sealed_before_it_is_uploaded(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await scene.room(alice, bob)
        plain = b"a picture that nobody else sees" * 50
        sealed, file = encrypt_attachment(plain)
        file.url = await alice.client.upload_media(sealed, mime_type="application/octet-stream")
        said = await alice.client.send_message(
            room, MediaMessageEventContent(msgtype=MessageType.FILE, body="secret.bin", file=file))
        heard = (await bob.reads(said)).content.file
        kept = await bob.client.download_media(heard.url)
        assert kept == sealed and plain[:20] not in kept
        assert decrypt_attachment(kept, heard.key.key, heard.hashes["sha256"], heard.iv) == plain
    talk(conversation)


def test_a_recovery_key_makes_a_second_device_trusted(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        recovery_key = await alice.keys.generate_recovery_key()
        second = await scene.device(alice.person, "alice's second")
        room = await scene.room(bob, alice)

        async def trusts(device: SealedDevice, state: TrustState) -> bool:
            known = await bob.device(device)
            return known is not None and await bob.keys.resolve_trust(known) == state

        await bob.client.send_text(room, "who are you?")
        await eventually(lambda: trusts(alice, TrustState.CROSS_SIGNED_TOFU))
        assert await trusts(second, TrustState.UNVERIFIED)
        with pytest.raises(ValueError):
            await second.keys.verify_with_recovery_key(f"{recovery_key[:-4]}aaaa")
        await second.keys.verify_with_recovery_key(recovery_key)
        await eventually(lambda: trusts(second, TrustState.CROSS_SIGNED_TOFU))
        said = await bob.reads(await second.client.send_text(room, "alice, on both"))
        assert said["mautrix"]["trust_state"] == TrustState.CROSS_SIGNED_TOFU
        assert await second.keys.get_own_cross_signing_public_keys() == await alice.keys.get_own_cross_signing_public_keys()
    talk(conversation)


def test_a_device_is_given_the_keys_of_what_was_said_before_it_came_once_it_is_trusted(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await scene.room(alice, bob)
        recovery_key = await alice.keys.generate_recovery_key()
        said = await bob.client.send_text(room, "before you came")
        await alice.reads(said)
        second = await scene.device(alice.person, "alice's second")
        sealed = await second.client.get_event(room, said)

        async def asks(seconds: float) -> bool:
            # A dictionary and not a list of devices, since mautrix takes away from it by key.
            return await second.keys.request_room_key(
                room, bob.keys.account.identity_key, sealed.content.session_id,
                {alice.user: {alice.client.device_id: None}}, timeout=seconds)

        async def trusted() -> bool:
            return await alice.keys.resolve_trust(await alice.device(second)) == TrustState.CROSS_SIGNED_TOFU

        await asks(0)
        refusal = await second.hears(lambda event: event.type == EventType.ROOM_KEY_WITHHELD)
        assert (refusal.sender, refusal.content.code) == (alice.user, RoomKeyWithheldCode.UNVERIFIED)
        with pytest.raises(SessionNotFound):
            await second.keys.decrypt_megolm_event(sealed)
        await second.keys.verify_with_recovery_key(recovery_key)
        await eventually(trusted)
        assert await asks(30)
        assert (await second.keys.decrypt_megolm_event(sealed)).content.body == "before you came"
    talk(conversation)


def test_keys_to_vouch_with_are_not_replaced_without_the_password(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice = await scene.somebody("alice")
        await alice.keys.generate_recovery_key()
        before = (await alice.client.query_keys([alice.user])).master_keys[alice.user]
        mallory = await scene.device(alice.person, "mallory, with a stolen session")
        with pytest.raises(MatrixUnknownRequestError) as refusal:
            await mallory.keys.generate_recovery_key()
        assert refusal.value.http_status == 401 and "m.login.password" in refusal.value.text
        assert (await alice.client.query_keys([alice.user])).master_keys[alice.user] == before
    talk(conversation)


def test_mautrix_and_nio_understand_each_other(talk):
    async def conversation(scene: SealedTalk) -> None:
        alice, bob = await scene.somebody("alice"), scene.server.user("bob", inhibit_login=True)
        store = scene.home / "nio"
        store.mkdir()
        client = nio.AsyncClient(
            scene.server.url, bob.user, store_path=str(store), ssl=tls_context(scene.server.ca),
            config=nio.AsyncClientConfig(encryption_enabled=True, max_limit_exceeded=0, max_timeouts=0))
        try:
            good(await client.login(PASSWORD, device_name="nio"))
            await turn(client)
            room = await scene.room(alice)
            await alice.client.invite_user(room, bob.user)
            good(await client.join(room))
            await turn(client)
            said = await alice.client.send_text(room, "from libolm")
            assert (await hear(client, room, said)).body == "from libolm"
            answer = good(await client.room_send(
                room, "m.room.message", {"msgtype": "m.text", "body": "from vodozemac"}, ignore_unverified_devices=True))
            assert (await alice.reads(answer.event_id)).content.body == "from vodozemac"
        finally:
            await client.close()
    talk(conversation)
