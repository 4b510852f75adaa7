"""OpenID tokens, TURN, third-party networks, contacts, well-known documents, server notices, guests, rooms at the command line."""

import base64
import hashlib
import hmac
import time

import pytest

from conclave.errors import refused
from conclave.sections import section, timeline
from conclave.server import Conclave

pytestmark = pytest.mark.ours_only
USERINFO = "/_matrix/federation/v1/openid/userinfo"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A server with guests, TURN, contacts and retention."""
    running = Conclave(tmp_path_factory.mktemp("other"), arguments=(
        "--registration-guests", "true", "--turn-uris", "turn:turn.example.test:3478?transport=udp turns:turn.example.test:443",
        "--turn-secret", "north", "--turn-ttl-seconds", "600", "--support-matrix-id", "@root:example.test",
        "--support-email", "root@example.test", "--support-page", "https://example.test/help"))
    running.start()
    yield running
    assert running.stop() == 0, running.tail()


def test_an_openid_token_tells_who_one_is_and_opens_nothing_else(alice, mallory, nobody):
    made = alice.post("user", alice.user, "openid", "request_token")
    assert made["token_type"] == "Bearer" and made["matrix_server_name"] == "example.test" and made["expires_in"] > 0
    assert nobody.get(USERINFO, access_token=made["access_token"]) == {"sub": alice.user}
    nobody.token = made["access_token"]
    with refused(401, "M_UNKNOWN_TOKEN"):
        nobody.get("account/whoami")
    nobody.token = None
    with refused(401, "M_UNKNOWN_TOKEN"):
        nobody.get(USERINFO, access_token=alice.token)
    with refused(401, "M_MISSING_TOKEN"):
        nobody.get(USERINFO)
    with refused(403, "M_FORBIDDEN"):
        mallory.post("user", alice.user, "openid", "request_token")


def test_turn_credentials_are_what_coturn_expects(other):
    alice = other.user("alice")
    found = alice.get("voip/turnServer")
    expiry, user = found["username"].split(":", 1)
    assert user == alice.user and abs(int(expiry) - time.time() - 600) < 60 and found["ttl"] == 600
    assert found["password"] == base64.b64encode(
        hmac.new(b"north", found["username"].encode(), hashlib.sha1).digest()).decode()
    assert len(found["uris"]) == 2


def test_without_turn_servers_there_are_no_credentials(alice):
    with refused(404, "M_NOT_FOUND"):
        alice.get("voip/turnServer")


@pytest.mark.parametrize("path", ["protocol/irc", "location/irc", "user/irc", "location", "user"])
def test_there_are_no_third_party_networks(alice, path):
    assert alice.get("thirdparty/protocols") == {}
    with refused(404, "M_NOT_FOUND"):
        alice.get(f"thirdparty/{path}")


def test_contacts_are_published_where_there_are_some(other, nobody):
    assert other.client().get("/.well-known/matrix/support") == {
        "contacts": [{"matrix_id": "@root:example.test", "email_address": "root@example.test", "role": "m.role.admin"}],
        "support_page": "https://example.test/help"}
    with refused(404, "M_NOT_FOUND"):
        nobody.get("/.well-known/matrix/support")
    with refused(404, "M_NOT_FOUND"):
        nobody.get("/.well-known/matrix/policy_server")


def test_oauth_and_single_sign_on_are_not_there(nobody):
    for path in ("/_matrix/client/v1/auth_metadata", "/_matrix/client/v3/login/sso/redirect?redirectUrl=x"):
        with refused(404, "M_UNRECOGNIZED"):
            nobody.get(path)
    assert "m.login.sso" not in [flow["type"] for flow in nobody.get("login")["flows"]]


def test_third_party_identifiers_are_refused(alice, nobody):
    assert alice.get("account/3pid") == {"threepids": []}
    with refused(403, "M_THREEPID_AUTH_FAILED"):
        alice.post("account/3pid", body={"three_pid_creds": {
            "sid": "1", "client_secret": "s", "id_server": "vector.im", "id_access_token": "t"}})
    with refused(403, "M_THREEPID_DENIED"):
        alice.post("account/3pid/add", body={"sid": "1", "client_secret": "s"})
    with refused(400, "M_SERVER_NOT_TRUSTED"):
        alice.post("account/3pid/bind", body={"sid": "1", "client_secret": "s", "id_server": "vector.im", "id_access_token": "t"})
    for verb in ("delete", "unbind"):
        assert alice.post(f"account/3pid/{verb}", body={"medium": "email", "address": "a@b.test"}) == {
            "id_server_unbind_result": "no-support"}
    body = {"client_secret": "s", "email": "a@b.test", "send_attempt": 1}
    for operation in ("register", "account/password"):
        with refused(403, "M_THREEPID_DENIED"):
            nobody.post(f"{operation}/email/requestToken", body=body)
    with refused(400, "M_THREEPID_MEDIUM_NOT_SUPPORTED"):
        nobody.post("account/3pid/email/requestToken", body=body)


def test_a_guest_reads_and_writes_where_guests_are_admitted_and_becomes_a_member(other):
    bob = other.user("bob")
    room = bob.create(preset="public_chat", initial_state=[
        {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "can_join"}}])
    closed = bob.create(preset="public_chat")
    guest = other.client()
    guest.take(guest.post("register", kind="guest", body={"initial_device_display_name": "kiosk"}))
    assert guest.get("account/whoami")["is_guest"] is True
    with refused(403, "M_GUEST_ACCESS_FORBIDDEN"):
        guest.post("rooms", closed, "join")
    guest.post("rooms", room, "join")
    guest.send(room, "hello")
    guest.put("profile", guest.user, "displayname", body={"displayname": "Visitor"})
    with refused(403, "M_GUEST_ACCESS_FORBIDDEN"):
        guest.create()
    member = other.client()
    member.take(member.post("register", body={
        "username": guest.localpart, "password": member.password, "guest_access_token": guest.token,
        "auth": {"type": "m.login.dummy"}}))
    assert member.user == guest.user and member.get("account/whoami")["is_guest"] is False
    member.create()
    # A member stays when guests are not admitted any more; a guest goes.
    second = other.client()
    second.take(second.post("register", kind="guest", body={}))
    second.post("rooms", room, "join")
    bob.set_state(room, "m.room.guest_access", {"guest_access": "forbidden"})
    joined = bob.get("rooms", room, "joined_members")["joined"]
    assert member.user in joined and second.user not in joined


def test_guest_accounts_are_not_given_out_unless_set(nobody):
    with refused(403, "M_FORBIDDEN"):
        nobody.post("register", kind="guest", body={})


def test_a_notice_of_the_operator_arrives_in_a_room_of_its_own(server: Conclave, alice):
    alice.next()
    sent = server.run("notice", "send", alice.user, "We move tonight.")
    assert sent.returncode == 0, sent.stderr
    answer = alice.until(lambda answer: section(answer, "invite"))
    room = next(iter(section(answer, "invite")))
    with refused(403, "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM"):
        alice.leave(room)
    alice.join(room)
    answer = alice.sync()
    assert "We move tonight." in [event["content"].get("body") for event in timeline(answer, room)]
    assert "m.server_notice" in alice.get("user", alice.user, "rooms", room, "tags")["tags"]
    everybody = server.run("notice", "send", "--all", "Done.")
    assert everybody.returncode == 0 and "people" in everybody.stdout, everybody.stderr


def test_who_takes_no_invitations_still_gets_the_server_s_notices(server: Conclave, alice):
    alice.put("user", alice.user, "account_data", "m.invite_permission_config", body={"default_action": "block"})
    sent = server.run("notice", "send", alice.user, "Change your password.")
    assert sent.returncode == 0, sent.stderr
    assert section(alice.sync(), "invite")


def test_a_room_is_listed_held_and_purged_at_the_command_line(server: Conclave, alice, bob):
    room = alice.room_with(bob)
    alice.send(room, "secret")
    assert room in server.run("room", "list").stdout
    assert server.run("room", "hold", room, "--reason", "case 7").returncode == 0
    assert server.run("room", "purge", room).returncode != 0
    assert server.run("room", "release", room).returncode == 0
    asked = server.run("room", "purge", room)
    assert asked.returncode == 0, asked.stderr
    assert server.run("room", "purge", "!nothing:example.test").returncode != 0


def test_erasing_oneself_hides_what_one_said_from_those_who_come_later(alice, bob, carol):
    room = bob.room_with(alice, preset="public_chat")
    event = alice.send(room, "my secret")
    alice.confirmed("POST", "account/deactivate", body={"erase": True})
    carol.join(room)
    assert bob.event(room, event)["content"]["body"] == "my secret"
    assert carol.event(room, event)["content"] == {}
    assert "my secret" not in str(carol.messages(room)) and "my secret" not in str(carol.sync())
