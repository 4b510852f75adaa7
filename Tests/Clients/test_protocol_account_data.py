"""What a person stores for themselves: account data, tags, filters."""

import pytest

from conclave.errors import refused
from conclave.sections import global_data, room_data

CONTENTS = [{}, {"a": {"b": [1, 2, "x"]}}, {"text": "日本 🦊"}]


@pytest.mark.parametrize("content", CONTENTS, ids=["empty", "nested", "unicode"])
def test_global_data_is_kept_and_syncs(alice, content):
    alice.next()
    alice.put("user", alice.user, "account_data", "org.example.settings", body=content)
    assert alice.get("user", alice.user, "account_data", "org.example.settings") == content
    assert global_data(alice.next(), "org.example.settings") == content
    assert global_data(alice.sync(full_state=True), "org.example.settings") == content


@pytest.mark.parametrize("content", CONTENTS, ids=["empty", "nested", "unicode"])
def test_room_data_is_kept_and_syncs(alice, content):
    room = alice.create()
    alice.next()
    where = ("user", alice.user, "rooms", room, "account_data", "org.example.settings")
    alice.put(*where, body=content)
    assert alice.get(*where) == content
    assert room_data(alice.next(), room, "org.example.settings") == content
    assert room_data(alice.sync(full_state=True), room, "org.example.settings") == content


def test_another_device_hears_of_it(alice):
    other = alice.second_device()
    other.next()
    alice.put("user", alice.user, "account_data", "m.direct", body={"@bob:example.test": ["!a:example.test"]})
    assert global_data(other.until(lambda answer: global_data(answer, "m.direct")), "m.direct")


def test_the_last_value_wins(alice):
    for n in range(3):
        alice.put("user", alice.user, "account_data", "org.example.n", body={"n": n})
    assert global_data(alice.sync(), "org.example.n") == {"n": 2}


def test_data_never_set_is_not_found(alice):
    room = alice.create()
    with refused(404, "M_NOT_FOUND"):
        alice.get("user", alice.user, "account_data", "org.example.none")
    with refused(404, "M_NOT_FOUND"):
        alice.get("user", alice.user, "rooms", room, "account_data", "org.example.none")


def test_global_and_room_data_of_one_type_are_apart(alice):
    room = alice.create()
    alice.put("user", alice.user, "account_data", "org.example.x", body={"where": "global"})
    alice.put("user", alice.user, "rooms", room, "account_data", "org.example.x", body={"where": "room"})
    assert alice.get("user", alice.user, "account_data", "org.example.x") == {"where": "global"}
    assert alice.get("user", alice.user, "rooms", room, "account_data", "org.example.x") == {"where": "room"}


@pytest.mark.parametrize("type", ["m.fully_read", "m.push_rules"])
def test_what_the_server_manages_is_not_set_here(alice, type):
    where = ("rooms", alice.create(), "account_data", type) if type == "m.fully_read" else ("account_data", type)
    with refused(405, "M_BAD_JSON"):
        alice.put("user", alice.user, *where, body={"event_id": "$x"})


def test_nobody_reads_or_writes_anothers_data(alice, mallory):
    alice.put("user", alice.user, "account_data", "org.example.secret", body={"a": 1})
    with refused(403, "M_FORBIDDEN"):
        mallory.get("user", alice.user, "account_data", "org.example.secret")
    with refused(403, "M_FORBIDDEN"):
        mallory.put("user", alice.user, "account_data", "org.example.secret", body={"a": 2})
    room = alice.create()
    with refused(403, "M_FORBIDDEN"):
        mallory.put("user", alice.user, "rooms", room, "account_data", "org.example.secret", body={})


@pytest.mark.parametrize("room", ["nonsense", "@alice:example.test"])
def test_a_malformed_room_is_refused(alice, room):
    with refused(400, "M_INVALID_PARAM"):
        alice.put("user", alice.user, "rooms", room, "account_data", "org.example.a", body={})


# Tags -----------------------------------------------------------------------------------------------------------------

def test_tags_are_set_listed_and_removed(alice):
    room = alice.create()
    where = ("user", alice.user, "rooms", room, "tags")
    assert alice.get(*where) == {"tags": {}}
    alice.put(*where, "m.favourite", body={"order": 0.25})
    alice.put(*where, "u.work", body={})
    assert alice.get(*where) == {"tags": {"m.favourite": {"order": 0.25}, "u.work": {}}}
    alice.delete(*where, "u.work")
    assert alice.get(*where) == {"tags": {"m.favourite": {"order": 0.25}}}


def test_tags_arrive_by_sync_as_room_data(alice):
    room = alice.create()
    alice.next()
    alice.put("user", alice.user, "rooms", room, "tags", "m.lowpriority", body={"order": 0.5})
    assert room_data(alice.next(), room, "m.tag") == {"tags": {"m.lowpriority": {"order": 0.5}}}
    alice.delete("user", alice.user, "rooms", room, "tags", "m.lowpriority")
    assert room_data(alice.next(), room, "m.tag") == {"tags": {}}


def test_removing_a_tag_that_is_not_there_is_no_error(alice):
    alice.delete("user", alice.user, "rooms", alice.create(), "tags", "u.none")


@pytest.mark.parametrize("tag", ["u.日本", "u.with space", "u.slash/inside", "m.favourite"])
def test_tags_survive_the_way_through_the_url(alice, tag):
    room = alice.create()
    alice.put("user", alice.user, "rooms", room, "tags", tag, body={})
    assert list(alice.get("user", alice.user, "rooms", room, "tags")["tags"]) == [tag]


def test_tags_are_private(alice, bob, mallory):
    room = alice.room_with(bob)
    alice.put("user", alice.user, "rooms", room, "tags", "u.mine", body={})
    assert bob.get("user", bob.user, "rooms", room, "tags") == {"tags": {}}
    for method in ("GET", "PUT", "DELETE"):
        where = ("user", alice.user, "rooms", room, "tags", *([] if method == "GET" else ["u.mine"]))
        with refused(403, "M_FORBIDDEN"):
            mallory.call(method, *where, body={} if method == "PUT" else None)


@pytest.mark.ours_only
def test_an_order_that_is_no_number_is_refused(alice):
    with refused(400, ("M_BAD_JSON", "M_INVALID_PARAM")):
        alice.put("user", alice.user, "rooms", alice.create(), "tags", "u.x", body={"order": "first"})


# Filters --------------------------------------------------------------------------------------------------------------

FILTER = {"room": {"timeline": {"limit": 5, "types": ["m.room.*"]}, "state": {"lazy_load_members": True}}, "event_fields": ["type", "content"]}


def test_a_filter_is_kept_and_given_back(alice):
    found = alice.post("user", alice.user, "filter", body=FILTER)["filter_id"]
    assert found and not found.startswith("{")
    assert alice.get("user", alice.user, "filter", found) == FILTER


def test_a_filter_can_be_used_by_its_id(alice):
    room = alice.create()
    for n in range(4):
        alice.send(room, f"{n}")
    found = alice.post("user", alice.user, "filter", body={"room": {"timeline": {"limit": 2}}})["filter_id"]
    assert len(alice.sync(filter=found)["rooms"]["join"][room]["timeline"]["events"]) == 2


def test_an_unknown_filter_is_not_found(alice):
    with refused(404, "M_NOT_FOUND"):
        alice.get("user", alice.user, "filter", "987654")


def test_filters_are_private(alice, mallory):
    found = alice.post("user", alice.user, "filter", body=FILTER)["filter_id"]
    with refused((403, 404)):
        mallory.get("user", alice.user, "filter", found)
    with refused(403, "M_FORBIDDEN"):
        mallory.post("user", alice.user, "filter", body=FILTER)


@pytest.mark.parametrize("body", [
    {"room": 5}, {"room": {"timeline": {"limit": "many"}}}, {"room": {"timeline": {"types": "m.room.message"}}},
    {"event_format": "poem"}, {"room": {"rooms": ["nonsense", 5]}}, {"event_fields": "content"},
    {"presence": {"senders": [5]}}, {"room": {"include_leave": "yes"}}, {"room": {"timeline": {"rooms": ["not_a_room_id"]}}},
    {"room": {"timeline": {"not_senders": ["not_a_sender_id"]}}}],
    ids=["room-number", "limit-word", "types-string", "format", "rooms", "fields", "senders", "leave", "room-id", "user-id"])
def test_malformed_filters_are_refused(alice, body):
    with refused(400, ("M_BAD_JSON", "M_INVALID_PARAM")):
        alice.post("user", alice.user, "filter", body=body)
