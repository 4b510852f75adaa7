"""Keys as a real client makes them: device keys, one-time keys, cross-signing, all signed."""

from __future__ import annotations

import json
from typing import Any

import vodozemac

from .client import Client, unique

OLM = ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"]


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def payload(value: dict[str, Any]) -> bytes:
    """What a signature covers."""
    return canonical({key: part for key, part in value.items() if key not in ("signatures", "unsigned")})


def signed(value: dict[str, Any], user: str, key_id: str, account: vodozemac.Account) -> dict[str, Any]:
    """A copy of the object with one more signature."""
    signature = account.sign(payload(value)).to_base64()
    signatures = {who: dict(keys) for who, keys in value.get("signatures", {}).items()}
    signatures.setdefault(user, {})[key_id] = signature
    return {**value, "signatures": signatures}


class Device:
    """The keys of one signed-in device."""

    def __init__(self, client: Client, device: str | None = None):
        self.client, self.user, self.device = client, client.user, device or client.device
        self.account = vodozemac.Account()

    @property
    def key_id(self) -> str:
        return f"ed25519:{self.device}"

    def sign(self, value: dict[str, Any]) -> dict[str, Any]:
        return signed(value, self.user, self.key_id, self.account)

    def identity(self, **more: Any) -> dict[str, Any]:
        return self.sign({
            "user_id": self.user, "device_id": self.device, "algorithms": OLM, "keys": {
                f"curve25519:{self.device}": self.account.curve25519_key.to_base64(),
                self.key_id: self.account.ed25519_key.to_base64()}, **more})

    def key(self, **more: Any) -> dict[str, Any]:
        """A signed key object, of a key of its own."""
        return self.sign({"key": vodozemac.Account().curve25519_key.to_base64(), **more})

    def one_time_keys(self, count: int) -> dict[str, Any]:
        return {f"signed_curve25519:{unique('K')}": self.key() for _ in range(count)}

    def fallback(self) -> dict[str, Any]:
        return {f"signed_curve25519:{unique('F')}": self.key(fallback=True)}

    def upload(self, one_time_keys: int | dict[str, Any] = 0, fallback: dict[str, Any] | None = None) -> dict[str, int]:
        """Publishes the identity and keys; the counts."""
        keys = self.one_time_keys(one_time_keys) if isinstance(one_time_keys, int) else one_time_keys
        body = {"device_keys": self.identity(), "one_time_keys": keys}
        if fallback is not None:
            body["fallback_keys"] = fallback
        return self.client.post("keys", "upload", body=body)["one_time_key_counts"]


class CrossSigning:
    """The three cross-signing keys of one person."""

    def __init__(self, client: Client):
        self.client, self.user = client, client.user
        self.accounts = {usage: vodozemac.Account() for usage in ("master", "self_signing", "user_signing")}

    def public(self, usage: str) -> str:
        return self.accounts[usage].ed25519_key.to_base64()

    def object(self, usage: str) -> dict[str, Any]:
        key = self.public(usage)
        value = {"user_id": self.user, "usage": [usage], "keys": {f"ed25519:{key}": key}}
        return value if usage == "master" else self.sign(value, "master")

    def sign(self, value: dict[str, Any], usage: str) -> dict[str, Any]:
        return signed(value, self.user, f"ed25519:{self.public(usage)}", self.accounts[usage])

    def body(self, *usages: str) -> dict[str, Any]:
        return {f"{usage}_key": self.object(usage) for usage in usages or self.accounts}

    def upload(self) -> None:
        self.client.post("keys", "device_signing", "upload", body=self.body())


def query(client: Client, *people: Client) -> dict[str, Any]:
    return client.post("keys", "query", body={"device_keys": {person.user: [] for person in people}})


def claim(client: Client, person: Client, device: str | None = None, algorithm: str = "signed_curve25519") -> dict[str, Any]:
    """The key that was handed out as `{name: key}`; empty when there was none."""
    answer = client.post("keys", "claim", body={"one_time_keys": {person.user: {device or person.device: algorithm}}})
    return answer["one_time_keys"].get(person.user, {}).get(device or person.device, {})


def send_to(client: Client, messages: dict[str, dict[str, Any]], type: str = "m.test", txn: str | None = None) -> None:
    client.put("sendToDevice", type, txn or unique("t"), body={"messages": messages})


def inbox(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return answer.get("to_device", {}).get("events", [])


def changed(answer: dict[str, Any]) -> list[str]:
    return answer.get("device_lists", {}).get("changed", [])


def gone(answer: dict[str, Any]) -> list[str]:
    return answer.get("device_lists", {}).get("left", [])
