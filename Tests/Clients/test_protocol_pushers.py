"""Pushers: the API, what a push gateway is told, what is mailed."""

import queue
import socket
from types import SimpleNamespace

import pytest

from conclave.client import PASSWORD
from conclave.errors import refused
from conclave.outside import Gateway, Mailbox, certificate, subject, text
from conclave.server import Conclave

pytestmark = pytest.mark.ours_only


def pusher(url="https://push.example.org/_matrix/push/v1/notify", **changes):
    return {
        "kind": "http", "app_id": "org.example.app", "pushkey": "key", "app_display_name": "App",
        "device_display_name": "Phone", "lang": "en", "data": {"url": url, "format": "event_id_only"}, **changes}


def keys(person):
    return [entry["pushkey"] for entry in person.get("pushers")["pushers"]]


# The API -------------------------------------------------------------------------------------------------------------


def test_a_pusher_is_set_changed_and_removed(alice):
    assert alice.get("pushers") == {"pushers": []}
    wanted = pusher(profile_tag="abc", data={"url": pusher()["data"]["url"], "custom": {"a": 1}})
    alice.post("pushers/set", body=wanted)
    assert alice.get("pushers")["pushers"] == [wanted]
    alice.post("pushers/set", body={**wanted, "lang": "zh"})
    assert [entry["lang"] for entry in alice.get("pushers")["pushers"]] == ["zh"]
    alice.post("pushers/set", body=pusher(pushkey="other"))
    assert sorted(keys(alice)) == ["key", "other"]
    alice.post("pushers/set", body={"kind": None, "app_id": "org.example.app", "pushkey": "key"})
    assert keys(alice) == ["other"]
    alice.post("pushers/set", body={"kind": None, "app_id": "org.example.app", "pushkey": "never"})


def test_another_person_takes_a_push_key_over_unless_it_is_appended(alice, bob, carol):
    alice.post("pushers/set", body=pusher(pushkey="shared"))
    bob.post("pushers/set", body=pusher(pushkey="shared", append=True))
    assert keys(alice) == keys(bob) == ["shared"]
    carol.post("pushers/set", body=pusher(pushkey="shared"))
    assert (keys(alice), keys(bob), keys(carol)) == ([], [], ["shared"])


def test_a_pusher_goes_with_its_device(alice):
    phone = alice.second_device()
    phone.post("pushers/set", body=pusher(pushkey="phone"))
    alice.post("pushers/set", body=pusher(pushkey="desk"))
    phone.post("logout")
    assert keys(alice) == ["desk"]


def test_a_change_of_the_password_takes_the_pushers_of_others_with_it(alice):
    phone = alice.second_device()
    phone.post("pushers/set", body=pusher(pushkey="phone"))
    alice.post("pushers/set", body=pusher(pushkey="desk"))
    alice.confirmed("POST", "account/password", body={"new_password": PASSWORD + " changed"})
    assert keys(alice) == ["desk"]


@pytest.mark.parametrize("change, code", [
    ({"kind": "pigeon"}, "M_INVALID_PARAM"), ({"lang": 5}, "M_BAD_JSON"), ({"data": {}}, "M_MISSING_PARAM"),
    ({"data": "x"}, "M_BAD_JSON"), ({"data": None}, "M_MISSING_PARAM"), ({"app_id": "x" * 65}, "M_INVALID_PARAM"),
    ({"pushkey": "x" * 513}, "M_INVALID_PARAM"), ({"pushkey": 5}, "M_BAD_JSON"), ({"append": "yes"}, "M_BAD_JSON"),
    ({"data": {"url": "http://push.example.org/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
    ({"data": {"url": "https://push.example.org/elsewhere"}}, "M_INVALID_PARAM"),
    ({"data": {"url": "https://127.0.0.1/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
    ({"data": {"url": "https://[::1]/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
    ({"data": {"url": "https://169.254.169.254/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
    ({"data": {"url": pusher()["data"]["url"], "format": "x"}}, "M_INVALID_PARAM"),
])
def test_what_is_no_pusher_is_refused(alice, change, code):
    with refused(400, code):
        alice.post("pushers/set", body=pusher(**change))
    assert keys(alice) == []


@pytest.mark.parametrize("missing", ["kind", "app_id", "pushkey", "app_display_name", "device_display_name", "lang", "data"])
def test_what_is_missing_is_named(alice, missing):
    with refused(400, "M_MISSING_PARAM") as refusal:
        alice.post("pushers/set", body={key: value for key, value in pusher().items() if key != missing})
    assert missing in refusal.body["error"]


def test_malformed_and_without_a_token(alice):
    with refused(400, "M_NOT_JSON"):
        alice.post("pushers/set", raw=b"{")
    with refused(400, "M_BAD_JSON"):
        alice.post("pushers/set", raw=b"[]")
    with refused(401, "M_MISSING_TOKEN"):
        alice.another().get("pushers")
    with refused(401, "M_MISSING_TOKEN"):
        alice.another().post("pushers/set", body=pusher())


def test_no_mail_unless_the_operator_allows_it(alice):
    with refused(403, "M_THREEPID_DENIED"):
        alice.post("pushers/set", body=pusher(kind="email", app_id="m.email", pushkey="victim@example.org", data={}))


# What is told --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("outside"))


@pytest.fixture
def gateway(outside):
    running = Gateway(*outside)
    yield running
    running.close()


@pytest.fixture(scope="module")
def mailbox(outside):
    running = Mailbox(*outside)
    yield running
    running.close()


def settings(outside, mailbox, *more):
    return (
        "--push-allow-addresses", "127.0.0.1", "--outgoing-authorities", str(outside[0]), "--mail-host", "localhost",
        "--mail-port", str(mailbox.port), "--mail-user", mailbox.USER, "--mail-password", mailbox.PASSWORD,
        "--mail-from", "chat@example.test", "--push-mail-domains", "example.test", "--push-mail-delay-seconds", "0", *more)


@pytest.fixture(scope="module")
def house(tmp_path_factory, outside, mailbox):
    running = Conclave(tmp_path_factory.mktemp("push"), settings(outside, mailbox))
    running.start()
    yield running
    assert running.stop() == 0, running.tail()


@pytest.fixture
def pair(house):
    return house.user("alice"), house.user("bob")


def quiet(gateway, seconds=1.0):
    with pytest.raises(queue.Empty):
        gateway.next(seconds)


def test_a_message_is_told_by_its_id(pair, gateway):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url, data={"url": gateway.url, "custom": {"a": 1}}))
    event = alice.send(room, "a secret")
    told = gateway.event(event)
    assert told["room_id"] == room and told["counts"] == {"unread": 1} and told["prio"] == "high"
    device = told["devices"][0]
    assert (device["app_id"], device["pushkey"], device["data"]) == ("org.example.app", "key", {"custom": {"a": 1}})
    assert device["tweaks"] == {"sound": "default"} and isinstance(device["pushkey_ts"], int)
    assert not {"content", "type", "sender", "room_name"} & told.keys()


def test_own_messages_and_quiet_ones_are_not_told(pair, gateway):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    bob.send(room, "mine")
    alice.send(room, content={"msgtype": "m.notice", "body": "beep"})
    event = alice.send(room, "heard")
    assert gateway.next()["event_id"] == event
    quiet(gateway)


def test_an_invitation_is_told(pair, gateway):
    alice, bob = pair
    bob.post("pushers/set", body=pusher(gateway.url))
    room = alice.create(bob)
    assert gateway.next()["room_id"] == room


def test_reading_updates_the_count(pair, gateway):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    first = alice.send(room, "one")
    assert gateway.event(first)["counts"] == {"unread": 1}
    second = alice.send(room, "two")
    assert gateway.event(second)["counts"] == {"unread": 2}
    bob.post("rooms", room, "receipt", "m.read.private", second)
    told = gateway.next()
    assert told["counts"] == {"unread": 0} and "event_id" not in told


def test_highlights_carry_their_tweaks(pair, gateway):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    event = alice.send(room, content={"msgtype": "m.text", "body": "bob", "m.mentions": {"user_ids": [bob.user]}})
    assert gateway.event(event)["devices"][0]["tweaks"] == {"sound": "default", "highlight": True}


def test_a_gateway_that_fails_is_tried_again(pair, gateway):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    gateway.answers = [500, 302, 404]
    event = alice.send(room, "again and again")
    assert gateway.event(event, 30)["counts"] == {"unread": 1}


def test_a_rejected_push_key_is_forgotten(pair, gateway):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    gateway.answers = [["somebody else's"], ["key"]]
    gateway.event(alice.send(room, "one"))
    assert keys(bob) == ["key"]
    gateway.event(alice.send(room, "two"))
    alice.send(room, "three")
    quiet(gateway)
    assert keys(bob) == []


def test_a_removed_pusher_is_not_told(pair, gateway):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    gateway.event(alice.send(room, "one"))
    bob.post("pushers/set", body={"kind": None, "app_id": "org.example.app", "pushkey": "key"})
    alice.send(room, "two")
    quiet(gateway)


@pytest.fixture(scope="module")
def root(house):
    made = house.run("user", "create", "root", "--admin", "--password-stdin", "--json", input=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    return house.client().login("root", PASSWORD)


@pytest.mark.parametrize("verb, state", [("lock", "locked"), ("suspend", "suspended")])
def test_pushes_go_on_after_a_restriction_was_lifted(root, pair, gateway, verb, state):
    alice, bob = pair
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    gateway.event(alice.send(room, "before"))
    for is_on in (True, False):
        root.put("/_matrix/client/v1/admin", verb, bob.user, body={state: is_on})
    gateway.event(alice.send(room, "after"))


def test_mail_says_only_how_much_there_is(pair, mailbox):
    alice, bob = pair
    room = alice.room_with(bob, name="Secret plans")
    address = f"{bob.localpart}@example.test"
    bob.post("pushers/set", body=pusher(kind="email", app_id="m.email", pushkey=address, data={}))
    with refused(403, "M_THREEPID_DENIED"):
        bob.post("pushers/set", body=pusher(kind="email", app_id="m.email", pushkey="x@elsewhere.test", data={}))
    with refused(400, "M_INVALID_PARAM"):
        bob.post("pushers/set", body=pusher(kind="email", app_id="m.email", pushkey="x@example.test\r\nRCPT TO:<y>", data={}))
    alice.send(room, "for your eyes only")
    recipients, message = mailbox.next()
    assert recipients == [address] and message["To"] == f"<{address}>" and "chat@example.test" in message["From"]
    assert subject(message) == "1 unread message"
    assert "Secret plans" not in message.as_string() and "Secret plans" not in text(message)
    assert "for your eyes only" not in text(message) and alice.user not in text(message)


# Servers of other settings ------------------------------------------------------------------------------------------


def test_what_happened_while_the_server_was_down_or_the_gateway_away_is_told_after_the_start(tmp_path, outside, mailbox, gateway):
    house = Conclave(tmp_path / "server", settings(outside, mailbox))
    house.start()
    alice, bob = house.user("alice"), house.user("bob")
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    gateway.event(alice.send(room, "one"))
    gateway.answers = [503] * 3
    event = alice.send(room, "two")
    house.kill()
    gateway.answers = []
    house.start()
    assert gateway.event(event)["counts"] == {"unread": 2}
    quiet(gateway)
    house.kill()


def test_content_is_sent_where_the_operator_and_the_app_want_it(tmp_path, outside, mailbox, gateway):
    house = Conclave(tmp_path / "server", settings(outside, mailbox, "--push-include-content", "true", "--push-mail-names", "true"))
    house.start()
    alice, bob = house.user("alice"), house.user("bob")
    room = alice.room_with(bob, name="Mission Control")
    bob.post("pushers/set", body=pusher(gateway.url, data={"url": gateway.url}))
    bob.post("pushers/set", body=pusher(gateway.url, pushkey="careful"))
    bob.post("pushers/set", body=pusher(kind="email", app_id="m.email", pushkey="bob@example.test", data={}))
    event = alice.send(room, "floating")
    told = {entry["devices"][0]["pushkey"]: entry for entry in (gateway.event(event), gateway.event(event))}
    assert told["key"]["content"] == {"msgtype": "m.text", "body": "floating"} and told["key"]["sender"] == alice.user
    assert told["key"]["room_name"] == "Mission Control" and told["key"]["type"] == "m.room.message"
    assert "content" not in told["careful"] and "sender" not in told["careful"]
    _, message = mailbox.next()
    assert "Mission Control" in text(message) and "floating" not in text(message)
    house.kill()


def test_a_gateway_inside_is_not_reached_by_its_name_either(server, gateway):
    alice, bob = server.user("alice"), server.user("bob")
    room = alice.room_with(bob)
    bob.post("pushers/set", body=pusher(gateway.url))
    alice.send(room, "one")
    quiet(gateway, 2)


def test_a_mail_server_that_says_nothing_holds_no_gateway_up(tmp_path, outside, gateway):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box = SimpleNamespace(port=silent.getsockname()[1], USER=Mailbox.USER, PASSWORD=Mailbox.PASSWORD)
        house = Conclave(tmp_path / "server", settings(outside, box))
        house.start()
        alice, bob = house.user("alice"), house.user("bob")
        room = alice.room_with(bob)
        bob.post("pushers/set", body=pusher(kind="email", app_id="m.email", pushkey="bob@example.test", data={}))
        bob.post("pushers/set", body=pusher(gateway.url))
        for text_ in ("one", "two"):
            gateway.event(alice.send(room, text_), 10)
        assert house.stop() == 0, house.tail()


def test_mail_over_tls_from_the_first_byte(tmp_path, outside):
    box = Mailbox(*outside, implicit=True)
    house = Conclave(tmp_path / "server", settings(outside, box, "--mail-security", "tls"))
    house.start()
    alice, bob = house.user("alice"), house.user("bob")
    room = alice.room_with(bob)
    box.answers = ["550 not this one"]
    bob.post("pushers/set", body=pusher(kind="email", app_id="m.email", pushkey="bob@example.test", data={}))
    alice.send(room, "refused")
    room = alice.room_with(bob)
    alice.send(room, "taken")
    recipients, _ = box.next(30)
    assert recipients == ["bob@example.test"]
    house.kill()
    box.close()
