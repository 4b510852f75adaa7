"""Verification of devices and people by short strings (SAS), as the specification has it; the arithmetic is vodozemac's."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import vodozemac

from .client import unique
from .crypto import Device, canonical, inbox, query, send_to
from .sections import timeline

METHOD = "m.sas.v1"
# What a client of another make might add; the commitment covers it too.
STRANGE = {"org.example.ünheard": [{"of/": "é\u0301 👋 \\ \""}, None, True, -9_007_199_254_740_991, "", {}, []]}
AGREEMENT, HASH, CODE, STRINGS = "curve25519-hkdf-sha256", "sha256", "hkdf-hmac-sha256.v2", ["decimal", "emoji"]


def of_flow(kind: str) -> str:
    return f"m.key.verification.{kind}"


class Channel:
    """How one device's verification messages travel. What arrives is taken in the order in which it came."""

    def __init__(self, device: Device, other: str, flow: str):
        self.device, self.client = device, device.client
        self.other, self.flow = other, flow
        self.unread: list[dict[str, Any]] = []

    def send(self, kind: str, **content: Any) -> dict[str, Any]:
        """Returns the content as it was sent."""
        raise NotImplementedError

    def arrived(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        """The other side's events of this flow in an answer of /sync."""
        raise NotImplementedError

    def receive(self, kind: str) -> dict[str, Any]:
        """The content of the next event, which has to be of this kind."""
        def heard(answer: dict[str, Any]) -> bool:
            self.unread += self.arrived(answer)
            return bool(self.unread)

        if not self.unread:
            self.client.until(heard)
        event = self.unread.pop(0)
        assert event["type"] == of_flow(kind), f"{event['type']} came where {kind} was due: {event['content']}"
        assert event["sender"] == self.other
        return event["content"]

    def is_silent(self) -> bool:
        """Nothing is left over, and nothing more has come."""
        return not self.unread and not self.arrived(self.client.next())


class BetweenDevices(Channel):
    """With one device of the other side, through messages to devices."""

    def __init__(self, device: Device, other: Device, flow: str):
        super().__init__(device, other.user, flow)
        self.other_device = other.device

    def send(self, kind: str, **content: Any) -> dict[str, Any]:
        content["transaction_id"] = self.flow
        send_to(self.client, {self.other: {self.other_device: content}}, of_flow(kind))
        return content

    def arrived(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        return [event for event in inbox(answer) if event["content"].get("transaction_id") == self.flow]


class InRoom(Channel):
    """In a room, where the flow bears the name of the event that asked for it."""

    def __init__(self, device: Device, other: str, room: str, flow: str):
        super().__init__(device, other, flow)
        self.room = room

    def send(self, kind: str, **content: Any) -> dict[str, Any]:
        content["m.relates_to"] = {"rel_type": "m.reference", "event_id": self.flow}
        self.client.send(self.room, type=of_flow(kind), content=content)
        return content

    def arrived(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        return [event for event in timeline(answer, self.room)
                if event["sender"] != self.device.user and event["content"].get("m.relates_to", {}).get("event_id") == self.flow]


class Party:
    """One device's part in a verification. Each call is one step of the specification's flow."""

    def __init__(self, channel: Channel):
        self.channel, self.device = channel, channel.device
        self.sas = vodozemac.Sas()
        self.public = self.sas.public_key.to_base64()
        self.secret: vodozemac.EstablishedSas | None = None
        self.other_device = self.other_public = self.commitment = ""
        self.start_content: dict[str, Any] = {}
        self.began = False

    # Agreeing to it -----------------------------------------------------------------------------------------------

    def take(self, request: dict[str, Any]) -> None:
        """Agrees to be verified, with the device that asked."""
        assert METHOD in request["methods"]
        self.other_device = request["from_device"]
        self.channel.send("ready", from_device=self.device.device, methods=[METHOD])

    def hear_ready(self) -> None:
        content = self.channel.receive("ready")
        assert METHOD in content["methods"]
        self.other_device = content["from_device"]

    def start(self) -> None:
        self.began = True
        self.start_content = self.channel.send(
            "start", from_device=self.device.device, method=METHOD, key_agreement_protocols=[AGREEMENT], hashes=[HASH],
            message_authentication_codes=[CODE], short_authentication_string=STRINGS, **STRANGE)

    # Agreeing on a secret -----------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Commits to the own key before the other one is known."""
        self.start_content = self.channel.receive("start")
        self.other_device = self.start_content["from_device"]
        self.channel.send(
            "accept", method=METHOD, key_agreement_protocol=AGREEMENT, hash=HASH, message_authentication_code=CODE,
            short_authentication_string=STRINGS, commitment=self.committed(self.public))

    def hear_accept(self) -> None:
        self.commitment = self.channel.receive("accept")["commitment"]

    def send_key(self) -> None:
        self.channel.send("key", key=self.public)

    def hear_key(self) -> None:
        self.other_public = self.channel.receive("key")["key"]
        if self.began:
            # Holds only if the content of `start` came through unchanged.
            assert self.commitment == self.committed(self.other_public), "m.mismatched_commitment"
        self.secret = self.sas.diffie_hellman(vodozemac.Curve25519PublicKey.from_base64(self.other_public))

    def committed(self, key: str) -> str:
        digest = hashlib.sha256(key.encode() + canonical(self.start_content)).digest()
        return base64.b64encode(digest).decode().rstrip("=")

    @property
    def short(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What the two people compare: the numbers of the emoji, and the decimals."""
        mine = (self.device.user, self.device.device, self.public)
        theirs = (self.channel.other, self.other_device, self.other_public)
        order = (*mine, *theirs) if self.began else (*theirs, *mine)
        shown = self.secret.bytes("|".join(("MATRIX_KEY_VERIFICATION_SAS", *order, self.channel.flow)))
        return tuple(shown.emoji_indices), tuple(shown.decimals)

    # Vouching for keys --------------------------------------------------------------------------------------------

    def send_mac(self, keys: dict[str, str]) -> None:
        """Vouches for these own keys: key ID → public key."""
        way = (self.device.user, self.device.device, self.channel.other, self.other_device)
        self.channel.send(
            "mac", mac={name: self.secret.calculate_mac(key, self.info(*way, name)) for name, key in keys.items()},
            keys=self.secret.calculate_mac(",".join(sorted(keys)), self.info(*way, "KEY_IDS")))

    def hear_mac(self) -> set[str]:
        """The IDs of those keys that are the ones the server hands out; raises when one is another."""
        content = self.channel.receive("mac")
        way = (self.channel.other, self.other_device, self.device.user, self.device.device)
        self.secret.verify_mac(",".join(sorted(content["mac"])), self.info(*way, "KEY_IDS"), content["keys"])
        published = self.published()
        for name, code in content["mac"].items():
            self.secret.verify_mac(published[name], self.info(*way, name), code)
        return set(content["mac"])

    def info(self, *parts: str) -> str:
        *way, name = parts
        return "".join(("MATRIX_KEY_VERIFICATION_MAC", *way, self.channel.flow, name))

    def published(self) -> dict[str, str]:
        """The other side's keys as the server hands them out to this device."""
        other = self.channel.client.another()
        other.user = self.channel.other
        answer = query(self.channel.client, other)
        found: dict[str, str] = {}
        for holder in (answer["device_keys"][other.user][self.other_device], answer["master_keys"].get(other.user, {"keys": {}})):
            found |= {name: key for name, key in holder["keys"].items() if name.startswith("ed25519:")}
        return found

    # The end ------------------------------------------------------------------------------------------------------

    def done(self) -> None:
        self.channel.send("done")

    def hear_done(self) -> None:
        self.channel.receive("done")

    def cancel(self, code: str) -> None:
        self.channel.send("cancel", code=code, reason="in words")

    def hear_cancel(self) -> str:
        return self.channel.receive("cancel")["code"]


def request_to_devices(device: Device, others: list[Device], now: int) -> str:
    """Asks several devices at once; the flow's name."""
    flow = unique("flow")
    content = {"from_device": device.device, "methods": [METHOD], "timestamp": now, "transaction_id": flow}
    send_to(device.client, {others[0].user: {other.device: content for other in others}}, of_flow("request"))
    return flow


def request_in_room(device: Device, room: str, other: str) -> str:
    """Asks somebody in a room; the flow's name is the event's."""
    return device.client.send(room, content={
        "msgtype": of_flow("request"), "body": "asks to verify keys",
        "from_device": device.device, "methods": [METHOD], "to": other})
