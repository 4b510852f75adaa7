"""Locking and suspending accounts, whois, and reports, as an administrator's and a person's client see them."""

import threading

import pytest

from conclave.errors import refused
from conclave.server import Conclave

pytestmark = pytest.mark.ours_only
V1 = "/_matrix/client/v1/admin"


@pytest.fixture(scope="module")
def root(server):
    """An administrator: made at the command line, with a session."""
    made = server.run("user", "create", "root", "--admin", "--password-stdin", "--print-token", "--json",
                      input="quiet lantern over the harbour 7\n")
    assert made.returncode == 0, made.stderr
    client = server.client().login("root", "quiet lantern over the harbour 7")
    return client


def test_a_locked_account_is_told_so_and_may_sign_out(root, alice):
    assert root.put(V1, "lock", alice.user, body={"locked": True}) == {"locked": True}
    assert root.get(V1, "lock", alice.user) == {"locked": True}
    with refused(401, "M_USER_LOCKED") as answer:
        alice.sync()
    assert answer.body["soft_logout"] is True
    with refused(401, "M_USER_LOCKED"):
        alice.another().login(alice.user, alice.password)
    root.put(V1, "lock", alice.user, body={"locked": False})
    alice.sync()
    root.put(V1, "lock", alice.user, body={"locked": True})
    alice.post("logout")


def test_a_long_poll_ends_with_the_lock(root, alice):
    since = alice.sync()["next_batch"]
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(alice.response("GET", "sync", since=since, timeout=60_000)))
    waiting.start()
    root.put(V1, "lock", alice.user, body={"locked": True})
    waiting.join(20)
    assert answers and answers[0].status_code in (200, 401)
    with refused(401, "M_USER_LOCKED"):
        alice.sync(since, timeout=1000)


def test_a_suspended_account_reads_and_leaves_but_does_not_write(root, alice, bob):
    room = bob.room_with(alice, preset="public_chat")
    mine = alice.send(room, "mine")
    invited = bob.create(alice)
    assert root.put(V1, "suspend", alice.user, body={"suspended": True}) == {"suspended": True}
    for act in (lambda: alice.send(room), lambda: alice.create(), lambda: alice.join(invited),
                lambda: alice.act(room, "invite", bob), lambda: alice.set_state(room, "m.room.topic", {"topic": "x"}),
                lambda: alice.put("profile", alice.user, "displayname", body={"displayname": "x"})):
        with refused(403, "M_USER_SUSPENDED"):
            act()
    alice.sync()
    alice.messages(room)
    alice.redact(room, mine)
    alice.leave(invited)
    alice.second_device()
    root.put(V1, "suspend", alice.user, body={"suspended": False})
    alice.send(room)


@pytest.mark.parametrize("verb, state", [("lock", "locked"), ("suspend", "suspended")])
def test_only_administrators_and_not_against_each_other(root, mallory, bob, verb, state):
    for target in (bob.user, "@nobody:example.test", "@x:elsewhere.test"):
        with refused(403, "M_FORBIDDEN"):
            mallory.put(V1, verb, target, body={state: True})
        with refused(403, "M_FORBIDDEN"):
            mallory.get(V1, verb, target)
    with refused(403, "M_FORBIDDEN"):
        root.put(V1, verb, root.user, body={state: True})
    with refused(404, "M_NOT_FOUND"):
        root.put(V1, verb, "@nobody:example.test", body={state: True})
    with refused(400, "M_INVALID_PARAM"):
        root.put(V1, verb, "@x:elsewhere.test", body={state: True})
    for body in ({}, {state: "yes"}):
        with refused(400, ("M_MISSING_PARAM", "M_BAD_JSON")):
            root.put(V1, verb, bob.user, body=body)
    with refused(400, "M_NOT_JSON"):
        root.put(V1, verb, bob.user, raw=b"{")
    with refused(401, "M_MISSING_TOKEN"):
        bob.another().put(V1, verb, bob.user, body={state: True})


def test_capabilities_say_who_moderates(root, alice):
    assert root.get("capabilities")["capabilities"]["m.account_moderation"] == {"lock": True, "suspend": True}
    assert "m.account_moderation" not in alice.get("capabilities")["capabilities"]


def test_whois_is_for_oneself_and_administrators(root, alice, mallory):
    for asker in (alice, root):
        found = asker.get("admin", "whois", alice.user)
        assert found["user_id"] == alice.user and alice.device in found["devices"]
    with refused(403, "M_FORBIDDEN"):
        mallory.get("admin", "whois", alice.user)


def test_reports_are_taken_and_listed_at_the_command_line(server: Conclave, alice, bob, mallory):
    room = bob.room_with(alice, preset="public_chat")
    event = bob.send(room, "bad")
    alice.post("rooms", room, "report", body={"reason": "the room"})
    alice.post("rooms", room, "report", event, body={"reason": "the event"})
    alice.post("users", bob.user, "report", body={"reason": "the person"})
    with refused(404, "M_NOT_FOUND"):
        mallory.post("rooms", room, "report", event, body={"reason": "x"})
    # Whether something exists is not told.
    assert mallory.post("rooms", "!nothing:example.test", "report", body={"reason": "x"}) == {}
    assert mallory.post("users", "@nobody:example.test", "report", body={"reason": "x"}) == {}
    with refused(400, "M_MISSING_PARAM"):
        alice.post("rooms", room, "report", body={})
    listed = server.run("report", "list")
    assert listed.returncode == 0, listed.stderr
    for words in ("the room", "the event", "the person"):
        assert words in listed.stdout
