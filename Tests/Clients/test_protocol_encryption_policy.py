"""Rooms that are encrypted without being asked for, and rooms that take nothing the server could read."""

import pytest

from conclave.client import unique
from conclave.errors import refused
from conclave.server import Conclave

pytestmark = pytest.mark.ours_only
MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2"}
SEALED = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "s"}


@pytest.fixture(scope="module")
def with_policy(tmp_path_factory):
    """Servers by their settings, each started once."""
    running: dict[tuple[str, ...], Conclave] = {}

    def start(*arguments: str) -> Conclave:
        if arguments not in running:
            running[arguments] = Conclave(tmp_path_factory.mktemp("policy"), arguments=arguments).start()
        return running[arguments]
    yield start
    for server in running.values():
        server.kill()


def is_encrypted(person, **options) -> bool:
    room = person.create(**options)
    answer = person.response("GET", "rooms", room, "state", "m.room.encryption")
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


def test_the_test_profile_asks_for_nothing(alice, nobody):
    assert not is_encrypted(alice)
    assert nobody.get("/.well-known/matrix/client")["io.element.e2ee"] == {"default": False}


@pytest.mark.parametrize("scope, private, public", [("private", True, False), ("all", True, True), ("off", False, False)])
def test_new_rooms_by_setting(with_policy, scope, private, public):
    server = with_policy("--rooms-encryption", scope)
    alice = server.user("alice")
    assert alice.get("/.well-known/matrix/client")["io.element.e2ee"]["default"] is private
    assert is_encrypted(alice) is private
    assert is_encrypted(alice, preset="trusted_private_chat") is private
    assert is_encrypted(alice, preset="public_chat") is public
    assert not is_encrypted(alice, creation_content={"type": "m.space"})


def test_what_the_client_asks_for_stays(with_policy):
    alice = with_policy("--rooms-encryption", "private").user("alice")
    own = {**MEGOLM, "rotation_period_msgs": 7}
    room = alice.create(initial_state=[{"type": "m.room.encryption", "state_key": "", "content": own}])
    assert alice.state(room, "m.room.encryption") == own


def test_readable_messages_are_refused_in_private_rooms(with_policy):
    server = with_policy("--rooms-require-encryption", "private")
    alice, bob = server.user("alice"), server.user("bob")
    room = alice.room_with(bob)
    assert alice.state(room, "m.room.encryption") == MEGOLM
    for type in ("m.room.message", "m.sticker", "org.example.poll"):
        with refused(403, "M_FORBIDDEN"):
            alice.send(room, type=type, content={"body": "in clear"})
    event = alice.send(room, type="m.room.encrypted", content=SEALED)
    bob.send(room, type="m.reaction", content={"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "+"}})
    alice.redact(room, event)
    alice.set_state(room, "m.room.topic", {"topic": "state is no message"})
    assert not [event for event in alice.messages(room)["chunk"] if event["type"] == "m.room.message"]


def test_public_rooms_are_another_matter(with_policy):
    alice = with_policy("--rooms-require-encryption", "private").user("alice")
    room = alice.create(preset="public_chat")
    alice.send(room)
    alice.set_state(room, "m.room.join_rules", {"join_rule": "invite"})
    with refused(403, "M_FORBIDDEN"):
        alice.send(room)


def test_all_means_all(with_policy):
    alice = with_policy("--rooms-require-encryption", "all").user("alice")
    room = alice.create(preset="public_chat")
    assert alice.state(room, "m.room.encryption") == MEGOLM
    with refused(403, "M_FORBIDDEN"):
        alice.send(room, txn=unique())
