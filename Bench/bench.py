#!/usr/bin/env python3
"""Measures a server: sends, delivery, sync, logins, memory, start time; beside the raw floor of this machine.

bench.py [--peer] [--quick] [--only STEP …] [--json FILE] [--markdown FILE]
"""
from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "Tests" / "Clients"))

import media  # noqa: E402
import relay  # noqa: E402
import search  # noqa: E402
from conclave import peer  # noqa: E402
from conclave.client import Client, unique  # noqa: E402
from conclave.server import BINARY, Conclave, Server, free_port  # noqa: E402

LOAD = ROOT / ".build" / "load"
FLOOR = BINARY.parent / "conclave-floor"
MESSAGE = '{"msgtype":"m.text","body":"message {n} of a conversation that goes on for a while, in words of usual length"}'
BASE = "/_matrix/client/v3"


class Size:
    """How much is measured."""

    def __init__(self, quick: bool):
        self.seconds = 2 if quick else 6
        self.rooms, self.events = (20, 20) if quick else (200, 50)
        self.receivers, self.messages = (10, 10) if quick else (50, 40)
        self.polls = 1_000 if quick else 10_000
        self.fans, self.claims, self.files = (5, 20, 2) if quick else (40, 100, 16)
        self.corpus, self.searches = (2_000, 50) if quick else (100_000, 400)


def start_load(port: int, ca: Path, mode: str, plan: list[tuple[str, ...]], *numbers: float) -> subprocess.Popen[str]:
    """Starts the load generator with this plan."""
    running = subprocess.Popen(
        [str(LOAD), mode, "localhost", str(port), str(ca), *map(str, numbers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True)
    running.stdin.write(written(plan))
    running.stdin.close()
    return running


def written(plan: list[tuple[str, ...]]) -> str:
    return "\n".join("\t".join(field or "-" for field in line) for line in plan) + "\n"


def load(server_port: int, ca: Path, mode: str, plan: list[tuple[str, ...]], *numbers: float) -> dict:
    """Runs the load generator with this plan."""
    done = subprocess.run(
        [str(LOAD), mode, "localhost", str(server_port), str(ca), *map(str, numbers)],
        input=written(plan), capture_output=True, text=True, timeout=3600)
    if done.returncode not in (0, 3) or not done.stdout:
        raise SystemExit(f"bench: the load generator failed: {done.stderr.strip()}")
    if done.returncode == 3:
        print(f"bench: {done.stderr.strip()}", file=sys.stderr)
    return json.loads(done.stdout)


class Bench:
    """The measurements of one server that runs."""

    def __init__(self, server: Server, size: Size):
        self.server, self.size = server, size
        self.results: dict[str, float] = {}
        self.reader: Client | None = None

    def load(self, mode: str, plan: list[tuple[str, ...]], *numbers: float) -> dict:
        return load(self.server.port, self.server.ca, mode, plan, *numbers)

    def send_line(self, who: Client, room: str) -> tuple[str, ...]:
        return ("PUT", f"{BASE}/rooms/{room}/send/m.room.message/{unique('b')}-{{n}}", who.token, MESSAGE)

    def sends_own(self, people: list[Client], count: int) -> None:
        plan = [self.send_line(who, who.create()) for who in people[:count]]
        self.keep(f"sends/s, {count} in own rooms", self.load("repeat", plan, self.size.seconds, 0))

    def sends_shared(self, people: list[Client], count: int) -> None:
        room = people[0].room_with(*people[1:count], preset="public_chat")
        self.keep(f"sends/s, {count} in one room", self.load("repeat", [self.send_line(who, room) for who in people[:count]], self.size.seconds, 0))

    def keep(self, name: str, answer: dict) -> None:
        self.results[name] = answer["per_second"]
        self.results[name.replace("/s", " p99 ms")] = answer["p99_ms"]

    def delivery(self, people: list[Client]) -> None:
        receivers = people[1:self.size.receivers + 1]
        room = people[0].room_with(*receivers, preset="public_chat")
        body = '{"msgtype":"m.text","body":"deliver-{n}-"}'
        plan = [("PUT", f"{BASE}/rooms/{room}/send/m.room.message/{unique('d')}-{{n}}", people[0].token, body)]
        only = "&filter=%7B%22presence%22%3A%7B%22types%22%3A%5B%5D%7D%7D"
        for who in receivers:
            since = who.sync(filter='{"presence":{"types":[]}}')["next_batch"]
            plan.append(("GET", f"{BASE}/sync?timeout=30000&set_presence=offline{only}&since={since}", who.token, ""))
        answer = self.load("deliver", plan, self.size.messages)
        self.results[f"delivery to {len(receivers)} p50 ms"] = answer["p50_ms"]
        self.results[f"delivery to {len(receivers)} p99 ms"] = answer["p99_ms"]

    def syncs(self, who: Client) -> None:
        self.reader = who
        name = f"initial sync of {self.size.rooms} rooms x {self.size.events}"
        rooms = [who.create() for _ in range(self.size.rooms)]
        self.load("repeat", [self.send_line(who, room) for room in rooms], 0, self.size.events)
        filter = "%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A" + str(self.size.events)
        took = []
        for run in range(5):
            # A filter of its own each time: nobody answers from a cache of whole answers.
            path = f"{BASE}/sync?set_presence=offline&filter={filter}%7D%7D%2C%22presence%22%3A%7B%22limit%22%3A{run + 1}%7D%7D"
            answer = self.load("repeat", [("GET", path, who.token, "")], 0, 1)
            took.append(answer["p50_ms"])
        self.results[f"{name} ms"] = statistics.median(took)
        self.results[f"{name} bytes"] = answer["bytes"]
        since = who.sync(set_presence="offline")["next_batch"]
        path = f"{BASE}/sync?set_presence=offline&timeout=0&since={since}"
        self.keep("idle syncs/s, 10 clients", self.load("repeat", [("GET", path, who.token, "")] * 10, self.size.seconds, 0))

    def windows(self, people: list[Client]) -> None:
        """Sliding sync as Element X asks: the first 20 of the rooms that `syncs` made, one message more, and many that wait."""
        who, path = self.reader, "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
        state = [["m.room.name", ""], ["m.room.encryption", ""], ["m.room.member", "$LAZY"], ["m.room.member", "$ME"],
                 ["m.room.topic", ""], ["m.room.avatar", ""], ["m.room.power_levels", ""], ["m.room.create", ""]]
        body = {"conn_id": "bench", "lists": {"all": {"ranges": [[0, 19]], "timeline_limit": 1, "required_state": state}},
                "extensions": {name: {"enabled": True} for name in ("account_data", "receipts", "typing")}}
        first = [self.load("repeat", [("POST", f"{path}?set_presence=offline", who.token, json.dumps(body))], 0, 1) for _ in range(5)]
        name = f"first window of 20 of {self.size.rooms} rooms"
        self.results[f"{name} ms"] = statistics.median(answer["p50_ms"] for answer in first)
        self.results[f"{name} bytes"] = first[-1]["bytes"]
        answer = who.post(path, body=body)
        room, took = next(iter(answer["rooms"])), []
        for _ in range(20):
            who.send(room)
            began = time.monotonic()
            answer = who.post(path, body=body, pos=answer["pos"], set_presence="offline")
            took.append((time.monotonic() - began) * 1000)
            assert room in answer["rooms"]
        self.results["one message through the window ms"] = statistics.median(took)
        self.idle_windows(people, path, body)

    def idle_windows(self, people: list[Client], path: str, body: dict) -> None:
        plan = []
        for who in people:
            for number in range(4):
                mine = {**body, "conn_id": f"idle{number}"}
                pos = who.post(path, body=mine, set_presence="offline")["pos"]
                plan.append(("POST", f"{path}?timeout=90000&set_presence=offline&pos={pos}", who.token, json.dumps(mine)))
        self.hold(plan, "windows that wait")

    def logins(self, people: list[Client]) -> None:
        plan = [("POST", f"{BASE}/login", "", json.dumps({
            "type": "m.login.password", "identifier": {"type": "m.id.user", "user": who.localpart}, "password": who.password,
            "device_id": "BENCH"})) for who in people[:4]]
        self.keep("logins/s, 4 clients", self.load("repeat", plan, self.size.seconds, 0))

    def memory(self) -> None:
        self.results["RSS MiB at the end"] = self.resident() / 1024

    def resident(self) -> int:
        """The memory of the server process, in KiB."""
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def idle_polls(self, people: list[Client]) -> None:
        """Opens many connections that wait in /sync, and weighs what each of them costs."""
        plan = []
        for who in people[:50]:
            since = who.sync(set_presence="offline")["next_batch"]
            path = f"{BASE}/sync?timeout=90000&set_presence=offline&since={since}"
            plan += [("GET", path, who.token, "")] * (self.size.polls // 50)
        self.hold(plan, "long polls")

    def hold(self, plan: list[tuple[str, ...]], what: str) -> None:
        """Lets all of the plan wait at once, and weighs what each costs."""
        before = self.resident()
        with start_load(self.server.port, self.server.ca, "hold", plan, 90) as waiting:
            count = json.loads(waiting.stdout.readline())["waiting"]
            time.sleep(1)  # the last of them is still on its way
            self.results[f"KiB for each of {count:,} {what}"] = (self.resident() - before) / count
            waiting.kill()

    def starts(self) -> None:
        for name in ("first start ms", "second start ms"):
            began = time.monotonic()
            self.server.start(seconds=120)
            self.results[name] = (time.monotonic() - began) * 1000
            if name.startswith("first"):
                self.server.stop()
        self.results["RSS MiB after the start"] = self.resident() / 1024


def compile_load() -> None:
    LOAD.parent.mkdir(exist_ok=True)
    sources = [HERE / "Load" / "load.c", HERE / "Load" / "link.c"]
    subprocess.run(["gcc", "-O2", "-std=gnu11", "-o", str(LOAD), *map(str, sources), "-lssl", "-lcrypto"], check=True)


def floor(home: Path, size: Size) -> dict[str, float]:
    """What the machine gives to a server that does nothing: a TLS echo, and bare commits."""
    if not FLOOR.exists():
        print(f"bench: there is no {FLOOR}; the floor is left out", file=sys.stderr)
        return {}
    home.mkdir()
    peer.make_certificate(home)
    port = free_port()
    echo = subprocess.Popen([str(FLOOR), "echo", str(port), str(home / "server.pem"), str(home / "server.key")])
    results: dict[str, float] = {}
    try:
        for _ in range(200):
            if subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
                              capture_output=True).returncode == 0:
                break
            time.sleep(0.05)
        for count in (1, 10, 50):
            plan = [("PUT", f"{BASE}/rooms/!r/send/m.room.message/{{n}}", "token", MESSAGE)] * count
            answer = load(port, home / "ca.pem", "repeat", plan, size.seconds, 0)
            results[f"TLS echo/s, {count} clients"] = answer["per_second"]
    finally:
        echo.terminate()
        echo.wait(10)
    for writers in (1, 10, 50):
        done = subprocess.run([str(FLOOR), "commits", str(home / f"store{writers}"), str(writers), str(size.seconds)],
                              capture_output=True, text=True, check=True)
        results[f"store commits/s, {writers} writers"] = json.loads(done.stdout)["per_second"]
    results.update(media.disk_floor(home, size.files))
    return results


def measure(servers: dict[str, Server], size: Size, only: list[str]) -> dict[str, dict[str, float]]:
    """Every step with one server after the other, so that both see the same machine."""
    benches = {name: Bench(server, size) for name, server in servers.items()}
    people: dict[str, list[Client]] = {}
    def step(title: str, act) -> None:
        if only and title not in ("starting", *only):
            return
        for name, bench in benches.items():
            print(f"bench: {name}: {title}", file=sys.stderr, flush=True)
            act(bench, people.get(name, []))
    step("starting", lambda bench, _: bench.starts())
    for name, bench in benches.items():
        print(f"bench: {name}: making people", file=sys.stderr, flush=True)
        people[name] = [bench.server.user("bench") for _ in range(max(50, size.receivers + 1))]
    for count in (1, 10, 50):
        step(f"{count} send in own rooms", lambda bench, who, count=count: bench.sends_own(who, count))
        step(f"{count} send in one room", lambda bench, who, count=count: bench.sends_shared(who, count))
    step("delivery", lambda bench, who: bench.delivery(who))
    step("syncs", lambda bench, who: bench.syncs(bench.server.user("reader")))
    step("windows", lambda bench, who: bench.windows(who[:50]))
    step("messages to devices", relay.to_device)
    step("key claims", relay.claims)
    step("media", media.media)
    step("search", search.search)
    step("logins", lambda bench, who: bench.logins(who))
    step("memory", lambda bench, who: bench.memory())
    step("idle long polls", lambda bench, who: bench.idle_polls(who))
    return {name: bench.results for name, bench in benches.items()}


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def table(measured: dict[str, dict[str, float]], floors: dict[str, float]) -> str:
    names = list(measured)
    ratio = len(names) == 2
    lines = ["| | " + " | ".join(names) + (" | ratio" if ratio else "") + " |", "|---" * (len(names) + 1 + ratio) + "|"]
    for row in measured[names[0]]:
        values = [measured[name].get(row) for name in names]
        cells = ["" if value is None else number(value) for value in values]
        if ratio:
            better_high = "/s" in row
            pair = values if better_high else values[::-1]
            cells.append(f"{pair[0] / pair[1]:.1f} x" if all(values) and not row.endswith("bytes") else "")
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    if floors:
        lines += ["", "| floor of this machine | |", "|---|---|", *(f"| {row} | {number(value)} |" for row, value in floors.items())]
    return "\n".join(lines)


def machine() -> str:
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}, Linux {platform.release().split('-')[0]}, {datetime.date.today().isoformat()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", action="store_true", help="the same against Synapse, in turns")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works")
    parser.add_argument("--only", nargs="+", default=[], metavar="STEP", help="only these steps, without the floor")
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--markdown", type=Path, help="write the table here")
    parser.add_argument("--without-us", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = Size(options.quick)
    compile_load()
    home = Path(tempfile.mkdtemp(prefix="bench"))
    servers: dict[str, Server] = {} if options.without_us else {"Conclave": Conclave(home / "conclave")}
    if options.peer:
        servers["Synapse"] = peer.Synapse(home / "synapse", bcrypt=12)
    try:
        floors = {} if options.only else floor(home / "floor", size)
        measured = measure(servers, size, options.only)
    finally:
        for server in servers.values():
            server.kill()
        shutil.rmtree(home, ignore_errors=True)
    text = f"{machine()}\n\n{table(measured, floors)}\n"
    print(text)
    result = {"machine": machine(), "measured": measured, "floor": floors}
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    if options.markdown:
        options.markdown.write_text(text)


if __name__ == "__main__":
    main()
