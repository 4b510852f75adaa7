"""What every test with matrix-nio does: take only good answers, and let the client have its turn."""

from __future__ import annotations

from typing import Any

import nio


def good(answer: Any) -> Any:
    """The answer, when it is none of nio's error classes."""
    assert not isinstance(answer, (nio.ErrorResponse, Exception)), f"{type(answer).__name__}: {answer}"
    return answer


async def turn(client: nio.AsyncClient, timeout: int = 0) -> nio.SyncResponse:
    """One sync, and what nio wants to do after it."""
    answer = good(await client.sync(timeout=timeout))
    await client.send_to_device_messages()
    if client.should_upload_keys:
        good(await client.keys_upload())
    if client.should_query_keys:
        good(await client.keys_query())
    if client.should_claim_keys:
        good(await client.keys_claim(client.get_users_for_key_claiming()))
    return answer


async def hear(client: nio.AsyncClient, room: str, event_id: str) -> nio.RoomMessage:
    """The event, once it has arrived; it must have come decrypted."""
    for _ in range(15):
        answer = await turn(client, 1000)
        for event in answer.rooms.join[room].timeline.events if room in answer.rooms.join else []:
            if event.event_id == event_id:
                assert not isinstance(event, nio.MegolmEvent), f"{client.device_id} cannot decrypt it"
                assert event.decrypted
                return event
    raise AssertionError("the event did not arrive")
