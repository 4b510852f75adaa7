"""Aliases, the room directory and its search."""

import pytest

from conclave.client import unique
from conclave.errors import refused


def alias() -> str:
    return f"#{unique('alias')}:example.test"


def test_an_alias_is_made_found_and_deleted(alice, nobody):
    room, name = alice.create(), alias()
    alice.put("directory/room", name, body={"room_id": room})
    found = nobody.get("directory/room", name)
    assert found["room_id"] == room and "example.test" in found["servers"]
    alice.delete("directory/room", name)
    with refused(404, "M_NOT_FOUND"):
        nobody.get("directory/room", name)


@pytest.mark.parametrize("word", ["日本", "with space", "slash/inside", "ÜBER", "percent%25", "emoji🦊"])
def test_aliases_may_be_any_text(alice, word):
    room, name = alice.create(), f"#{word}{unique()}:example.test"
    alice.put("directory/room", name, body={"room_id": room})
    assert alice.get("directory/room", name)["room_id"] == room


def test_an_alias_in_use_is_a_conflict(alice):
    room, name = alice.create(), alias()
    alice.put("directory/room", name, body={"room_id": room})
    with refused(409, "M_UNKNOWN"):
        alice.put("directory/room", name, body={"room_id": alice.create()})


def test_all_aliases_of_a_room_are_listed_to_members(alice, bob, mallory):
    room, names = alice.room_with(bob), {alias(), alias()}
    for name in names:
        alice.put("directory/room", name, body={"room_id": room})
    assert set(bob.get("rooms", room, "aliases")["aliases"]) == names
    with refused(403, "M_FORBIDDEN"):
        mallory.get("rooms", room, "aliases")


def test_the_aliases_of_a_world_readable_room_are_listed_to_all(alice, mallory):
    room = alice.create(initial_state=[
        {"type": "m.room.history_visibility", "content": {"history_visibility": "world_readable"}}])
    name = alias()
    alice.put("directory/room", name, body={"room_id": room})
    assert mallory.get("rooms", room, "aliases")["aliases"] == [name]


def test_only_the_maker_or_the_powerful_delete_an_alias(alice, bob, mallory):
    room, name = alice.room_with(bob), alias()
    bob.put("directory/room", name, body={"room_id": room})
    with refused(403, "M_FORBIDDEN"):
        mallory.delete("directory/room", name)
    alice.delete("directory/room", name)


def test_deleting_what_is_not_there_is_not_found(alice):
    with refused(404, "M_NOT_FOUND"):
        alice.delete("directory/room", alias())


@pytest.mark.parametrize("name", ["nonsense", "#no-server", "!room:example.test"])
def test_nonsense_is_no_alias(alice, name):
    with refused((400, 404), ("M_INVALID_PARAM", "M_NOT_FOUND")):
        alice.get("directory/room", name)
    with refused(400, ("M_INVALID_PARAM", "M_UNKNOWN")):
        alice.put("directory/room", name, body={"room_id": alice.create()})


def test_an_alias_of_another_server_cannot_be_made(alice):
    with refused((400, 403)):
        alice.put("directory/room", "#here:elsewhere.example", body={"room_id": alice.create()})


@pytest.mark.parametrize("body", [{}, {"room_id": 5}, {"room_id": "nonsense"}], ids=["missing", "number", "nonsense"])
def test_malformed_alias_requests_are_refused(alice, body):
    with refused(400, ("M_MISSING_PARAM", "M_BAD_JSON", "M_INVALID_PARAM")):
        alice.put("directory/room", alias(), body=body)


def test_a_canonical_alias_can_be_set_once_it_points_here(alice):
    room, name = alice.create(), alias()
    alice.put("directory/room", name, body={"room_id": room})
    alice.set_state(room, "m.room.canonical_alias", {"alias": name, "alt_aliases": [name]})
    assert alice.state(room, "m.room.canonical_alias")["alias"] == name


def test_a_deleted_alias_is_no_canonical_alias_any_more(alice, bob):
    room, name, other = alice.room_with(bob), alias(), alias()
    for each in (name, other):
        bob.put("directory/room", each, body={"room_id": room})
    alice.set_state(room, "m.room.canonical_alias", {"alias": name, "alt_aliases": [name, other], "org.example.mine": 1})
    alice.delete("directory/room", name)
    assert alice.state(room, "m.room.canonical_alias") == {"alt_aliases": [other], "org.example.mine": 1}
    # Its maker may delete it, but not change the room's state.
    bob.delete("directory/room", other)
    assert alice.state(room, "m.room.canonical_alias") == {"alt_aliases": [other], "org.example.mine": 1}


# Public rooms ---------------------------------------------------------------------------------------------------------

def search(client, term: str, **body):
    return client.post("publicRooms", body={"filter": {"generic_search_term": term}, **body})["chunk"]


def test_a_published_room_is_found_with_its_description(alice, bob, nobody):
    word = unique("harbour")
    room = alice.room_with(bob, visibility="public", name=f"The {word}", topic="Ships", room_alias_name=word)
    found = [entry for entry in nobody.get("publicRooms", limit=1000)["chunk"] if entry["room_id"] == room]
    assert found and found[0]["name"] == f"The {word}" and found[0]["topic"] == "Ships"
    assert found[0]["num_joined_members"] == 2 and found[0]["canonical_alias"] == f"#{word}:example.test"
    assert found[0]["world_readable"] is False and found[0]["guest_can_join"] is False
    assert found[0].get("join_rule", "public") == "public"


def test_an_unpublished_room_is_not_listed(alice):
    word = unique("hidden")
    room = alice.create(preset="public_chat", name=word)
    assert room not in [entry["room_id"] for entry in search(alice, word)]


def test_publishing_and_withdrawing(alice):
    word = unique("shop")
    room = alice.create(preset="public_chat", name=word)
    for visibility, listed in [("public", True), ("private", False)]:
        alice.put("directory/list/room", room, body={"visibility": visibility})
        assert alice.get("directory/list/room", room) == {"visibility": visibility}
        assert (room in [entry["room_id"] for entry in search(alice, word)]) is listed


def test_publishing_needs_the_power(alice, bob, mallory):
    room = alice.room_with(bob)
    for person in (bob, mallory):
        with refused(403, "M_FORBIDDEN"):
            person.put("directory/list/room", room, body={"visibility": "public"})


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_listing_of_an_unknown_room_is_not_found(alice, method):
    with refused(404, "M_NOT_FOUND"):
        alice.call(method, "directory/list/room", "!" + "A" * 43, body={"visibility": "public"} if method == "PUT" else None)


def test_a_wrong_visibility_is_refused(alice):
    with refused(400, ("M_BAD_JSON", "M_INVALID_PARAM")):
        alice.put("directory/list/room", alice.create(), body={"visibility": "dusk"})


@pytest.mark.parametrize("where", ["name", "topic", "alias"])
def test_search_looks_into_name_topic_and_alias(alice, where):
    word = unique("needle")
    options = {"name": {"name": f"A {word.upper()} room"}, "topic": {"topic": f"about {word} things"}, "alias": {"room_alias_name": word}}
    room = alice.create(visibility="public", **options[where])
    assert [entry["room_id"] for entry in search(alice, word)] == [room]


def test_pages_of_public_rooms_add_up(alice):
    word = unique("page")
    rooms = {alice.create(visibility="public", name=f"{word} {n}") for n in range(5)}
    found, since = [], None
    for _ in range(5):
        body = {"filter": {"generic_search_term": word}, "limit": 2, **({"since": since} if since else {})}
        answer = alice.post("publicRooms", body=body)
        found += [entry["room_id"] for entry in answer["chunk"]]
        since = answer.get("next_batch")
        if not since:
            break
    assert sorted(found) == sorted(rooms)


def test_larger_rooms_come_first(alice, bob):
    word = unique("size")
    small = alice.create(visibility="public", name=word)
    large = alice.room_with(bob, visibility="public", name=word)
    assert [entry["room_id"] for entry in search(alice, word)] == [large, small]


def test_rooms_can_be_chosen_by_type(alice):
    word = unique("kind")
    plain = alice.create(visibility="public", name=word)
    space = alice.create(visibility="public", name=word, creation_content={"type": "m.space"})
    def of(types):
        answer = alice.post("publicRooms", body={"filter": {"generic_search_term": word, "room_types": types}})
        return {entry["room_id"] for entry in answer["chunk"]}
    assert of(["m.space"]) == {space} and of([None]) == {plain} and of([None, "m.space"]) == {plain, space}


@pytest.mark.parametrize("body", [{"limit": "two"}, {"filter": "x"}, {"filter": {"generic_search_term": 5}}, {"since": "made up"}],
                         ids=["limit", "filter", "term", "since"])
@pytest.mark.ours_only
def test_malformed_searches_are_refused(alice, body):
    with refused(400, ("M_BAD_JSON", "M_INVALID_PARAM")):
        alice.post("publicRooms", body=body)
