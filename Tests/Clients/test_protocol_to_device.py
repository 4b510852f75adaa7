"""Messages from device to device."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from conclave.client import unique
from conclave.crypto import inbox, send_to
from conclave.errors import refused
from conclave.server import Conclave


def bodies(answer: dict) -> list:
    return [event["content"].get("n") for event in inbox(answer)]


# Delivery -----------------------------------------------------------------------------------------------------------------

def test_a_message_arrives_with_sender_type_and_content(alice, bob):
    bob.next()
    send_to(alice, {bob.user: {bob.device: {"n": 1}}}, "m.room.encrypted")
    assert inbox(bob.next()) == [{"type": "m.room.encrypted", "sender": alice.user, "content": {"n": 1}}]
    assert inbox(bob.next()) == []


def test_messages_keep_their_order_and_stay_until_acknowledged(alice, bob):
    bob.next()
    first = bob.since
    for n in range(5):
        send_to(alice, {bob.user: {bob.device: {"n": n}}})
    assert bodies(bob.sync(first)) == [0, 1, 2, 3, 4]
    # The answer was lost: the same question gets the same answer.
    answer = bob.sync(first)
    assert bodies(answer) == [0, 1, 2, 3, 4]
    assert bodies(bob.sync(answer["next_batch"])) == []
    assert bodies(bob.sync(first)) == [] and bodies(bob.sync()) == []


def test_a_first_sync_shows_what_waits_and_acknowledges_nothing(alice, bob):
    send_to(alice, {bob.user: {bob.device: {"n": 1}}})
    assert bodies(bob.sync()) == [1]
    answer = bob.sync()
    assert bodies(answer) == [1]
    assert bodies(bob.sync(answer["next_batch"])) == []


def test_a_hundred_at_a_time(alice, bob):
    bob.next()
    for n in range(230):
        send_to(alice, {bob.user: {bob.device: {"n": n}}})
    seen = []
    for expected in (100, 100, 30, 0):
        answer = bob.next(timeout=1 if expected == 0 else 20_000)
        assert len(inbox(answer)) == expected
        seen += bodies(answer)
    assert seen == list(range(230))


def test_what_is_left_over_does_not_hold_up_the_rest(alice, bob):
    room = alice.room_with(bob)
    bob.next()
    for n in range(150):
        send_to(alice, {bob.user: {bob.device: {"n": n}}})
    event = alice.send(room, "hello")
    answer = bob.next()
    assert len(inbox(answer)) == 100 and answer["rooms"]["join"][room]["timeline"]["events"][-1]["event_id"] == event
    answer = bob.next()
    assert len(inbox(answer)) == 50 and room not in answer["rooms"].get("join", {})


def test_a_star_reaches_every_device_and_a_name_goes_first(alice, bob):
    second = bob.second_device()
    bob.next(), second.next()
    send_to(alice, {bob.user: {"*": {"n": "all"}}})
    assert bodies(bob.next()) == ["all"] and bodies(second.next()) == ["all"]
    send_to(alice, {bob.user: {"*": {"n": "all"}, second.device: {"n": "one"}}})
    assert bodies(bob.next()) == ["all"] and bodies(second.next()) == ["one"]


def test_other_devices_do_not_see_it(alice, bob):
    second = bob.second_device()
    second.next()
    send_to(alice, {bob.user: {bob.device: {"n": 1}}})
    assert bodies(second.next()) == [] and bodies(bob.sync()) == [1]


def test_one_may_write_to_oneself(alice):
    second = alice.second_device()
    second.next()
    send_to(alice, {alice.user: {second.device: {"n": 1}, alice.device: {"n": 2}}})
    assert bodies(second.next()) == [1] and bodies(alice.sync()) == [2]


def test_the_same_transaction_sends_once(alice, bob):
    bob.next()
    txn = unique("t")
    for _ in range(3):
        send_to(alice, {bob.user: {bob.device: {"n": 1}}}, txn=txn)
    send_to(alice, {bob.user: {bob.device: {"n": 2}}}, "m.other", txn=txn)
    send_to(alice.second_device(), {bob.user: {bob.device: {"n": 3}}}, txn=txn)
    assert bodies(bob.next()) == [1, 2, 3]


def test_nothing_is_said_of_those_who_do_not_exist(alice, bob):
    bob.next()
    send_to(alice, {f"@{unique()}:{alice.user.split(':', 1)[1]}": {"*": {}}, "@x:elsewhere.example": {"*": {}}, bob.user: {"NOTHING": {}}})
    send_to(alice, {})
    assert inbox(bob.next()) == []


def test_a_message_wakes_its_device_alone(alice, bob):
    second = bob.second_device()
    bob.next(), second.next()
    with ThreadPoolExecutor(2) as pool:
        waiting, other = pool.submit(bob.next, 20_000), pool.submit(second.next, 1_500)
        time.sleep(0.3)
        begin = time.monotonic()
        send_to(alice, {bob.user: {bob.device: {"n": 1}}})
        assert bodies(waiting.result(10)) == [1] and time.monotonic() - begin < 1
        assert inbox(other.result(10)) == [] and time.monotonic() - begin > 0.9


def test_messages_go_with_their_device(alice, bob):
    second = bob.second_device(device_id="GOES")
    send_to(alice, {bob.user: {"GOES": {"n": 1}}})
    second.post("logout")
    back = bob.second_device(device_id="GOES")
    assert inbox(back.sync()) == []


# Refusals -----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("body, code", [
    ({}, "M_MISSING_PARAM"), ({"messages": []}, "M_BAD_JSON"), ({"messages": {"@a:b": []}}, "M_BAD_JSON"),
    ({"messages": {"@a:b": {"D": "text"}}}, "M_BAD_JSON"), ({"messages": {"nobody": {}}}, "M_INVALID_PARAM"),
])
def test_malformed_messages_are_refused(alice, body, code):
    with refused(400, code):
        alice.put("sendToDevice", "m.test", unique(), body=body)


def test_sending_needs_a_token_and_json(alice, nobody):
    with refused(401, "M_MISSING_TOKEN"):
        nobody.put("sendToDevice", "m.test", unique(), body={"messages": {}})
    with refused(400, "M_NOT_JSON"):
        alice.put("sendToDevice", "m.test", unique(), raw=b"[")


def test_large_messages_are_refused_whole(alice, bob):
    bob.next()
    with refused(413, "M_TOO_LARGE"):
        send_to(alice, {bob.user: {bob.device: {"x": "y" * 70_000}}, alice.user: {alice.device: {"n": 1}}})
    assert inbox(bob.next()) == [] and inbox(alice.sync()) == []


def test_a_made_up_token_is_refused(alice):
    position = alice.sync()["next_batch"].split("_")
    for token in (f"{position[0]}_{position[1]}_{int(position[0][1:]) + 5}", f"{position[0]}_{position[1]}_x", f"{'_'.join(position[:2])}_1_2"):
        with refused(400, "M_INVALID_PARAM"):
            alice.sync(token)


@pytest.mark.ours_only
def test_a_device_that_never_comes_back_does_not_fill_the_disk(fresh):
    alice, bob, mallory = fresh.user("alice"), fresh.user("bob"), fresh.user("mallory")
    send_to(alice, {bob.user: {bob.device: {"n": "hers"}}})
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: send_to(mallory, {bob.user: {bob.device: {"n": n}}}), range(2_100)))
    seen = []
    while True:
        answer = bob.next()
        if not inbox(answer):
            break
        seen += bodies(answer)
    assert len(seen) == 2_001 and seen[0] == "hers", "mallory pushes out nobody's messages but his own"


# kill -9 ------------------------------------------------------------------------------------------------------------------

@pytest.mark.ours_only
def test_every_message_arrives_exactly_once_though_the_server_is_killed(tmp_path):
    """Senders repeat what was not acknowledged under the same transaction ID; the receiver repeats a sync that was cut off."""
    chance = random.Random(5)
    server = Conclave(tmp_path / "server").start()
    gone = (httpx.HTTPError, OSError)
    try:
        bob, senders = server.user("bob"), [server.user("sender") for _ in range(3)]
        bob.next()
        next_number = [0] * len(senders)
        seen: list[tuple[int, int]] = []

        def send_on(index: int) -> None:
            while next_number[index] < 10_000:
                number = next_number[index]
                try:
                    send_to(senders[index], {bob.user: {bob.device: {"n": [index, number]}}}, txn=f"{index}-{number}")
                except gone:
                    return
                next_number[index] += 1

        def receive(timeout: int) -> int:
            answer = bob.next(timeout)
            seen.extend(tuple(n) for n in bodies(answer))
            return len(inbox(answer))

        for _ in range(6):
            threads = [threading.Thread(target=send_on, args=(index,), daemon=True) for index in range(len(senders))]
            for thread in threads:
                thread.start()
            killer = threading.Timer(chance.uniform(0.3, 1.2), lambda: server.process.kill())
            killer.start()
            try:
                while True:
                    receive(200)
            except gone:
                pass
            killer.join()
            for thread in threads:
                thread.join(20)
            server.process.wait(10)
            server.close()
            server.start()
            for person in (bob, *senders):
                person.http = server.http
        for index, sender in enumerate(senders):
            # The one that may or may not have been taken before the last kill.
            send_to(sender, {bob.user: {bob.device: {"n": [index, next_number[index]]}}}, txn=f"{index}-{next_number[index]}")
        while receive(1):
            pass
        assert len(seen) == len(set(seen)), "a message came twice"
        for index in range(len(senders)):
            assert [n for who, n in seen if who == index] == list(range(next_number[index] + 1))
        assert sum(next_number) > 20
    finally:
        server.kill()
