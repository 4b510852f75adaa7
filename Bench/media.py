"""Files: up and down, beside what the disk takes of a program that only writes."""

from __future__ import annotations

import concurrent.futures
import os
import time
from pathlib import Path

from conclave.client import Client

MIB = 1 << 20


def media(bench, people: list[Client]) -> None:
    """Four people upload files of 8 MiB, each acknowledged after its fsync, and download them again."""
    file = bench.server.home / "upload"
    file.write_bytes(os.urandom(8 * MIB))
    plan = [("POST", "/_matrix/media/v3/upload", who.token, f"@{file}") for who in people[:4]]
    answer = bench.load("repeat", plan, 0, bench.size.files)
    bench.results["upload MiB/s, 4 clients with 8 MiB each"] = answer["per_second"] * 8
    uri = people[0].call("POST", "/_matrix/media/v3/upload", raw=file.read_bytes())["content_uri"]
    path = f"/_matrix/client/v1/media/download/{uri.removeprefix('mxc://')}"
    answer = bench.load("repeat", [("GET", path, who.token, "") for who in people[:4]], 0, bench.size.files)
    assert answer["bytes"] == answer["requests"] * 8 * MIB
    bench.results["download MiB/s, 4 clients with 8 MiB each"] = answer["per_second"] * 8
    file.unlink()


def disk_floor(home: Path, files: int) -> dict[str, float]:
    """What the disk takes of four writers of such files, each with its fsync."""
    content = os.urandom(8 * MIB)

    def write(writer: int) -> None:
        for number in range(files):
            descriptor = os.open(home / f"floor-{writer}-{number}", os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(descriptor, content)
            os.fsync(descriptor)
            os.close(descriptor)

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    took = time.monotonic() - began
    for path in home.glob("floor-*"):
        path.unlink()
    return {"disk write MiB/s, 4 writers with 8 MiB each": 4 * files * 8 / took}
