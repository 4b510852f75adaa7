"""What lies on the disk, what a crash leaves, how much memory a large file takes."""

from __future__ import annotations

import io
import os
import random
import threading
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

from conclave.errors import Refused
from conclave.media import MEDIA, UPLOAD, content, download, noise, parts, upload
from conclave.server import Conclave
from conclave.traces import Traces

pytestmark = pytest.mark.ours_only

MEGABYTE = 1 << 20


def files(server: Conclave) -> list[Path]:
    return sorted(file for file in (server.data / "media").rglob("*") if file.is_file())


def resident(server: Conclave) -> int:
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no memory")


@pytest.fixture
def server(tmp_path):
    running = Conclave(tmp_path / "server", arguments=("--media-max-upload-bytes", str(300 * MEGABYTE), "--log-level", "trace"))
    running.start()
    yield running
    running.kill()


def test_a_large_file_goes_through_in_little_memory(server):
    alice = server.user("alice")
    block = noise(MEGABYTE)
    count = int(os.environ.get("MEDIA_MEGABYTES", "200"))
    upload(alice, block)
    before, peak, going = resident(server), 0, True

    def watch() -> None:
        nonlocal peak
        while going:
            peak = max(peak, resident(server))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "video/mp4"}
        answer = alice.http.post(alice.base + UPLOAD, content=(block for _ in range(count)), headers=headers, timeout=300)
        uri = answer.json()["content_uri"]
        with alice.http.stream("GET", f"{alice.base}{MEDIA}/download/{'/'.join(parts(uri))}", headers=headers, timeout=300) as answer:
            assert int(answer.headers["content-length"]) == count * MEGABYTE
            total = 0
            for piece in answer.iter_bytes(MEGABYTE):
                assert piece == block
                total += len(piece)
        assert total == count * MEGABYTE
    finally:
        going = False
        watcher.join()
    print(f"{count} MiB up and down: {before / MEGABYTE:.0f} MiB before, {peak / MEGABYTE:.0f} MiB at most")
    assert peak - before < 64 * MEGABYTE


def test_no_trace_of_content_name_or_address(server):
    words = {place: f"canary{place.encode().hex()}{os.urandom(8).hex()}" for place in ("content", "name", "type", "other name")}
    alice = server.user("alice")
    sent = words["content"].encode() * 3000
    uri = upload(alice, sent, type=f"text/plain; x={words['type']}", filename=words["name"] + ".txt")
    words["address"] = parts(uri)[1]
    assert content(alice, uri) == sent
    download(alice, uri, words["other name"])
    image = io.BytesIO()
    Image.new("RGB", (500, 500), (1, 2, 3)).save(image, "PNG")
    picture = upload(alice, image.getvalue())
    assert download(alice, picture, kind="thumbnail", width=32, height=32, method="crop").status_code == 200
    later = alice.post("/_matrix/media/v1/create")["content_uri"]
    words["reserved address"] = parts(later)[1]
    with pytest.raises(Refused):
        upload(alice.another(), words["content"].encode(), filename=words["name"])
    for _ in range(2):
        hits, count = Traces(words).under(server.data, server.keys, server.config, server.log)
        assert not hits and count > 3, hits
        server.kill()
    assert len(files(server)) == 3
    for file in files(server):
        assert file.stat().st_mode & 0o077 == 0 and b"PNG" not in file.read_bytes()[:200]


def test_a_changed_file_is_an_error_and_never_other_bytes(server):
    alice = server.user("alice")
    sent = noise(600_000)
    uri = upload(alice, sent)
    file, = files(server)
    original = file.read_bytes()
    for place in (0, 30, 60, 20_000, 300_000, len(original) - 1):
        changed = bytearray(original)
        changed[place] ^= 1
        file.write_bytes(changed)
        try:
            answer = download(alice, uri)
            assert answer.status_code == 500 and answer.json()["errcode"] == "M_UNKNOWN", place
        except httpx.HTTPError:
            # Found only after the status was sent: the connection is cut.
            assert place > 56 + 16_400
        part = download(alice, uri, headers={"Range": "bytes=0-99"})
        assert part.status_code == 500 or part.content == sent[:100]
    file.write_bytes(original[:-1])
    assert download(alice, uri).status_code == 500
    file.unlink()
    assert download(alice, uri).status_code == 500
    file.write_bytes(original)
    assert content(alice, uri) == sent


def test_http_2_carries_files_as_well(server):
    alice, sent = server.user("alice"), noise(3_000_000)
    headers = {"Authorization": f"Bearer {alice.token}"}
    with server.connection(http2=True) as http:
        answer = http.post(
            server.url + UPLOAD, content=(sent[at:at + 100_000] for at in range(0, len(sent), 100_000)), headers=headers)
        assert answer.http_version == "HTTP/2"
        uri = answer.json()["content_uri"]
        url = f"{server.url}{MEDIA}/download/{'/'.join(parts(uri))}"
        whole = http.get(url, headers=headers)
        assert whole.content == sent
        head = http.head(url, headers=headers)
        assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(sent)), b"")
        assert http.get(url, headers={**headers, "Range": "bytes=5-70000"}).content == sent[5:70_001]
        assert http.get(url, headers={**headers, "If-None-Match": whole.headers["etag"]}).status_code == 304
        # Damage that is found late ends the stream, so that nobody takes the beginning for the whole.
        file = max(files(server), key=lambda each: each.stat().st_size)
        changed = bytearray(file.read_bytes())
        changed[2_000_000] ^= 1
        file.write_bytes(changed)
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(url, headers=headers)
    with pytest.raises(httpx.RemoteProtocolError):
        alice.http.get(url, headers=headers)


def test_kill_9_during_uploads_leaves_nothing_half(server):
    chance = random.Random(5)
    alice = server.user("alice")
    acknowledged: dict[str, bytes] = {}
    interrupted = 0
    for _ in range(int(os.environ.get("KILLS", "6"))):
        stop = threading.Event()

        def write(seed: int) -> None:
            number = 0
            while not stop.is_set():
                sent = random.Random(seed * 1000 + number).randbytes(chance.randrange(1000, 800_000))
                try:
                    acknowledged[upload(alice, sent)] = sent
                except (httpx.HTTPError, OSError, Refused):
                    return
                number += 1

        writers = [threading.Thread(target=write, args=(chance.randrange(1 << 30),)) for _ in range(3)]
        interrupted += len(writers)
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.1, 1.0))
        server.process.kill()
        server.process.wait(10)
        stop.set()
        for writer in writers:
            writer.join(30)
        server.close()
        server.start()
        alice.http = server.http
        assert not [file for file in files(server) if file.parent.name == "incoming"]
    for uri, sent in acknowledged.items():
        assert content(alice, uri) == sent
    # Of each writer one upload may be there whose acknowledgement was lost.
    assert 0 < len(acknowledged) <= len(files(server)) <= len(acknowledged) + interrupted


def test_the_memory_is_closed_to_other_processes_and_leaves_no_core_file(server):
    process = Path(f"/proc/{server.process.pid}")
    cores = next(line for line in (process / "limits").read_text().splitlines() if line.startswith("Max core file size"))
    assert cores.split()[4:6] == ["0", "0"]
    if os.geteuid() == 0:
        pytest.skip("the system's administrator still reads it")
    for name in ("environ", "mem", "maps"):
        with pytest.raises(PermissionError):
            (process / name).read_bytes()
