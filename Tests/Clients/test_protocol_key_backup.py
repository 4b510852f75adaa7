"""Backups of room keys on the server."""

import itertools

import pytest

from conclave.errors import refused

ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
ROOM, OTHER = "!one:example.org", "!two:example.org"


def key(n: object = 0, index: int = 0, forwarded: int = 0, verified: bool = False) -> dict:
    return {"first_message_index": index, "forwarded_count": forwarded, "is_verified": verified,
            "session_data": {"ephemeral": "e", "ciphertext": f"c{n}", "mac": "m"}}


def create(who, **auth_data) -> str:
    return who.post("room_keys", "version", body={"algorithm": ALGORITHM, "auth_data": {"public_key": "abc", **auth_data}})["version"]


def put(who, version: str, session: str, value: dict, room: str = ROOM) -> dict:
    return who.put("room_keys", "keys", room, session, body=value, version=version)


def got(who, version: str, session: str, room: str = ROOM) -> dict:
    return who.get("room_keys", "keys", room, session, version=version)


# Versions -------------------------------------------------------------------------------------------------------------------

def test_a_backup_is_made_read_changed_and_deleted(alice):
    version = create(alice, x=1)
    found = alice.get("room_keys", "version")
    assert found == alice.get("room_keys", "version", version)
    assert found["version"] == version and found["algorithm"] == ALGORITHM and found["count"] == 0
    assert found["auth_data"] == {"public_key": "abc", "x": 1} and isinstance(found["etag"], str)
    alice.put("room_keys", "version", version, body={"algorithm": ALGORITHM, "auth_data": {"public_key": "new"}, "version": version})
    assert alice.get("room_keys", "version")["auth_data"] == {"public_key": "new"}
    alice.delete("room_keys", "version", version)
    alice.delete("room_keys", "version", version)
    with refused(404, "M_NOT_FOUND"):
        alice.get("room_keys", "version")
    with refused(404, "M_NOT_FOUND"):
        alice.get("room_keys", "version", version)


def test_numbers_are_not_used_again(alice):
    first = create(alice)
    alice.delete("room_keys", "version", first)
    assert create(alice) != first


def test_the_newest_is_current_and_the_one_before_comes_back(alice):
    first, second = create(alice, n=1), create(alice, n=2)
    assert alice.get("room_keys", "version")["version"] == second
    alice.delete("room_keys", "version", second)
    assert alice.get("room_keys", "version")["version"] == first


@pytest.mark.parametrize("body, code", [
    ({"auth_data": {}}, "M_MISSING_PARAM"), ({"algorithm": ALGORITHM}, "M_MISSING_PARAM"), ({"algorithm": 1, "auth_data": {}}, "M_BAD_JSON"),
    ({"algorithm": ALGORITHM, "auth_data": "x"}, "M_BAD_JSON"),
])
def test_malformed_backups_are_refused(alice, body, code):
    with refused(400, code):
        alice.post("room_keys", "version", body=body)


def test_the_algorithm_and_the_number_do_not_change(alice):
    version = create(alice)
    with refused(400, "M_INVALID_PARAM"):
        alice.put("room_keys", "version", version, body={"algorithm": "other", "auth_data": {}})
    with refused(400, "M_INVALID_PARAM"):
        alice.put("room_keys", "version", version, body={"algorithm": ALGORITHM, "auth_data": {}, "version": version + "0"})


@pytest.mark.parametrize("version", ["99", "0", "-1", "x", "99999999999999999999"])
def test_backups_that_never_were(alice, version):
    with refused(404, "M_NOT_FOUND"):
        alice.get("room_keys", "version", version)
    with refused(404, "M_NOT_FOUND"):
        alice.put("room_keys", "version", version, body={"algorithm": ALGORITHM, "auth_data": {}})
    with refused(404, "M_NOT_FOUND"):
        alice.delete("room_keys", "version", version)
    with refused(404, "M_NOT_FOUND"):
        alice.get("room_keys", "keys", version=version)
    with refused(404, "M_NOT_FOUND"):
        alice.put("room_keys", "keys", body={"rooms": {}}, version=version)


# Keys -----------------------------------------------------------------------------------------------------------------------

def test_keys_are_kept_by_room_and_session(alice):
    version = create(alice)
    one = put(alice, version, "s1", key(1))
    assert one["count"] == 1
    two = alice.put("room_keys", "keys", ROOM, body={"sessions": {"s2": key(2), "s/3?": key(3)}}, version=version)
    three = alice.put("room_keys", "keys", body={"rooms": {OTHER: {"sessions": {"s1": key(4)}}}}, version=version)
    assert (two["count"], three["count"]) == (3, 4) and len({one["etag"], two["etag"], three["etag"]}) == 3
    assert alice.get("room_keys", "version")["count"] == 4 and alice.get("room_keys", "version")["etag"] == three["etag"]
    assert got(alice, version, "s1") == key(1) and got(alice, version, "s/3?") == key(3)
    in_room = {"s1": key(1), "s2": key(2), "s/3?": key(3)}
    assert alice.get("room_keys", "keys", ROOM, version=version) == {"sessions": in_room}
    assert alice.get("room_keys", "keys", version=version) == {"rooms": {ROOM: {"sessions": in_room}, OTHER: {"sessions": {"s1": key(4)}}}}


def test_what_is_not_there(alice):
    version = create(alice)
    assert alice.get("room_keys", "keys", version=version) == {"rooms": {}}
    assert alice.get("room_keys", "keys", ROOM, version=version) == {"sessions": {}}
    with refused(404, "M_NOT_FOUND"):
        got(alice, version, "s1")


def test_keys_are_removed(alice):
    version = create(alice)
    alice.put("room_keys", "keys", body={"rooms": {
        ROOM: {"sessions": {"a": key(), "b": key()}}, OTHER: {"sessions": {"a": key(), "b": key()}}}}, version=version)
    etag = alice.get("room_keys", "version")["etag"]
    answer = alice.delete("room_keys", "keys", ROOM, "a", version=version)
    assert answer["count"] == 3 and answer["etag"] != etag
    assert alice.delete("room_keys", "keys", ROOM, "a", version=version) == answer
    assert alice.delete("room_keys", "keys", OTHER, version=version)["count"] == 1
    assert alice.delete("room_keys", "keys", version=version)["count"] == 0
    with refused(404, "M_NOT_FOUND"):
        alice.delete("room_keys", "keys", version="99")


def test_only_the_current_backup_is_written(alice):
    first, second = create(alice), create(alice)
    for path in (("room_keys", "keys", ROOM, "s"), ("room_keys", "keys", ROOM), ("room_keys", "keys")):
        body = {4: key(), 3: {"sessions": {}}, 2: {"rooms": {}}}[len(path)]
        with refused(403, "M_WRONG_ROOM_KEYS_VERSION") as refusal:
            alice.put(*path, body=body, version=first)
        assert refusal.body["current_version"] == second
    assert alice.get("room_keys", "keys", version=first) == {"rooms": {}}


def test_the_better_key_stays(alice):
    """Verified before not, then the lower index, then the fewer hands; whichever comes first."""
    version = create(alice)
    ranks = sorted(itertools.product([True, False], [0, 3], [0, 2]), key=lambda rank: (not rank[0], rank[1], rank[2]))
    values = [key(place, index, forwarded, verified) for place, (verified, index, forwarded) in enumerate(ranks)]
    for (i, one), (j, two) in itertools.product(enumerate(values), repeat=2):
        session = f"s{i}-{j}"
        etag = put(alice, version, session, one)["etag"]
        changed = put(alice, version, session, two)["etag"] != etag
        assert got(alice, version, session) == values[min(i, j)] and changed == (j < i), (one, two)


@pytest.mark.parametrize("change", [
    {"first_message_index": "0"}, {"first_message_index": -1}, {"forwarded_count": 1.5}, {"is_verified": 1}, {"session_data": "x"}])
def test_malformed_keys_are_refused_whole(alice, change):
    version = create(alice)
    with refused(400, "M_BAD_JSON"):
        alice.put("room_keys", "keys", ROOM, body={"sessions": {"good": key(), "bad": {**key(), **change}}}, version=version)
    assert alice.get("room_keys", "version")["count"] == 0


@pytest.mark.parametrize("name", ["first_message_index", "forwarded_count", "is_verified", "session_data"])
def test_keys_need_all_their_parts(alice, name):
    version = create(alice)
    with refused(400, ("M_MISSING_PARAM", "M_BAD_JSON")):
        put(alice, version, "s", {part: value for part, value in key().items() if part != name})


def test_the_version_must_be_named(alice):
    create(alice)
    for method, body in (("PUT", {"rooms": {}}), ("GET", None), ("DELETE", None)):
        with refused(400, "M_MISSING_PARAM"):
            alice.call(method, "room_keys", "keys", body=body)


def test_backups_belong_to_their_owner(alice, mallory):
    version = create(alice)
    put(alice, version, "s", key(1))
    with refused(404, "M_NOT_FOUND"):
        got(mallory, version, "s")
    own = create(mallory)
    assert mallory.get("room_keys", "keys", version=own) == {"rooms": {}}
    assert got(alice.second_device(), version, "s") == key(1)


def test_backups_need_a_token(nobody):
    for method, path in (("POST", "version"), ("GET", "version"), ("PUT", "keys"), ("GET", "keys"), ("DELETE", "keys")):
        with refused(401, "M_MISSING_TOKEN"):
            nobody.call(method, "room_keys", path, body={} if method != "GET" else None)


def test_a_backup_is_bounded(fresh):
    alice = fresh.user("alice")
    for _ in range(50):
        create(alice)
    with refused(413, "M_TOO_LARGE"):
        create(alice)
    with refused(413, "M_TOO_LARGE"):
        put(alice, alice.get("room_keys", "version")["version"], "s", {**key(), "session_data": {"x": "y" * 70_000}})


def test_a_backup_survives_a_kill(fresh):
    alice = fresh.user("alice")
    version = create(alice)
    etag = put(alice, version, "s", key(7))["etag"]
    fresh.kill()
    fresh.start()
    alice.http = fresh.http
    assert got(alice, version, "s") == key(7) and alice.get("room_keys", "version")["etag"] == etag


