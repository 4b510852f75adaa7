"""Fixtures: one server for the protocol tests, fresh people for every test."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Callable, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from conclave import peer  # noqa: E402
from conclave.client import Client  # noqa: E402
from conclave.server import BINARY, Conclave, Server, load_specification  # noqa: E402

AGAINST_PEER = os.environ.get("CLIENT_TESTS_PEER") == "synapse"


def new_server(home: Path) -> Server:
    return peer.Synapse(home) if AGAINST_PEER else Conclave(home)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if AGAINST_PEER:
        skip = pytest.mark.skip(reason="asks for what only our server promises")
        for item in items:
            if item.get_closest_marker("ours_only"):
                item.add_marker(skip)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not AGAINST_PEER and not BINARY.exists():
        pytest.exit(f"there is no server at {BINARY}; `make build` makes it", returncode=2)
    Server.specification = load_specification()


def pytest_terminal_summary(terminalreporter) -> None:
    specification = Server.specification
    if specification is None:
        terminalreporter.write_line("answers were not checked against the OpenAPI documents: ../shared/matrix-spec is absent")
    else:
        terminalreporter.write_line(f"{len(specification.answered)} operations of the specification answered with success")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that all protocol tests share; it must go with exit code 0 on SIGTERM."""
    running = new_server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    assert running.stop() == 0, running.tail()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    running = new_server(tmp_path / "server")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def person(server: Server) -> Callable[..., Client]:
    """`person("carol")` registers somebody new."""
    return server.user


@pytest.fixture
def alice(server: Server) -> Client:
    return server.user("alice")


@pytest.fixture
def bob(server: Server) -> Client:
    return server.user("bob")


@pytest.fixture
def carol(server: Server) -> Client:
    return server.user("carol")


@pytest.fixture
def mallory(server: Server) -> Client:
    return server.user("mallory")


@pytest.fixture
def nobody(server: Server) -> Client:
    """A client without a session."""
    return server.client()
