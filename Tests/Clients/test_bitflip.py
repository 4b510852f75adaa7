"""Bits flip in the files of a stopped server: it says so or it heals, and never serves something else than was written."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from conclave.errors import Refused
from conclave.sections import texts
from conclave.server import Conclave

pytestmark = pytest.mark.ours_only

FLIPS = int(os.environ.get("FLIPS", "12"))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> tuple[Path, str, str, str, list[str]]:
    """The home of a stopped server with a conversation in it: home, user, password, room, texts."""
    server = Conclave(tmp_path_factory.mktemp("original") / "server")
    server.start()
    try:
        alice = server.user("alice")
        room = alice.create(name="Flipped")
        said = [f"line {n}" for n in range(300)]
        for line in said:
            alice.send(room, line)
        assert server.stop() == 0
    finally:
        server.kill()
    return server.home, alice.user, alice.password, room, said


def copy(written, tmp_path: Path) -> Conclave:
    server = Conclave(tmp_path / "server")
    shutil.copytree(written[0], server.home, ignore=shutil.ignore_patterns("output.log", "*.sock", "*.lock"))
    return server


def largest(server: Conclave) -> Path:
    """The database file."""
    return max((file for file in server.data.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)


def flip(file: Path, position: int, bit: int) -> None:
    with open(file, "r+b") as handle:
        handle.seek(position)
        byte = handle.read(1)[0]
        handle.seek(position)
        handle.write(bytes([byte ^ (1 << bit)]))


def outcome(server: Conclave, written) -> str:
    """`refused`: it did not start and said why. `error`: it answered with errors. `whole`: all is there. Anything else fails."""
    _, user, password, room, said = written
    try:
        server.start(seconds=30)
    except AssertionError:
        assert server.process.returncode is not None, "it neither started nor ended"
        assert server.process.returncode in range(1, 100), server.process.returncode
        assert server.tail().strip(), "it ended without a word"
        assert "Fatal error" not in server.tail() and "Stack dump" not in server.tail(), server.tail()
        return "refused"
    try:
        alice = server.client().login(user, password)
        found: list[str] = []
        query: dict[str, str] = {}
        while True:
            answer = alice.messages(room, "f", 100, **query)
            found += texts(answer["chunk"])
            if "end" not in answer:
                break
            query = {"from": answer["end"]}
        assert alice.state(room, "m.room.name") == {"name": "Flipped"}
        assert found == said, "it served something else than was written"
        return "whole"
    except Refused as error:
        assert error.status >= 500, f"damage was taken for something else: {error}"
        return "error"
    finally:
        server.kill()


@pytest.mark.parametrize("seed", range(FLIPS))
def test_a_flipped_bit_is_noticed_or_harmless(written, tmp_path, seed):
    chance = random.Random(seed)
    server = copy(written, tmp_path)
    file = largest(server)
    for _ in range(chance.choice([1, 1, 8])):
        flip(file, chance.randrange(file.stat().st_size), chance.randrange(8))
    print(outcome(server, written))


@pytest.mark.parametrize("position", [0, 10, 17, 18, 24, 100, 4095])
def test_a_flipped_bit_in_the_header_is_noticed_or_harmless(written, tmp_path, position):
    server = copy(written, tmp_path)
    flip(largest(server), position, 3)
    print(outcome(server, written))


def test_a_whole_page_of_zeros_is_noticed(written, tmp_path):
    server = copy(written, tmp_path)
    file = largest(server)
    with open(file, "r+b") as handle:
        handle.seek(4096)
        handle.write(bytes(4096))
    assert outcome(server, written) in ("refused", "error")


def test_a_truncated_file_is_noticed(written, tmp_path):
    server = copy(written, tmp_path)
    file = largest(server)
    os.truncate(file, file.stat().st_size // 2)
    assert outcome(server, written) in ("refused", "error")


def test_the_doctor_speaks_of_the_damage(written, tmp_path):
    server = copy(written, tmp_path)
    file = largest(server)
    with open(file, "r+b") as handle:
        handle.write(os.urandom(4096))
    told = server.run("doctor", "--server-name", server.name, "--port", str(server.port))
    assert told.returncode == 1, told.stdout + told.stderr
    assert "ERROR" in told.stdout


def test_with_another_key_nothing_opens_and_nothing_changes(written, tmp_path):
    server = copy(written, tmp_path)
    right = server.key_file.read_bytes()
    other = Conclave(tmp_path / "other")
    other.start()
    other.kill()
    server.key_file.write_bytes(other.key_file.read_bytes())
    before = largest(server).read_bytes()
    assert outcome(server, written) == "refused"
    assert largest(server).read_bytes() == before
    server.key_file.write_bytes(right)
    assert outcome(server, written) == "whole"


def test_without_the_key_nothing_opens_and_none_is_made(written, tmp_path):
    server = copy(written, tmp_path)
    right = server.key_file.read_bytes()
    server.key_file.unlink()
    assert outcome(server, written) == "refused"
    assert not server.key_file.exists()
    server.key_file.write_bytes(right)
    server.key_file.chmod(0o600)
    assert outcome(server, written) == "whole"
