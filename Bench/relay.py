"""The relay of end-to-end encryption: messages to devices, one-time keys."""

from __future__ import annotations

import base64
import json
import random

from conclave.client import Client, unique

CIPHERTEXT = base64.b64encode(random.Random(1).randbytes(450)).decode()


def to_device(bench, people: list[Client]) -> None:
    """Ten people send a room key to fifty devices at a time, as it happens when a large room gets its next session."""
    receivers = people[:50]
    messages = {who.user: {who.device: {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": "x" * 43,
                                        "ciphertext": {"y" * 43: {"type": 1, "body": CIPHERTEXT}}}} for who in receivers}
    plan = [("PUT", f"/_matrix/client/v3/sendToDevice/m.room.encrypted/{unique('t')}-{{n}}", who.token,
             json.dumps({"messages": messages})) for who in people[:10]]
    answer = bench.load("repeat", plan, 0, bench.size.fans)
    bench.results[f"messages to devices/s, 10 senders to {len(receivers)} each"] = answer["per_second"] * len(receivers)
    for who in receivers:
        while who.next(set_presence="offline").get("to_device", {}).get("events"):
            pass


def claims(bench, people: list[Client]) -> None:
    """Fifty people claim the one-time keys of fifty others, one each time."""
    count = bench.size.claims
    for who in people[:50]:
        keys = {f"signed_curve25519:{unique('k')}": {
            "key": base64.b64encode(random.randbytes(32)).decode().rstrip("="),
            "signatures": {who.user: {f"ed25519:{who.device}": base64.b64encode(random.randbytes(64)).decode().rstrip("=")}}}
            for _ in range(count)}
        who.post("keys/upload", body={"one_time_keys": keys})
    turned = people[1:50] + people[:1]
    plan = [("POST", "/_matrix/client/v3/keys/claim", who.token,
             json.dumps({"one_time_keys": {other.user: {other.device: "signed_curve25519"}}}))
            for who, other in zip(people[:50], turned)]
    answer = bench.load("repeat", plan, 0, count)
    assert not answer["errors"]
    bench.keep("key claims/s, 50 clients", answer)
