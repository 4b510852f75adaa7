"""Odd and hostile connections, limits, stopping: the server answers with the right refusal and stays well."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import stat
import subprocess
import threading
import time

import httpx
import pytest

from conclave.client import PASSWORD, Client, unique
from conclave.errors import Refused, refused
from conclave.server import Conclave, tls_context

pytestmark = pytest.mark.ours_only


def connect(server, context: ssl.SSLContext | None = None, seconds: float = 30) -> ssl.SSLSocket:
    plain = socket.create_connection(("localhost", server.port), timeout=seconds)
    return (context or tls_context(server.ca)).wrap_socket(plain, server_hostname="localhost")


def read_all(connection: socket.socket) -> bytes:
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except (TimeoutError, OSError):
        pass
    return found


def is_well(server) -> None:
    assert server.client().get("/_matrix/client/versions")["versions"]


# TLS and HTTP ---------------------------------------------------------------------------------------------------------

def test_tls_1_3_is_spoken(server):
    with connect(server) as connection:
        assert connection.version() == "TLSv1.3"


def test_tls_1_2_is_refused(server):
    context = tls_context(server.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, OSError)):
        connect(server, context)
    is_well(server)


@pytest.mark.parametrize("offered, chosen", [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")])
def test_the_protocol_is_negotiated(server, offered, chosen):
    context = tls_context(server.ca)
    context.set_alpn_protocols(offered)
    with connect(server, context) as connection:
        assert connection.selected_alpn_protocol() == chosen


def test_http_2_works_for_a_whole_conversation(server):
    with server.connection(http2=True) as http:
        alice = Client(http, server.url, server.specification).register(unique("alice"))
        answer = alice.response("GET", "account/whoami")
        assert answer.http_version == "HTTP/2"
        room = alice.create()
        threads = [threading.Thread(target=alice.send, args=(room, f"{n}")) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len([e for e in alice.messages(room)["chunk"] if e["type"] == "m.room.message"]) == 20


def test_plain_http_on_the_tls_port_gets_nothing(server):
    with socket.create_connection(("localhost", server.port), timeout=10) as connection:
        connection.sendall(b"GET /_matrix/client/versions HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"versions" not in read_all(connection)
    is_well(server)


def test_the_certificate_is_not_accepted_without_the_authority(server):
    with pytest.raises(ssl.SSLError):
        connect(server, ssl.create_default_context())


def test_health_and_readiness(server):
    for path in ("/healthz", "/readyz"):
        assert server.client().response("GET", path).status_code == 200


def test_every_answer_has_a_request_id_of_its_own(server):
    client = server.client()
    seen = [client.response("GET", "/_matrix/client/versions").headers.get("x-request-id") for _ in range(3)]
    assert all(seen) and len(set(seen)) == 3


@pytest.mark.parametrize("garbage", [
    b"\x00" * 200, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzzzz\r\n", os.urandom(500)],
    ids=["zeros", "cut", "version", "negative", "smuggling", "noise"])
def test_garbage_does_no_harm(server, garbage):
    with connect(server, seconds=5) as connection:
        try:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = read_all(connection)
        assert not answer.startswith(b"HTTP/1.1 200")
        assert not answer.startswith(b"HTTP/1.1 500")
    is_well(server)


def test_oversized_headers_are_refused(server):
    answer = None
    try:
        answer = server.client().response("GET", "/_matrix/client/versions", headers={"X-Large": "x" * 200_000})
    except httpx.HTTPError:
        pass
    assert answer is None or answer.status_code in (400, 413, 431)
    is_well(server)


def test_an_oversized_body_is_too_large(server, alice):
    with refused(413, "M_TOO_LARGE"):
        alice.post("createRoom", raw=b'{"topic": "' + b"x" * 3_000_000 + b'"}')
    assert alice.create()


def test_an_oversized_body_is_refused_before_it_has_arrived(server, alice):
    head = (f"POST /_matrix/client/v3/createRoom HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {alice.token}\r\n"
            "Content-Length: 999999999\r\n\r\n")
    with connect(server) as connection:
        connection.sendall(head.encode() + b"{")
        began = time.monotonic()
        assert b" 413 " in connection.recv(4096)
        assert time.monotonic() - began < 10


def test_an_event_over_65536_bytes_is_too_large(server, alice):
    room = alice.create()
    with refused(413, "M_TOO_LARGE"):
        alice.send(room, "x" * 65_537)


@pytest.mark.parametrize("depth", [200, 20_000])
@pytest.mark.parametrize("opening, closing", [(b'{"a":', b"}"), (b"[", b"]")])
def test_deep_json_is_refused(server, alice, depth, opening, closing):
    raw = b'{"a":' + opening * depth + b"1" + closing * depth + b"}"
    with refused((400, 413)):
        alice.post("createRoom", raw=raw)
    is_well(server)


@pytest.mark.parametrize("raw", [b'{"name": "\xff"}', b'{"name": "\xc0\x80"}', b'{"name": "\xed\xa0\x80"}', b'{"name": "\xf4\x90\x80\x80"}'],
                         ids=["ff", "overlong", "surrogate", "beyond"])
def test_bad_utf_8_is_refused(alice, raw):
    with refused(400, "M_NOT_JSON"):
        alice.post("createRoom", raw=raw)


def test_repeated_keys_are_refused(alice):
    with refused(400, ("M_NOT_JSON", "M_BAD_JSON")):
        alice.post("createRoom", raw=b'{"name": "a", "name": "b"}')


def test_bad_escapes_in_the_path_are_refused(server, alice):
    for path in ("/_matrix/client/v3/rooms/%ff/state", "/_matrix/client/v3/rooms/%00/state", "/_matrix/client/v3/rooms/%zz/state"):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {alice.token}\r\nConnection: close\r\n\r\n"
        with connect(server) as connection:
            connection.sendall(request.encode())
            assert re.match(rb"HTTP/1.1 4\d\d ", connection.recv(4096))


def test_a_slow_client_holds_nobody_up(server, alice):
    with connect(server) as slow:
        slow.sendall(b"POST /_matrix/client/v3/createRoom HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        for _ in range(5):
            began = time.monotonic()
            alice.create()
            assert time.monotonic() - began < 5


def test_a_client_that_does_not_read_holds_nobody_up(server, alice, bob):
    room = alice.room_with(bob)
    for _ in range(20):
        alice.send(room, "x" * 50_000)
    with connect(server) as deaf:
        request = f"GET /_matrix/client/v3/sync HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bob.token}\r\n\r\n"
        deaf.sendall(request.encode() * 20)
        began = time.monotonic()
        alice.send(room)
        assert time.monotonic() - began < 5


def test_a_client_that_hangs_up_in_a_long_poll_does_no_harm(server, alice):
    token = alice.sync()["next_batch"]
    for _ in range(30):
        with connect(server) as connection:
            connection.sendall(
                f"GET /_matrix/client/v3/sync?since={token}&timeout=30000 HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: Bearer {alice.token}\r\n\r\n".encode())
    is_well(server)


def test_many_connections_at_once(server):
    connections = [connect(server) for _ in range(150)]
    is_well(server)
    for connection in connections:
        connection.close()


def test_a_slow_handshake_is_ended(tmp_path):
    server = Conclave(tmp_path / "server", ("--limits-handshake-seconds", "2"))
    server.start()
    try:
        with socket.create_connection(("localhost", server.port), timeout=15) as idle:
            began = time.monotonic()
            assert idle.recv(10) == b""
            assert time.monotonic() - began < 12
    finally:
        server.kill()


def test_a_body_that_does_not_come_is_given_up(tmp_path):
    server = Conclave(tmp_path / "server", ("--limits-body-seconds", "2"))
    server.start()
    try:
        with connect(server) as slow:
            slow.sendall(b"POST /_matrix/client/v3/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            began = time.monotonic()
            answer = slow.recv(4096)
            assert answer == b"" or b" 408 " in answer or b" 400 " in answer
            assert time.monotonic() - began < 15
    finally:
        server.kill()


# Life -----------------------------------------------------------------------------------------------------------------

def test_sigterm_ends_a_long_poll_at_once(fresh):
    alice = fresh.user("alice")
    token = alice.sync()["next_batch"]
    answers: list[object] = []
    def wait() -> None:
        try:
            answers.append(alice.sync(token, timeout=60_000))
        except (Refused, httpx.HTTPError) as error:
            answers.append(error)
    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(1)
    began = time.monotonic()
    fresh.process.terminate()
    waiting.join(10)
    assert time.monotonic() - began < 3
    assert isinstance(answers[0], dict), answers[0]
    assert answers[0]["next_batch"]
    assert fresh.process.wait(15) == 0, fresh.tail()


def test_sigterm_lets_requests_finish(fresh):
    alice = fresh.user("alice")
    room = alice.create()
    sent: list[str] = []
    stopped = threading.Event()
    def write() -> None:
        while not stopped.is_set():
            try:
                sent.append(alice.send(room))
            except (Refused, httpx.HTTPError, OSError):
                return
    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(0.5)
    fresh.process.terminate()
    assert fresh.process.wait(20) == 0
    stopped.set()
    for writer in writers:
        writer.join(10)
    fresh.close()
    fresh.start()
    alice.http = fresh.http
    stored, query = set(), {}
    while True:
        answer = alice.messages(room, "f", 500, **query)
        stored |= {event["event_id"] for event in answer["chunk"]}
        if "end" not in answer:
            break
        query = {"from": answer["end"]}
    assert set(sent) <= stored and sent


def test_a_second_process_on_the_same_data_is_refused(fresh):
    other = Conclave(fresh.home)
    other.log = fresh.home / "second.log"
    other.launch()
    assert other.process.wait(20) not in (0, None)
    assert other.log.read_text().strip()
    assert fresh.user("alice").create()


def test_a_port_in_use_is_a_clear_error(fresh, tmp_path):
    other = Conclave(tmp_path / "other")
    other.port = fresh.port
    other.launch()
    assert other.process.wait(20) not in (0, None)
    assert str(fresh.port) in other.tail()


def test_a_directory_that_cannot_be_written_is_a_clear_error(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root can write everywhere")
    server = Conclave(tmp_path / "server")
    server.data.mkdir(parents=True)
    server.data.chmod(0o500)
    server.launch()
    assert server.process.wait(20) not in (0, None) and server.tail()


@pytest.mark.parametrize("command", ["audit verify", "user list", "keys status", "room list", "search status"])
def test_a_look_at_data_that_are_not_there_makes_none(tmp_path, command):
    server = Conclave(tmp_path / "server")
    looked = server.run(*command.split())
    assert looked.returncode == 66 and str(server.data) in looked.stderr and not looked.stdout
    assert not server.data.exists() and not server.key_file.exists()


def test_an_unknown_setting_is_an_error(tmp_path):
    server = Conclave(tmp_path / "server", ("--limits-body-bites", "5"))
    server.launch()
    assert server.process.wait(20) == 64
    assert "bites" in server.tail()


def test_the_files_belong_to_their_owner_only(fresh):
    for file in [fresh.data, *fresh.data.rglob("*"), fresh.key_file]:
        if not file.is_symlink() and not file.is_socket() and file != fresh.ca:
            assert stat.S_IMODE(file.stat().st_mode) & 0o007 == 0, file


def test_the_second_start_is_quick(fresh):
    assert fresh.stop() == 0
    began = time.monotonic()
    fresh.start()
    assert time.monotonic() - began < 3


def test_everything_is_there_after_a_restart(fresh):
    alice, bob = fresh.user("alice"), fresh.user("bob")
    room = alice.room_with(bob, name="Stays")
    event = alice.send(room, "stays")
    token = bob.sync()["next_batch"]
    alice.put("user", alice.user, "account_data", "org.example.a", body={"a": 1})
    assert fresh.stop() == 0
    fresh.start()
    alice.http = bob.http = fresh.http
    assert bob.event(room, event)["content"]["body"] == "stays"
    later = alice.send(room, "later")
    answer = bob.sync(token)
    assert [e["event_id"] for e in answer["rooms"]["join"][room]["timeline"]["events"]] == [later]
    assert alice.get("user", alice.user, "account_data", "org.example.a") == {"a": 1}


# As in real life ------------------------------------------------------------------------------------------------------

@pytest.fixture
def strict(tmp_path):
    """A server without the test profile: registration closed, rate limits on."""
    server = Conclave(tmp_path / "server", test_profile=False)
    server.start()
    yield server
    server.kill()


def made(server: Conclave, name: str, *more: str) -> Client:
    """Somebody made on the command line, signed in by the printed token."""
    done = server.run("user", "create", name, "--password-stdin", "--print-token", *more, input=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    client = server.client()
    client.token = done.stdout.strip()
    client.user = client.get("account/whoami")["user_id"]
    return client


def test_registration_is_closed(strict):
    answer = strict.client().response("POST", "register", body={"username": "alice", "password": PASSWORD})
    assert answer.status_code == 403 and answer.json()["errcode"] == "M_FORBIDDEN"


def test_a_user_is_made_on_the_command_line(strict):
    alice = made(strict, "alice")
    assert alice.user == f"@alice:{strict.name}"
    assert strict.client().login("alice", PASSWORD).user == alice.user


def test_too_many_sign_ins_are_slowed_down(strict):
    made(strict, "alice")
    for _ in range(60):
        answer = strict.client().response("POST", "login", body={
            "type": "m.login.password", "identifier": {"type": "m.id.user", "user": "alice"}, "password": "wrong"})
        if answer.status_code == 429:
            break
        assert answer.status_code == 403
    body = answer.json()
    assert answer.status_code == 429 and body["errcode"] == "M_LIMIT_EXCEEDED"
    assert isinstance(body["retry_after_ms"], int) and body["retry_after_ms"] > 0
    assert int(answer.headers["retry-after"]) >= 1


def test_too_many_messages_are_slowed_down_and_later_taken(strict):
    alice = made(strict, "alice")
    room = alice.create()
    with refused(429, "M_LIMIT_EXCEEDED") as seen:
        for _ in range(400):
            alice.send(room)
    assert 0 < seen.body["retry_after_ms"] < 60_000
    time.sleep(seen.body["retry_after_ms"] / 1000 + 0.2)
    assert alice.send(room)


def test_the_test_profile_binds_loopback_only(tmp_path):
    server = Conclave(tmp_path / "server", ("--address", "0.0.0.0"))
    server.launch()
    assert server.process.wait(20) not in (0, None)
    assert server.tail()


def test_help_is_there_for_every_command(strict):
    from conclave.server import BINARY
    for command in ([], ["serve"], ["user"], ["user", "create"], ["user", "list"], ["token"], ["keys"], ["doctor"], ["version"]):
        done = subprocess.run([str(BINARY), *command, "--help"], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 and "USAGE" in done.stdout.upper(), command


def test_commands_answer_in_json(strict):
    made(strict, "alice")
    listed = strict.run("user", "list", "--json")
    assert listed.returncode == 0 and "@alice" in json.dumps(json.loads(listed.stdout))
    assert json.loads(strict.run("version", "--json").stdout)
    assert json.loads(strict.run("doctor", "--json").stdout)["findings"]
