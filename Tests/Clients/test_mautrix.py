"""People talk through mautrix, the Matrix client library under many bots and bridges, over TLS with the server's own authority."""

from __future__ import annotations

import io
from typing import Any, Awaitable, Callable

import pytest
from mautrix.client import InternalEventType, MembershipEventDispatcher
from mautrix.client.syncer import SyncStream
from mautrix.errors import MForbidden, MNotFound, MUnknownToken
from mautrix.types import (
    EventFilter, EventType, Filter, ImageInfo, LoginType, Membership, MessageType, PaginationDirection, PresenceState,
    PushActionDict, PushActionType, PushRuleKind, PushRuleScope, RelationType, RoomCreatePreset, RoomDirectoryVisibility,
    RoomEventFilter, RoomFilter, RoomTagInfo, TextMessageEventContent)
from PIL import Image

from conclave.client import unique
from conclave.mautrix_device import Device, Talk, hold
from conclave.waiting import eventually


@pytest.fixture
def talk(server, tmp_path, caplog) -> Callable[[Callable[[Talk], Awaitable[None]]], None]:
    """Runs a conversation of which mautrix must have understood everything."""
    return lambda conversation: hold(Talk(server, tmp_path), conversation, lambda: caplog.records)


async def room_of_two(scene: Talk, **options: Any) -> tuple[Device, Device, str]:
    alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
    room = await alice.client.create_room(name="Two", **options)
    await alice.client.invite_user(room, bob.user)
    invite = await bob.hears(lambda event: event.type == EventType.ROOM_MEMBER and event.room_id == room)
    assert invite.source & SyncStream.INVITED_ROOM and invite.content.membership == Membership.INVITE
    assert (invite.sender, invite.state_key) == (alice.user, bob.user)
    assert "Two" in [event.content.name for event in invite.unsigned.invite_room_state if event.type == EventType.ROOM_NAME]
    assert await bob.client.join_room(room) == room
    await alice.hears(lambda event: is_member(event, room, bob.user, Membership.JOIN))
    await bob.hears(lambda event: is_member(event, room, bob.user, Membership.JOIN))
    return alice, bob, room


def is_member(event: Any, room: str, user: str, membership: Membership) -> bool:
    return (event.type == EventType.ROOM_MEMBER and event.room_id == room and event.state_key == user
            and event.content.membership == membership)


def bodies(device: Device, room: str) -> list[str]:
    return [event.content.body for event in device.heard if event.type == EventType.ROOM_MESSAGE and event.room_id == room]


def test_who_signed_in_with_a_password_is_somebody_until_they_sign_out(talk):
    async def conversation(scene: Talk) -> None:
        alice = await scene.somebody("alice")
        assert LoginType.PASSWORD in [flow.type for flow in (await alice.client.get_login_flows()).flows]
        answer = await alice.client.whoami()
        assert (answer.user_id, answer.device_id) == (alice.person.user, alice.client.device_id)
        await alice.pause()
        with pytest.raises(MForbidden):
            await alice.client.login(alice.user, password="not the password at all", store_access_token=False)
        await alice.client.logout(clear_access_token=False)
        with pytest.raises(MUnknownToken):
            await alice.client.whoami()
    talk(conversation)


@pytest.mark.parametrize("preset", list(RoomCreatePreset), ids=lambda preset: preset.value)
def test_two_people_talk(talk, preset):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene, preset=preset)
        said = await alice.client.send_text(room, "hello bob")
        heard = await bob.gets(said)
        assert (heard.content.body, heard.sender, heard.content.msgtype) == ("hello bob", alice.user, MessageType.TEXT)
        said = await bob.client.send_notice(room, html="<b>hello</b> alice")
        assert (await alice.gets(said)).content.formatted_body == "<b>hello</b> alice"
        assert set(await alice.client.get_joined_members(room)) == {alice.user, bob.user}
        assert await bob.client.get_joined_rooms() == [room]
    talk(conversation)


def test_reactions_replies_edits_and_redactions_arrive_as_what_they_are(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        first = await alice.client.send_text(room, "teh first")
        reaction = await bob.client.react(room, first, "👍")
        heard = (await alice.gets(reaction)).content.relates_to
        assert (heard.rel_type, heard.event_id, heard.key) == (RelationType.ANNOTATION, first, "👍")

        reply = TextMessageEventContent(msgtype=MessageType.TEXT, body="you mean: the first")
        reply.set_reply(await bob.gets(first))
        replied = await bob.client.send_message(room, reply)
        assert (await alice.gets(replied)).content.get_reply_to() == first

        edit = TextMessageEventContent(msgtype=MessageType.TEXT, body="the first")
        edit.set_edit(first)
        edited = await alice.client.send_message(room, edit)
        heard = (await bob.gets(edited)).content
        assert (heard.get_edit(), heard.body) == (first, "the first")

        redaction = await alice.client.redact(room, first, reason="said enough")
        heard = await bob.gets(redaction)
        assert (heard.type, heard.redacts, heard.content.reason) == (EventType.ROOM_REDACTION, first, "said enough")
        assert not (await bob.client.get_event(room, first)).content.serialize()
        with pytest.raises(MForbidden):
            await bob.client.redact(room, edited)
    talk(conversation)


def test_a_picture_comes_back_as_it_was_sent(talk):
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (20, 90, 160)).save(picture, "PNG")
    data = picture.getvalue()

    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        assert (await alice.client.get_media_repo_config()).upload_size > len(data)
        uri = await alice.client.upload_media(data, mime_type="image/png", filename="sea.png")
        info = ImageInfo(mimetype="image/png", size=len(data), width=640, height=480)
        sent = await alice.client.send_image(room, uri, info=info, file_name="sea.png")
        content = (await bob.gets(sent)).content
        assert (content.msgtype, content.url, content.info.width) == (MessageType.IMAGE, uri, 640)
        assert await bob.client.download_media(content.url) == data
        small = Image.open(io.BytesIO(await bob.client.download_thumbnail(content.url, 96, 96, "scale")))
        assert small.width < 640 and small.width / small.height == pytest.approx(4 / 3, rel=0.05)
    talk(conversation)


def test_an_address_for_a_file_can_be_had_before_the_file(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        data = b"written while the address was already known" * 100
        uri = await alice.client.upload_media(data, mime_type="text/plain", async_upload=True)
        sent = await alice.client.send_file(room, uri, file_name="late.txt")
        content = (await bob.gets(sent)).content
        assert await bob.client.download_media(content.url, timeout_ms=20_000) == data
    talk(conversation)


def test_typing_receipts_and_presence_are_heard(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        said = await alice.client.send_text(room, "read me")
        await bob.client.set_typing(room, 20_000)
        await alice.hears(lambda event: event.type == EventType.TYPING and event.content.user_ids == [bob.user])
        await bob.client.set_typing(room, 0)
        await eventually(lambda: [e.content.user_ids for e in alice.heard if e.type == EventType.TYPING][-1] == [])
        await bob.client.send_receipt(room, said)
        await alice.hears(lambda event: event.type == EventType.RECEIPT and bob.user in str(event.content.get(said)))
        await bob.client.set_fully_read_marker(room, said)
        assert (await bob.client.get_account_data("m.fully_read", room))["event_id"] == said
        await bob.client.set_presence(PresenceState.ONLINE, "at the harbour")
        assert (await alice.client.get_presence(bob.user)).status_msg == "at the harbour"
    talk(conversation)


def test_history_is_paged_back_to_the_beginning(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        sent = [await alice.client.send_text(room, f"{n}") for n in range(25)]
        token, found, last = None, [], None
        for _ in range(20):
            page = await bob.client.get_messages(room, PaginationDirection.BACKWARD, from_token=token, limit=10)
            found += [event.event_id for event in page.events if event.type == EventType.ROOM_MESSAGE]
            last = page.events[-1] if page.events else last
            token = page.end
            if not token:
                break
        assert found == sent[::-1] and last.type == EventType.ROOM_CREATE
        around = await bob.client.get_event_context(room, sent[12], limit=4)
        assert around.event.event_id == sent[12]
        assert [event.event_id for event in around.events_before] == [sent[11], sent[10]]
        assert [event.event_id for event in around.events_after] == [sent[13], sent[14]]
    talk(conversation)


def test_what_was_said_during_a_pause_is_heard_once_and_in_order(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        await bob.gets(await alice.client.send_text(room, "before"))
        await bob.pause()
        for n in range(5):
            await alice.client.send_text(room, f"{n}")
        bob.follow()
        await bob.gets(await alice.client.send_text(room, "after"))
        assert bodies(bob, room) == ["before", "0", "1", "2", "3", "4", "after"]
    talk(conversation)


def test_a_filter_keeps_the_rest_away(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        await bob.pause()
        heard = len(bob.heard)
        messages = RoomEventFilter(types=[EventType.ROOM_MESSAGE])
        nothing = EventFilter(types=[])
        bob.follow(Filter(
            presence=nothing, account_data=nothing,
            room=RoomFilter(timeline=messages, state=RoomEventFilter(types=[]), ephemeral=RoomEventFilter(types=[]))))
        await alice.client.react(room, await alice.client.send_text(room, "one"), "👍")
        await bob.gets(await alice.client.send_text(room, "two"))
        assert [event.type for event in bob.heard[heard:]] == [EventType.ROOM_MESSAGE] * 2
    talk(conversation)


def test_every_change_of_membership_is_told_by_its_name(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene, preset=RoomCreatePreset.PUBLIC)
        alice.client.add_dispatcher(MembershipEventDispatcher)
        told: list[InternalEventType] = []
        for kind in ("INVITE", "JOIN", "LEAVE", "KICK", "BAN", "UNBAN", "DISINVITE", "REJECT_INVITE", "PROFILE_CHANGE"):
            async def note(event: Any, kind: str = kind) -> None:
                assert event.state_key == bob.user
                told.append(kind)
            alice.client.add_event_handler(InternalEventType[kind], note)
        steps = [
            ("PROFILE_CHANGE", lambda: bob.client.set_displayname("Bob B.")),
            ("KICK", lambda: alice.client.kick_user(room, bob.user, "noise")),
            ("JOIN", lambda: bob.client.join_room(room)),
            ("BAN", lambda: alice.client.ban_user(room, bob.user, "more noise")),
            ("UNBAN", lambda: alice.client.unban_user(room, bob.user)),
            ("INVITE", lambda: alice.client.invite_user(room, bob.user)),
            ("DISINVITE", lambda: alice.client.kick_user(room, bob.user)),
            ("INVITE", lambda: alice.client.invite_user(room, bob.user)),
            ("REJECT_INVITE", lambda: bob.client.leave_room(room)),
            ("JOIN", lambda: bob.client.join_room(room)),
            ("LEAVE", lambda: bob.client.leave_room(room)),
        ]
        for number, (_, step) in enumerate(steps, 1):
            await step()
            await eventually(lambda: len(told) >= number)
        assert told == [kind for kind, _ in steps]
        await bob.client.forget_room(room)
    talk(conversation)


def test_state_names_profiles_and_tags_can_be_set_and_read(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob, room = await room_of_two(scene)
        topic = await alice.client.send_state_event(room, EventType.ROOM_TOPIC, {"topic": "tea"})
        assert (await bob.gets(topic)).content.topic == "tea"
        assert (await bob.client.get_state_event(room, EventType.ROOM_TOPIC)).topic == "tea"
        assert (await bob.client.get_state_event(room, EventType.ROOM_TOPIC, format="event")).event_id == topic
        assert {EventType.ROOM_CREATE, EventType.ROOM_POWER_LEVELS} <= {event.type for event in await bob.client.get_state(room)}
        invited = await bob.client.get_members(room, not_membership=Membership.JOIN)
        assert invited == []
        with pytest.raises(MForbidden):
            await bob.client.send_state_event(room, EventType.ROOM_TOPIC, {"topic": "coffee"})

        alias = unique("mautrix")
        await alice.client.add_room_alias(room, alias)
        assert (await bob.client.resolve_room_alias(f"#{alias}:{scene.server.name}")).room_id == room
        await alice.client.remove_room_alias(alias, raise_404=True)
        with pytest.raises(MNotFound):
            await bob.client.resolve_room_alias(f"#{alias}:{scene.server.name}")

        await bob.client.set_displayname("Bob B.")
        await bob.client.set_avatar_url("mxc://example.test/abcdef")
        profile = await alice.client.get_profile(bob.user)
        assert (profile.displayname, profile.avatar_url) == ("Bob B.", "mxc://example.test/abcdef")
        await alice.hears(lambda event: event.type == EventType.ROOM_MEMBER and event.content.avatar_url == profile.avatar_url)

        await bob.client.set_room_tag(room, "m.favourite", RoomTagInfo(order=0.25))
        assert (await bob.client.get_room_tag(room, "m.favourite")).order == 0.25
        await bob.client.remove_room_tag(room, "m.favourite")
        assert await bob.client.get_room_tag(room, "m.favourite") is None
        await bob.client.set_account_data("test.harbour", {"lantern": True})
        assert (await bob.hears(lambda event: str(event.type) == "test.harbour")).content["lantern"] is True
    talk(conversation)


def test_public_rooms_and_the_people_in_them_are_found(talk):
    async def conversation(scene: Talk) -> None:
        name = unique("harbour")
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await alice.client.create_room(name=name, preset=RoomCreatePreset.PUBLIC)
        await alice.client.set_room_directory_visibility(room, RoomDirectoryVisibility.PUBLIC)
        assert await bob.client.get_room_directory_visibility(room) == RoomDirectoryVisibility.PUBLIC
        found = (await bob.client.get_room_directory(search_query=name)).chunk
        assert [(each.room_id, each.name, each.num_joined_members) for each in found] == [(room, name, 1)]

        async def finds_alice() -> bool:
            return [user.user_id for user in (await bob.client.search_users(alice.client.localpart)).results] == [alice.user]
        await eventually(finds_alice)
    talk(conversation)


def test_somebody_knocks_and_is_let_in(talk):
    async def conversation(scene: Talk) -> None:
        alice, bob = await scene.somebody("alice"), await scene.somebody("bob")
        room = await alice.client.create_room(initial_state=[
            {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "knock"}}])
        with pytest.raises(MForbidden):
            await bob.client.join_room(room, max_retries=0)
        assert await bob.client.knock_room(room, reason="it is raining") == room
        knock = await alice.hears(lambda event: is_member(event, room, bob.user, Membership.KNOCK))
        assert knock.content.reason == "it is raining"
        await alice.client.invite_user(room, bob.user)
        await bob.hears(lambda event: is_member(event, room, bob.user, Membership.INVITE))
        assert await bob.client.join_room(room) == room
    talk(conversation)


def test_a_push_rule_can_be_made_and_taken_away(talk):
    async def conversation(scene: Talk) -> None:
        alice = await scene.somebody("alice")
        where = PushRuleScope.GLOBAL, PushRuleKind.CONTENT, "harbour"
        actions = [PushActionType.NOTIFY, PushActionDict(set_tweak="sound", value="default")]
        await alice.client.set_push_rule(*where, actions=actions, pattern="lighthouse")
        rule = await alice.client.get_push_rule(*where)
        assert (rule.pattern, rule.actions, rule.enabled, rule.default) == ("lighthouse", actions, True, False)
        await alice.hears(lambda event: str(event.type) == "m.push_rules" and "lighthouse" in str(event.content))
        await alice.client.remove_push_rule(*where)
        with pytest.raises(MNotFound):
            await alice.client.get_push_rule(*where)
    talk(conversation)
