"""The content repository: uploads, downloads, ranges, header fields, addresses reserved beforehand."""

from __future__ import annotations

import re
import threading
import time
from urllib.parse import quote, unquote

import pytest

from conclave.errors import refused
from conclave.media import FORMER, MEDIA, UPLOAD, content, download, noise, parts, upload
from conclave.server import Conclave

pytestmark = pytest.mark.ours_only

CREATE = "/_matrix/media/v1/create"


def filename(header: str) -> str | None:
    """The name in a Content-Disposition: `filename*` counts where there is one (RFC 6266, 4.3)."""
    extended = re.search(r"filename\*=UTF-8''([^;\s]+)", header)
    if extended:
        return unquote(extended[1])
    plain = re.search(r'filename="((?:\\.|[^"\\])*)"', header)
    return re.sub(r"\\(.)", r"\1", plain[1]) if plain else None


# Uploads ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, 300_000, 5_000_000])
def test_what_was_uploaded_comes_back_to_others(alice, bob, size):
    sent = noise(size)
    uri = upload(alice, sent)
    assert parts(uri)[0] == Conclave.name
    assert content(bob, uri) == sent


@pytest.mark.parametrize("path", FORMER)
def test_uploads_know_the_older_paths(alice, path):
    uri = alice.call("POST", path + "/upload", raw=b"x", headers={"Content-Type": "image/png"})["content_uri"]
    assert content(alice, uri) == b"x"


def test_an_upload_in_chunks_without_a_length(alice):
    sent = noise(200_000)
    answer = alice.http.post(
        alice.base + UPLOAD, content=(sent[at:at + 7000] for at in range(0, len(sent), 7000)),
        headers={"Authorization": f"Bearer {alice.token}", "Content-Type": "image/png"})
    assert content(alice, answer.json()["content_uri"]) == sent


def test_uploading_needs_a_token(nobody):
    with refused(401, "M_MISSING_TOKEN"):
        nobody.call("POST", UPLOAD, raw=b"x")
    with refused(401, "M_MISSING_TOKEN"):
        nobody.post(CREATE)
    nobody.token = "wrong"
    with refused(401, "M_UNKNOWN_TOKEN"):
        nobody.call("POST", UPLOAD, raw=b"x")


def test_the_limit_is_told(alice):
    for path in (MEDIA, *FORMER):
        assert alice.get(path + "/config") == {"m.upload.size": 104_857_600}


def test_too_large_is_refused_with_and_without_a_length(tmp_path):
    server = Conclave(tmp_path / "server", arguments=("--media-max-upload-bytes", "100000"))
    server.start()
    try:
        alice = server.user("alice")
        assert alice.get(MEDIA + "/config") == {"m.upload.size": 100_000}
        upload(alice, noise(100_000))
        with refused(413, "M_TOO_LARGE"):
            upload(alice, noise(100_001))
        answer = alice.http.post(
            alice.base + UPLOAD, content=(noise(10_000) for _ in range(11)), headers={"Authorization": f"Bearer {alice.token}"})
        assert answer.status_code == 413 and answer.json()["errcode"] == "M_TOO_LARGE"
        assert len(files(server)) == 1
    finally:
        server.kill()


def test_the_quota_is_kept(tmp_path):
    server = Conclave(tmp_path / "server", arguments=("--media-quota-bytes", "100000"))
    server.start()
    try:
        alice, bob = server.user("alice"), server.user("bob")
        upload(alice, noise(60_000))
        with refused(403, "M_FORBIDDEN"):
            upload(alice, noise(50_000))
        upload(alice, noise(40_000))
        with refused(403, "M_FORBIDDEN"):
            upload(alice, b"x")
        upload(bob, noise(90_000))
        assert len(files(server)) == 3
    finally:
        server.kill()


def files(server: Conclave):
    return [file for file in (server.data / "media").rglob("*") if file.is_file()]


# Downloads --------------------------------------------------------------------------------------------------------------

def test_downloading_needs_a_token(alice, nobody):
    uri = upload(alice, b"x")
    answer = download(nobody, uri)
    assert answer.status_code == 401 and answer.json()["errcode"] == "M_MISSING_TOKEN"


@pytest.mark.parametrize("path", FORMER)
def test_the_former_endpoints_are_frozen(alice, nobody, path):
    uri = upload(alice, b"x")
    for who in (nobody, alice):
        for kind, query in (("download", {}), ("thumbnail", {"width": 32, "height": 32})):
            answer = download(who, uri, at=path, kind=kind, **query)
            assert answer.status_code == 404 and answer.json()["errcode"] == "M_NOT_FOUND"


def test_the_former_endpoints_can_be_opened(tmp_path):
    server = Conclave(tmp_path / "server", arguments=("--media-legacy-endpoints", "true"))
    server.start()
    try:
        alice, nobody = server.user("alice"), server.client()
        uri = upload(alice, b"open", type="text/plain")
        for path in FORMER:
            answer = download(nobody, uri, at=path)
            assert (answer.status_code, answer.content) == (200, b"open")
        assert download(nobody, uri).status_code == 401
    finally:
        server.kill()


@pytest.mark.parametrize("server_name, media", [
    (Conclave.name, "nosuchmedia"), ("other.example", "x"), (Conclave.name, "..%2f..%2fetc%2fpasswd"), (Conclave.name, "a.b"),
    ("..", "x"), (Conclave.name, "ä"), (Conclave.name, "x" * 300)])
def test_there_is_nothing_at_other_addresses(alice, server_name, media):
    answer = alice.http.get(f"{alice.base}{MEDIA}/download/{server_name}/{media}", headers={"Authorization": f"Bearer {alice.token}"})
    assert answer.status_code == 404, answer.text
    assert answer.json()["errcode"] in ("M_NOT_FOUND", "M_UNRECOGNIZED")


def test_every_download_carries_its_protection(alice):
    answer = download(alice, upload(alice, b"x"))
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'; script-src 'none';")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "private" in answer.headers["cache-control"] and "immutable" in answer.headers["cache-control"]


INLINE = ["text/css", "text/plain", "text/csv", "application/json", "application/ld+json", "image/jpeg", "image/gif", "image/png",
          "image/apng", "image/webp", "image/avif", "video/mp4", "video/webm", "video/ogg", "video/quicktime", "audio/mp4",
          "audio/webm", "audio/aac", "audio/mpeg", "audio/ogg", "audio/wave", "audio/wav", "audio/x-wav", "audio/x-pn-wav",
          "audio/flac", "audio/x-flac"]


@pytest.mark.parametrize("type", INLINE)
def test_safe_types_are_shown_in_place(alice, type):
    answer = download(alice, upload(alice, b"x", type=type))
    assert answer.headers["content-type"] == type
    assert answer.headers["content-disposition"] == "inline"


@pytest.mark.parametrize("type", ["text/html", "image/svg+xml", "application/pdf", "application/xhtml+xml", "text/javascript",
                                  "application/octet-stream", "text/html; charset=utf-8"])
def test_all_others_are_attachments(alice, type):
    answer = download(alice, upload(alice, b"<script>alert(1)</script>", type=type))
    assert answer.headers["content-type"] == type
    assert answer.headers["content-disposition"] == "attachment"


@pytest.mark.parametrize("type", [None, "nonsense", "image/", "a b/c"])
def test_what_is_no_type_is_unknown(alice, type):
    answer = download(alice, upload(alice, b"x", type=type))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"


NAMES = ["photo.jpg", "name;with;semicolons.txt", "name with spaces.txt", 'quoted "name".txt', "back\\slash.txt", "☕.jpg",
         "Blüte.png", "文件.pdf", "100%.txt", "a+b.txt", "x" * 200, "..", "../../etc/passwd"]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_comes_back(alice, name):
    answer = download(alice, upload(alice, b"x", filename=name))
    header = answer.headers["content-disposition"]
    assert filename(header) == name, header
    assert header.isascii() and "\n" not in header


@pytest.mark.parametrize("name", NAMES[:9])
def test_another_name_can_be_asked_for(alice, name):
    uri = upload(alice, b"x", filename="original.png")
    answer = alice.http.get(
        f"{alice.base}{MEDIA}/download/{'/'.join(parts(uri))}/{quote(name, safe='')}", headers={"Authorization": f"Bearer {alice.token}"})
    assert answer.status_code == 200 and filename(answer.headers["content-disposition"]) == name


def test_no_name_breaks_out_of_its_header_field(alice):
    answer = download(alice, upload(alice, b"x", filename='a"\r\nX-Evil: 1\r\n\r\n<script>'))
    assert "x-evil" not in answer.headers
    assert filename(answer.headers["content-disposition"]) == 'a"X-Evil: 1<script>'


def test_head_gives_the_header_fields_alone(alice):
    uri = upload(alice, noise(1000))
    answer = download(alice, uri, verb="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "1000" and answer.headers["content-type"] == "image/png"
    assert content(alice, uri)


# Ranges -----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("wanted, first, end", [
    ("0-0", 0, 1), ("0-16383", 0, 16_384), ("16383-16384", 16_383, 16_385), ("99990-", 99_990, 100_000), ("-10", 99_990, 100_000),
    ("50000-500000", 50_000, 100_000), ("0-99999", 0, 100_000), ("-1000000", 0, 100_000)])
def test_a_part_can_be_asked_for(alice, wanted, first, end):
    sent = noise(100_000)
    answer = download(alice, upload(alice, sent), headers={"Range": f"bytes={wanted}"})
    assert answer.status_code == 206 and answer.content == sent[first:end]
    assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/100000"
    assert answer.headers["accept-ranges"] == "bytes"


def test_a_part_behind_the_end_is_refused(alice):
    answer = download(alice, upload(alice, noise(100)), headers={"Range": "bytes=100-"})
    assert answer.status_code == 416 and answer.headers["content-range"] == "bytes */100"
    assert answer.json()["errcode"]


@pytest.mark.parametrize("wanted", ["bytes=5-1", "bytes=0-1,5-6", "lines=0-1", "bytes", "bytes=a-b"])
def test_what_is_no_range_is_passed_over(alice, wanted):
    sent = noise(100)
    answer = download(alice, upload(alice, sent), headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (200, sent)


def test_what_the_client_has_is_not_sent_again(alice):
    sent = noise(50_000)
    uri = upload(alice, sent)
    tag = download(alice, uri).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = download(alice, uri, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b""), known
        assert answer.headers["etag"] == tag
    assert download(alice, uri, headers={"If-None-Match": '"other"'}).status_code == 200
    part = {"Range": "bytes=0-9"}
    assert download(alice, uri, headers={**part, "If-Range": tag}).status_code == 206
    assert download(alice, uri, headers={**part, "If-Range": '"other"'}).content == sent


# Addresses reserved beforehand ------------------------------------------------------------------------------------------

def put(who, uri: str, sent: bytes):
    return who.call("PUT", UPLOAD, *parts(uri), raw=sent, headers={"Content-Type": "image/png"}, filename="later.png")


def test_content_can_come_later(alice, bob):
    answer = alice.post(CREATE)
    uri = answer["content_uri"]
    assert time.time() * 1000 < answer["unused_expires_at"] <= time.time() * 1000 + 86_400_000
    assert put(alice, uri, b"later") == {}
    assert content(bob, uri) == b"later"
    assert filename(download(bob, uri).headers["content-disposition"]) == "later.png"


def test_content_comes_once(alice):
    uri = alice.post(CREATE)["content_uri"]
    put(alice, uri, b"first")
    with refused(409, "M_CANNOT_OVERWRITE_MEDIA"):
        put(alice, uri, b"second")
    with refused(409, "M_CANNOT_OVERWRITE_MEDIA"):
        put(alice, upload(alice, b"whole"), b"second")
    assert content(alice, uri) == b"first"


def test_content_comes_from_who_reserved_the_address(alice, mallory):
    uri = alice.post(CREATE)["content_uri"]
    with refused(403, "M_FORBIDDEN"):
        put(mallory, uri, b"x")
    put(alice, uri, b"mine")
    for address in (f"mxc://{Conclave.name}/nosuchmedia", "mxc://other.example/x"):
        with refused(404, "M_NOT_FOUND"):
            put(mallory, address, b"x")


def test_a_download_waits_for_the_content(alice, bob):
    uri = alice.post(CREATE)["content_uri"]
    for waited in (0, 200):
        began = time.monotonic()
        answer = download(bob, uri, timeout_ms=waited)
        assert answer.status_code == 504 and answer.json()["errcode"] == "M_NOT_YET_UPLOADED"
        assert waited / 1000 <= time.monotonic() - began < waited / 1000 + 5
    timer = threading.Timer(0.3, lambda: put(alice, uri, b"arrived"))
    timer.start()
    answer = download(bob, uri, timeout_ms=20_000)
    timer.join()
    assert (answer.status_code, answer.content) == (200, b"arrived")
    with refused(400, "M_INVALID_PARAM"):
        bob.get(f"{MEDIA}/download", *parts(uri), timeout_ms="soon")


def test_addresses_are_not_reserved_without_end(person):
    mallory = person("mallory")
    for _ in range(100):
        mallory.post(CREATE)
    with refused(429, "M_LIMIT_EXCEEDED") as refusal:
        mallory.post(CREATE)
    assert refusal.body["retry_after_ms"] > 0


# In rooms ---------------------------------------------------------------------------------------------------------------

def test_a_file_travels_in_a_message(alice, bob):
    room = alice.room_with(bob)
    uri = upload(alice, noise(1000), filename="plan.png")
    event = alice.send(room, content={"msgtype": "m.file", "body": "plan.png", "url": uri})
    assert content(bob, bob.event(room, event)["content"]["url"])
    alice.put("profile", alice.user, "avatar_url", body={"avatar_url": uri})
    assert bob.get("profile", alice.user)["avatar_url"] == uri
