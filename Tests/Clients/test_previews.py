"""Previews of links, and all the places where the server must not go."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import socketserver
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable, Iterator

import pytest
from PIL import Image

from conclave.errors import refused
from conclave.media import FORMER, MEDIA, content
from conclave.server import Conclave
from conclave.traces import Traces

pytestmark = pytest.mark.ours_only

PAGE = """<!doctype html><html><head><title>Fallback</title><meta property="og:title" content="The &amp; title">
<meta property="og:description" content="What it is about"><meta property="og:image" content="/picture.png">
<meta property="og:image:width" content="40"><meta property="og:evil" content="no"></head><body>text</body></html>"""


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(file, "PNG")
    return file.getvalue()


class Web:
    """A web server on loopback that remembers what it was asked."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0):
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                answer = outer.answers.get(self.path)
                if answer is None:
                    outer.send(self, b"nothing", status=404)
                else:
                    with contextlib.suppress(OSError):
                        answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.address, self.port = self.server.server_address[:2]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.page("/", PAGE)
        self.answers["/picture.png"] = lambda handler: self.send(handler, picture(), "image/png")

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, body: bytes, type: str = "text/html", status: int = 200, **headers: str) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", type)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    def page(self, path: str, text: str | bytes, type: str = "text/html; charset=utf-8") -> None:
        body = text.encode() if isinstance(text, str) else text
        self.answers[path] = lambda handler: self.send(handler, body, type)

    def leads(self, path: str, target: str, status: int = 302) -> None:
        self.answers[path] = lambda handler: self.send(handler, b"", status=status, Location=target)

    def url(self, path: str = "/") -> str:
        return f"http://{self.address}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    yield Web()


@pytest.fixture(scope="module")
def forbidden() -> Iterator[Web]:
    """A web server that the server is not allowed to ask."""
    yield Web()


@pytest.fixture(scope="module")
def server(tmp_path_factory, web) -> Iterator[Conclave]:
    running = Conclave(
        tmp_path_factory.mktemp("previews") / "server",
        arguments=("--previews-enabled", "true", "--previews-allow-addresses", f"127.0.0.1:{web.port}", "--log-level", "trace"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def alice(server):
    return server.user("alice")


def preview(who, url: str, **query):
    return who.get(MEDIA + "/preview_url", url=url, **query)


def expect_nothing(who, url: str, statuses: tuple[int, ...] = (502,)) -> None:
    with refused(statuses):
        preview(who, url)


def test_previews_are_off_unless_asked_for(tmp_path, web):
    running = Conclave(tmp_path / "server")
    running.start()
    try:
        with refused(404, "M_UNRECOGNIZED"):
            preview(running.user("alice"), web.url())
    finally:
        running.kill()


def test_a_page_is_previewed_with_its_picture(alice, web, server):
    graph = preview(alice, web.url(), ts=1)
    assert graph["og:title"] == "The & title" and graph["og:description"] == "What it is about"
    assert graph["og:image:type"] == "image/png" and graph["og:image:width"] == 40 and "og:evil" not in graph
    assert content(alice, graph["og:image"]) == picture() and graph["matrix:image:size"] == len(picture())
    # Asked once, and given again to others; the page learns nothing about who asked.
    count = len(web.asked)
    assert preview(server.user("bob"), web.url()) == graph
    assert len(web.asked) == count
    for _, headers in web.asked:
        assert not {"Authorization", "Cookie", "Referer", "X-Forwarded-For"} & set(headers)
    for path in FORMER:
        assert alice.get(path + "/preview_url", url=web.url()) == graph


def test_a_token_and_a_url_are_needed(alice, server, web):
    with refused(401, "M_MISSING_TOKEN"):
        preview(server.client(), web.url())
    with refused(400, "M_MISSING_PARAM"):
        alice.get(MEDIA + "/preview_url")


@pytest.mark.parametrize("url", ["", "x", "ftp://example.org/", "file:///etc/passwd", "http://user:pw@127.0.0.1/", "http:///x",
                                 "http://a b/", "http://2130706433/", "http://0x7f000001/", "gopher://127.0.0.1/"])
def test_what_is_no_page_is_refused(alice, url):
    with refused(400, "M_INVALID_PARAM"):
        preview(alice, url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::]", "10.0.0.1",
                                  "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]",
                                  "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255"])
def test_addresses_of_ones_own_network_are_not_asked(alice, forbidden, host):
    began = time.monotonic()
    for port in ("", f":{forbidden.port}"):
        expect_nothing(alice, f"http://{host}{port}/")
    assert not forbidden.asked and time.monotonic() - began < 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirections_are_followed_and_looked_at(alice, web, forbidden, status):
    web.page(f"/there{status}", "<title>there</title>")
    web.leads(f"/here{status}", f"/there{status}", status)
    assert preview(alice, web.url(f"/here{status}"))["og:title"] == "there"
    for number, target in enumerate([forbidden.url(), f"http://localhost:{forbidden.port}/", "http://169.254.169.254/", "file:///etc/passwd",
                                     f"//127.0.0.1:{forbidden.port}/", "http://[::1]/", "\\\\127.0.0.1\\x"]):
        web.leads(f"/away{status}-{number}", target, status)
        expect_nothing(alice, web.url(f"/away{status}-{number}"))
    assert not forbidden.asked


def test_three_redirections_and_no_more(alice, web):
    web.page("/end", "<title>end</title>")
    for number in range(6):
        web.leads(f"/hop{number}", f"/hop{number - 1}" if number else "/end")
    assert preview(alice, web.url("/hop2"))["og:title"] == "end"
    expect_nothing(alice, web.url("/hop3"))
    web.leads("/loop", "/loop")
    expect_nothing(alice, web.url("/loop"))
    assert web.paths.count("/loop") <= 4


def test_a_picture_elsewhere_is_looked_at_too(alice, web, forbidden):
    web.page("/elsewhere", f'<title>t</title><meta property="og:image" content="{forbidden.url("/picture.png")}">')
    graph = preview(alice, web.url("/elsewhere"))
    assert graph["og:title"] == "t" and "og:image" not in graph and not forbidden.asked
    web.page("/fake", '<title>t</title><meta property="og:image" content="/not-a-picture">')
    web.page("/not-a-picture", "<script>", type="image/png")
    assert "og:image" not in preview(alice, web.url("/fake"))


def test_a_picture_is_its_own_preview(alice, web):
    graph = preview(alice, web.url("/picture.png"))
    assert content(alice, graph["og:image"]) == picture()


@pytest.mark.parametrize("type", ["application/json", "application/octet-stream", "text/plain", "video/mp4", ""])
def test_other_types_are_not_previewed(alice, web, type):
    web.page(f"/type{type}", "<title>secret</title>", type=type)
    expect_nothing(alice, web.url(f"/type{type}"))


def test_hostile_servers_get_nowhere(alice, web):
    def endless(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.wfile.write(b"<title>endless</title>")
        for _ in range(40):
            handler.wfile.write(b" " * (1 << 20))

    def garbage(handler) -> None:
        handler.wfile.write(b"\x00\xff garbage\r\n\r\n")
        handler.close_connection = True

    def headers(handler) -> None:
        handler.send_response(200)
        for number in range(5000):
            handler.send_header(f"X-{number}", "y" * 1000)
        handler.end_headers()

    web.answers |= {"/endless": endless, "/garbage": garbage, "/headers": headers}
    web.page("/deep", "<a>" * 200_000 + "<title>deep</title>")
    web.page("/binary", os.urandom(100_000))
    assert preview(alice, web.url("/endless"))["og:title"] == "endless"
    expect_nothing(alice, web.url("/garbage"))
    expect_nothing(alice, web.url("/headers"))
    assert preview(alice, web.url("/deep"))["og:title"] == "deep"
    preview(alice, web.url("/binary"))
    expect_nothing(alice, web.url("/missing"))


def test_a_page_that_does_not_come_is_given_up(alice, web):
    stop = threading.Event()
    web.answers["/slow"] = lambda handler: stop.wait(30)
    began = time.monotonic()
    expect_nothing(alice, web.url("/slow"))
    stop.set()
    assert 8 < time.monotonic() - began < 20


def test_which_pages_were_looked_at_is_on_no_disk(alice, web, server):
    words = {"path": "canary" + os.urandom(8).hex(), "title": "canary" + os.urandom(8).hex()}
    web.page("/" + words["path"], f"<title>{words['title']}</title>")
    assert preview(alice, web.url("/" + words["path"]))["og:title"] == words["title"]
    expect_nothing(alice, web.url("/missing" + words["path"]))
    hits, _ = Traces(words).under(server.data, server.keys, server.config, server.log)
    assert not hits, hits


# A name server that changes its mind --------------------------------------------------------------------------------------

class NameServer:
    """Answers questions for A records; each name has its answers in turn, the last of them for ever."""

    def __init__(self, address: str, records: dict[str, list[list[str]]]):
        self.asked: list[str] = []
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                question, reply = self.request
                labels, at = [], 12
                while question[at]:
                    labels.append(question[at + 1:at + 1 + question[at]].decode())
                    at += question[at] + 1
                name, kind = ".".join(labels).lower(), struct.unpack(">H", question[at + 1:at + 3])[0]
                found: list[str] = []
                if kind == 1 and name in records:
                    outer.asked.append(name)
                    answers = records[name]
                    found = answers.pop(0) if len(answers) > 1 else answers[0]
                head = question[:2] + struct.pack(">HHHHH", 0x8580, 1, len(found), 0, 0)
                body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(each) for each in found)
                reply.sendto(head + question[12:at + 5] + body, self.client_address)

        self.server = socketserver.ThreadingUDPServer((address, 53), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs a mount namespace for resolv.conf")
def test_a_name_that_changes_its_address_leads_nowhere(tmp_path):
    good, bad = Web("127.53.7.1"), Web("127.53.7.2")
    # Both listen on the same port, so that the address alone decides who is reached.
    twin = Web("127.53.7.2", good.port)
    names = NameServer("127.53.7.53", {
        "rebind.test": [["127.53.7.1"], ["127.53.7.2"]], "bad.test": [["127.53.7.2"]], "mixed.test": [["127.53.7.1", "127.53.7.2"]],
        "hop.test": [["127.53.7.1"], ["127.53.7.2"]]})
    (tmp_path / "resolv.conf").write_text("nameserver 127.53.7.53\noptions timeout:1 attempts:1\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: files dns\n")

    class Elsewhere(Conclave):
        def command(self) -> list[str]:
            mounts = "mount --make-rprivate /; " + "; ".join(
                f"mount --bind {tmp_path}/{name} $(readlink -f /etc/{name})" for name in ("resolv.conf", "nsswitch.conf"))
            return ["unshare", "-m", "sh", "-c", f'{mounts}; exec "$@"', "sh", *super().command()]

    running = Elsewhere(tmp_path / "server", arguments=(
        "--previews-enabled", "true", "--previews-allow-addresses", f"127.53.7.1:{good.port}"))
    try:
        running.start()
        alice = running.user("alice")
        # Checked as the first address and, if it were asked for again, connected to as the second.
        graph = preview(alice, f"http://rebind.test:{good.port}/picture.png")
        assert content(alice, graph["og:image"]) == picture()
        assert names.asked == ["rebind.test"] and good.paths == ["/picture.png"]
        assert good.asked[0][1]["Host"] == f"rebind.test:{good.port}"
        # The next question is another question, and its answer is not allowed.
        expect_nothing(alice, f"http://rebind.test:{good.port}/other")
        expect_nothing(alice, f"http://bad.test:{good.port}/")
        expect_nothing(alice, f"http://mixed.test:{good.port}/")
        good.leads("/hop", f"http://hop.test:{good.port}/hop")
        expect_nothing(alice, f"http://hop.test:{good.port}/hop")
        assert not bad.asked and not twin.asked
    finally:
        running.kill()
        for each in (good, bad, twin):
            each.server.shutdown()
        names.server.shutdown()
