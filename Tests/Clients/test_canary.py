"""Unique words go in through every input; then every file that the product wrote is searched for them."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import time
from pathlib import Path

import pytest

from conclave.client import Client, unique
from conclave.crypto import CrossSigning, Device, claim, send_to
from conclave.server import Conclave
from conclave.traces import Traces, disguises, planted

pytestmark = pytest.mark.ours_only


class Canaries(dict[str, str]):
    """Makes a word for a place that occurs nowhere else; of letters that every input takes."""

    def sing(self, place: str) -> str:
        return self.setdefault(place, f"canary{secrets.token_hex(12)}")


def test_the_search_finds_what_is_there():
    words = {"a": "canary" + "0123456789abcdef01234567", "b": "canary" + "fedcba987654321000000000"}
    traces = Traces(words)
    for name, word in words.items():
        for shift in range(3):
            encoded = base64.b64encode(b"x" * (9 + shift) + word.encode() + b"yyy")
            assert traces.within(b"..." + encoded + b"..."), (name, shift)
        for pattern in disguises(word).values():
            assert any(found.startswith(name) for found in traces.within(b"\0" + pattern + b"\0"))
    assert {found[0] for found in traces.within(planted(words))} == {"a", "b"}
    assert not traces.within(secrets.token_bytes(1 << 20))


def speak(server: Conclave, words: Canaries) -> None:
    """Every input that a client has, with a canary in it."""
    sing = words.sing
    agent = {"User-Agent": f"Canary/1.0 ({sing('user agent')})"}
    alice = server.client().register(
        sing("user name"), password=sing("password") + " long", device_id=sing("device id"),
        initial_device_display_name=sing("device name"))
    bob = server.user("bob")
    # A failed sign-in knows a name and a password as well.
    server.client().response("POST", "login", headers=agent, body={
        "type": "m.login.password", "identifier": {"type": "m.id.user", "user": sing("unknown user")},
        "password": sing("wrong password")})
    second = alice.second_device(device_id=sing("second device id"), initial_device_display_name=sing("second device name"))
    second.response("GET", "account/whoami", headers=agent)
    second.put("devices", second.device, body={"display_name": sing("renamed device")})
    alice.put("profile", alice.user, "displayname", body={"displayname": sing("display name")})
    alice.put("profile", alice.user, "avatar_url", body={"avatar_url": f"mxc://example.test/{sing('avatar')}"})
    field = "org.example." + sing("profile field")
    alice.put("profile", alice.user, field, body={field: sing("profile value")})
    room = alice.post("createRoom", headers=agent, body={
        "preset": "public_chat", "visibility": "public", "name": sing("room name"), "topic": sing("room topic"),
        "room_alias_name": sing("room alias"), "invite": [bob.user], "creation_content": {"type": sing("room type")},
        "initial_state": [{"type": sing("initial type"), "state_key": sing("initial key"), "content": {"x": sing("initial content")}}],
    })["room_id"]
    bob.post("join", room, body={"reason": sing("join reason")})
    event = alice.send(room, sing("message"), txn=sing("transaction id"))
    alice.send(room, type=sing("event type"), content={sing("content key"): sing("content value")})
    alice.set_state(room, sing("state type"), {"x": sing("state content")}, sing("state key"))
    alice.put("directory/room", f"#{sing('second alias')}:{server.name}", body={"room_id": room})
    alice.redact(room, alice.send(room, sing("redacted message")), reason=sing("redaction reason"))
    alice.put("user", alice.user, "account_data", sing("account data type"), body={"x": sing("account data")})
    alice.put("user", alice.user, "rooms", room, "account_data", sing("room data type"), body={"x": sing("room data")})
    alice.put("user", alice.user, "rooms", room, "tags", f"u.{sing('tag')}", body={})
    alice.post("user", alice.user, "filter", body={"room": {"timeline": {"types": [sing("filter type")]}}})
    rule = {"actions": ["notify", {"set_tweak": "sound", "value": sing("push sound")}], "pattern": sing("push pattern")}
    alice.put("pushrules/global/content", sing("push rule"), body=rule)
    alice.response("PUT", "pushrules/global/content", sing("unknown push rule"), "enabled", body={"enabled": True})
    alice.post("pushers/set", body={
        "kind": "http", "app_id": sing("push app"), "pushkey": sing("push key"), "app_display_name": sing("push app name"),
        "device_display_name": sing("push device name"), "lang": "en", "profile_tag": sing("push tag"),
        "data": {"url": f"https://{sing('push gateway')}.invalid/_matrix/push/v1/notify", "x": sing("push data")}})
    alice.put("presence", alice.user, "status", body={"presence": "online", "status_msg": sing("status message")})
    bob.post("rooms", room, "receipt", "m.read", event)
    bob.put("rooms", room, "typing", bob.user, body={"typing": True, "timeout": 1000})
    bob.post("rooms", room, "report", body={"reason": sing("room report")})
    bob.post("rooms", room, "report", event, body={"reason": sing("event report")})
    bob.post("users", alice.user, "report", body={"reason": sing("user report")})
    token = bob.post("user", bob.user, "openid", "request_token")["access_token"]
    words["openid token"] = token
    assert server.run("notice", "send", bob.user, sing("server notice")).returncode == 0
    assert server.run("room", "hold", room, "--reason", sing("hold reason")).returncode == 0
    alice.redact(room, alice.send(room, sing("message redacted under hold")))
    bob.post("publicRooms", body={"filter": {"generic_search_term": sing("search term")}})
    alice.act(room, "kick", bob, reason=sing("kick reason"))
    alice.act(room, "ban", bob, reason=sing("ban reason"))
    encrypt(alice, bob, words)
    alice.confirmed("POST", "account/password", body={"new_password": sing("new password") + " long"})
    words["access token"] = alice.token or ""
    words["second access token"] = second.token or ""
    # What is refused may be logged: it must not be.
    for parts in [("rooms", "!" + sing("unknown room"), "state"), ("directory/room", f"#{sing('unknown alias')}:{server.name}"),
                  ("profile", f"@{sing('unknown profile')}:{server.name}"), (sing("unknown path"),)]:
        alice.response("GET", *parts, headers=agent, **{"from": sing("query value")})
    alice.response("POST", "createRoom", raw=f'{{"name": "{sing("malformed body")}"'.encode())
    alice.response("PUT", "rooms", room, "send", "m.room.message", unique(), raw=json.dumps({"x": sing("too large") * 3000}).encode())
    nobody = server.client()
    nobody.token = sing("made-up token")
    nobody.response("GET", "sync")
    nobody.response("GET", "sync", headers={"Authorization": "Bearer"}, access_token=sing("token in the query"))


def encrypt(alice: Client, bob: Client, words: Canaries) -> None:
    """The inputs of end-to-end encryption: what the relay keeps for people and their devices."""
    sing = words.sing
    device, keys = Device(alice), CrossSigning(alice)
    algorithm = sing("key algorithm")
    alice.post("keys", "upload", body={
        "device_keys": device.identity(extra=sing("device keys")),
        "one_time_keys": {f"signed_curve25519:{sing('one-time key ID')}": device.key(x=sing("one-time key")),
                          f"{algorithm}:{sing('key of another algorithm')}": sing("bare key")},
        "fallback_keys": {f"signed_curve25519:{sing('fallback key ID')}": device.key(fallback=True, x=sing("fallback key"))}})
    keys.upload()
    master = {**keys.object("master"), "x": sing("cross-signing key")}
    alice.confirmed("POST", "keys", "device_signing", "upload", body={"master_key": master})
    alice.post("keys", "signatures", "upload", body={alice.user: {keys.public("master"): device.sign(master)}})
    words["public key"], words["identity key"] = keys.public("master"), device.account.curve25519_key.to_base64()
    claim(bob, alice), claim(bob, alice, algorithm=algorithm)
    send_to(bob, {alice.user: {"*": {sing("message key"): sing("message to a device")}}}, sing("message type"), sing("message transaction"))
    version = alice.post("room_keys", "version", body={"algorithm": sing("backup algorithm"), "auth_data": {"x": sing("auth data")}})["version"]
    alice.put("room_keys", "keys", f"!{sing('backed-up room')}:example.org", sing("backed-up session"), version=version, body={
        "first_message_index": 0, "forwarded_count": 0, "is_verified": True, "session_data": {"x": sing("backed-up key")}})
    asleep = Device(alice, sing("dehydrated device"))
    alice.put("/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device", body={
        "device_id": asleep.device, "device_data": {"algorithm": "x", "pickle": sing("dehydrated data")},
        "device_keys": asleep.identity(), "initial_device_display_name": sing("dehydrated name")})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """On disk and apart from pytest's own files."""
    home = tmp_path / "server"
    yield home
    shutil.rmtree(home, ignore_errors=True)


def searched(server: Conclave, words: Canaries) -> int:
    hits, count = Traces(words).under(server.data, server.keys, server.config, server.log)
    assert not hits, hits
    return count


def test_no_word_is_found_in_any_file(place):
    words = Canaries()
    server = Conclave(place, arguments=("--log-level", "trace"))
    server.start()
    try:
        speak(server, words)
        assert len(words) >= 55
        time.sleep(0.5)
        searched(server, words)
        assert server.run("user", "create", words.sing("user from the command line"), "--password-stdin",
                          input=words.sing("password from the command line") + " long\n").returncode == 0
        assert server.stop() == 0
        assert searched(server, words) >= 3
        server.start()
        searched(server, words)
    finally:
        server.kill()
    searched(server, words)


def test_the_master_key_is_not_in_the_data(place):
    server = Conclave(place)
    server.start()
    try:
        server.user("alice")
    finally:
        server.kill()
    key = server.key_file.read_bytes()
    assert server.key_file.stat().st_mode & 0o077 == 0
    text = key.strip()
    for data in (file.read_bytes() for file in server.data.rglob("*") if file.is_file()):
        assert key not in data and text not in data
    assert server.key_file not in list(server.data.rglob("*"))
