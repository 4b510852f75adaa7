"""POST /search: what is found, in which order, with what around it; and what nobody may find."""

import pytest

from conclave.client import unique
from conclave.errors import refused

pytestmark = pytest.mark.filterwarnings("ignore")


def search(who, term, query=None, **criteria):
    body = {"search_categories": {"room_events": {"search_term": term, **criteria}}}
    return who.post("search", body=body, **(query or {}))["search_categories"]["room_events"]


def found(answer):
    return [entry["result"]["event_id"] for entry in answer["results"]]


def pages(who, term, token=None, **criteria):
    events = []
    while True:
        answer = search(who, term, {"next_batch": token} if token else None, **criteria)
        events += found(answer)
        if "next_batch" not in answer:
            return events
        token = answer["next_batch"]


def test_a_message_is_found_by_its_words(alice):
    room = alice.create(preset="private_chat")
    event = alice.send(room, "hello, world")
    answer = search(alice, "HELLO", keys=["content.body"], filter={"rooms": [room]})
    assert answer["count"] == 1 and found(answer) == [event] and "next_batch" not in answer
    result = answer["results"][0]["result"]
    assert result["room_id"] == room and result["content"]["body"] == "hello, world" and result["sender"] == alice.user
    assert answer["results"][0]["rank"] > 0
    assert answer["highlights"] == ["hello"]
    assert "context" not in answer["results"][0] and "state" not in answer and "groups" not in answer
    assert found(search(alice, "hell", filter={"rooms": [room]})) == []
    assert found(search(alice, "world hello", filter={"rooms": [room]})) == [event]
    assert found(search(alice, "hello moon", filter={"rooms": [room]})) == []


def test_chinese_japanese_and_korean_are_found_inside_sentences(alice):
    room = alice.create()
    chinese = alice.send(room, "今天的天气很好，我们去公园散步。")
    mixed = alice.send(room, "我的iPhone手机在哪里")
    korean = alice.send(room, "안녕하세요 세계")
    only = {"filter": {"rooms": [room]}}
    assert found(search(alice, "天气", **only)) == [chinese]
    assert found(search(alice, "天气很好", **only)) == [chinese]
    assert found(search(alice, "很好我们", **only)) == []
    assert found(search(alice, "园", **only)) == [chinese]
    assert found(search(alice, "iphone手机", **only)) == [mixed]
    assert found(search(alice, "ＩＰＨＯＮＥ", **only)) == [mixed]
    assert found(search(alice, "하세요", **only)) == [korean]


def test_accents_and_case_do_not_matter_and_are_highlighted_as_written(alice):
    room = alice.create()
    event = alice.send(room, "Die Straße zum Café")
    answer = search(alice, "STRASSE cafe", filter={"rooms": [room]})
    assert found(answer) == [event]
    assert {"strasse", "cafe", "straße", "café"} == set(answer["highlights"])


def test_names_and_topics_are_found_and_keys_narrow(alice):
    word = unique("needle")
    room = alice.create(name=f"room {word}", topic=f"topic {word}")
    message = alice.send(room, word)
    assert search(alice, word)["count"] == 3
    assert found(search(alice, word, keys=["content.body"])) == [message]
    kinds = {key: search(alice, word, keys=[key])["results"][0]["result"]["type"] for key in ("content.name", "content.topic")}
    assert kinds == {"content.name": "m.room.name", "content.topic": "m.room.topic"}
    assert search(alice, word, keys=[])["count"] == 0
    assert search(alice, word, filter={"types": ["m.room.t*"]})["count"] == 1
    assert search(alice, word, filter={"not_types": ["m.room.message"]})["count"] == 2


def test_the_surroundings_are_newest_first_before_and_oldest_first_after(alice):
    alice.put("profile", alice.user, "displayname", body={"displayname": "Alice then"})
    room = alice.create(preset="private_chat")
    events = [alice.send(room, f"Message number {number}") for number in range(1, 8)]
    alice.put("profile", alice.user, "displayname", body={"displayname": "Alice now"})
    answer = search(alice, "Message 4", order_by="recent", filter={"limit": 1, "rooms": [room]},
                    event_context={"before_limit": 2, "after_limit": 2, "include_profile": True})
    assert answer["count"] == 1
    context = answer["results"][0]["context"]
    assert [event["event_id"] for event in context["events_before"]] == [events[2], events[1]]
    assert [event["event_id"] for event in context["events_after"]] == [events[4], events[5]]
    assert context["profile_info"] == {alice.user: {"displayname": "Alice then"}}
    earlier = alice.messages(room, "b", 1, **{"from": context["start"]})["chunk"]
    later = alice.messages(room, "f", 1, **{"from": context["end"]})["chunk"]
    assert [earlier[0]["event_id"], later[0]["event_id"]] == [events[0], events[6]]
    usual = search(alice, "Message 4", filter={"rooms": [room]}, event_context={})["results"][0]["context"]
    assert len(usual["events_before"]) == 5 and len(usual["events_after"]) == 4 and "profile_info" not in usual


def test_pages_follow_each_other_to_the_end(alice):
    room = alice.create(preset="private_chat")
    events = [alice.send(room, f"Message number {number}") for number in range(20)]
    criteria = {"order_by": "recent", "filter": {"limit": 10, "rooms": [room]}}
    first = search(alice, "Message", **criteria)
    assert first["count"] == 20 and found(first) == events[:9:-1]
    second = search(alice, "Message", {"next_batch": first["next_batch"]}, **criteria)
    assert second["count"] == 20 and found(second) == events[9::-1]
    third = search(alice, "Message", {"next_batch": second["next_batch"]}, **criteria)
    assert third["count"] == 20 and third["results"] == [] and "next_batch" not in third
    assert pages(alice, "Message", filter={"limit": 3, "rooms": [room]}) == events


def test_rank_puts_the_closest_first(alice):
    room = alice.create()
    long = alice.send(room, "martians " + "and many other words that say nothing about it " * 4)
    short = alice.send(room, "martians martians")
    answer = search(alice, "martians", filter={"rooms": [room]})
    assert found(answer) == [short, long]
    assert answer["results"][0]["rank"] > answer["results"][1]["rank"]


def test_groups_say_what_is_in_them_and_go_on_by_themselves(alice, bob):
    one, two = alice.room_with(bob), alice.room_with(bob)
    word = unique("needle")
    sent = {(room, who.user): [who.send(room, word) for _ in range(3)] for room in (one, two) for who in (alice, bob)}
    criteria = {"order_by": "recent", "filter": {"limit": 4}, "groupings": {"group_by": [{"key": "room_id"}, {"key": "sender"}]}}
    groups = search(alice, word, **criteria)["groups"]
    assert set(groups) == {"room_id", "sender"}
    assert set(groups["room_id"]) == {two} and set(groups["sender"]) == {alice.user, bob.user}
    assert [groups["sender"][who.user]["order"] for who in (bob, alice)] == [1, 2]
    for key, group in [*groups["room_id"].items(), *groups["sender"].items()]:
        rest = pages(alice, word, group["next_batch"], **criteria)
        everything = [event for place, events in sent.items() if key in place for event in events]
        assert sorted(group["results"] + rest) == sorted(everything), key


def test_state_is_that_of_the_rooms_found(alice):
    word = unique("needle")
    room = alice.create(name="first name")
    alice.send(room, word)
    alice.set_state(room, "m.room.name", {"name": "second name"})
    state = search(alice, word, include_state=True)["state"]
    assert list(state) == [room]
    names = [event["content"]["name"] for event in state[room] if event["type"] == "m.room.name"]
    assert names == ["second name"]


@pytest.mark.parametrize("order", ["rank", "recent"])
def test_what_was_redacted_is_not_found(alice, order):
    room = alice.create(preset="private_chat")
    gone = alice.send(room, "This message is going to be redacted")
    kept = alice.send(room, "This message is not going to be redacted")
    alice.redact(room, gone, reason="testing")
    answer = search(alice, "redacted", keys=["content.body"], order_by=order, filter={"rooms": [room]})
    assert found(answer) == [kept] and answer["count"] == 1


def test_an_edit_is_found_by_its_new_words_and_the_original_by_its_own(alice):
    room = alice.create()
    original = alice.send(room, "orignal misspelling")
    edit = alice.send(room, content={
        "msgtype": "m.text", "body": "* corrected spelling", "m.new_content": {"msgtype": "m.text", "body": "corrected spelling"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": original}})
    assert found(search(alice, "corrected", filter={"rooms": [room]})) == [edit]
    assert found(search(alice, "orignal", filter={"rooms": [room]})) == [original]


def test_filters_choose_rooms_senders_and_links(alice, bob):
    word = unique("needle")
    one, two = alice.room_with(bob), alice.create()
    mine, his, other = alice.send(one, word), bob.send(one, word), alice.send(two, word)
    link = alice.send(one, content={"msgtype": "m.image", "body": word, "url": "mxc://example.test/a"})

    def chosen(**filter):
        return set(found(search(alice, word, filter=filter)))

    assert chosen() == {mine, his, other, link}
    assert chosen(rooms=[one]) == {mine, his, link}
    assert chosen(not_rooms=[one]) == {other}
    assert chosen(rooms=[one], not_rooms=[one]) == set()
    assert chosen(rooms=[]) == set() and chosen(rooms=["!nowhere:example.test"]) == set()
    assert chosen(senders=[bob.user]) == {his}
    assert chosen(not_senders=[bob.user]) == {mine, other, link}
    assert chosen(senders=[]) == set() and chosen(senders=["@nobody:example.test"]) == set()
    assert chosen(contains_url=True) == {link}
    assert chosen(contains_url=False) == {mine, his, other}


def test_nobody_finds_what_he_may_not_see(alice, bob, mallory):
    word = unique("needle")
    room = alice.create(preset="private_chat", initial_state=[
        {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}}])
    alice.send(room, f"{word} before")
    alice.act(room, "invite", bob)
    bob.join(room)
    seen = alice.send(room, f"{word} during")
    bob.leave(room)
    alice.send(room, f"{word} after")
    assert search(alice, word)["count"] == 3
    assert found(search(bob, word)) == [seen] and search(bob, word)["count"] == 1
    assert found(search(bob, word, filter={"rooms": [room]})) == [seen]
    for answer in (search(mallory, word), search(mallory, word, filter={"rooms": [room]}, include_state=True)):
        assert answer["count"] == 0 and answer["results"] == []
    alice.act(room, "invite", mallory)
    assert search(mallory, word)["count"] == 0
    bob.post("rooms", room, "forget")
    assert search(bob, word)["count"] == 0


def test_encrypted_rooms_and_ignored_people_are_left_out(alice, bob):
    word = unique("needle")
    room = alice.room_with(bob)
    bob.send(room, word)
    closed = alice.create(initial_state=[
        {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}])
    alice.send(closed, word)
    assert search(alice, word)["count"] == 1
    alice.put("user", alice.user, "account_data", "m.ignored_user_list", body={"ignored_users": {bob.user: {}}})
    assert search(alice, word)["count"] == 0


def test_a_room_is_searched_with_the_ones_that_it_replaced(alice):
    old = alice.create(preset="private_chat")
    before = alice.send(old, "Message before upgrade")
    new = alice.create(preset="private_chat", creation_content={"predecessor": {"room_id": old, "event_id": before}})
    after = alice.send(new, "Message after upgrade")
    assert found(search(alice, "upgrade", filter={"rooms": [new]})) == [before, after]
    assert found(search(alice, "upgrade", filter={"rooms": [old, new]})) == [before, after]


def test_nothing_to_search_for_finds_nothing(alice):
    for term in ("", "…", " \t\n"):
        answer = search(alice, term)
        assert answer["count"] == 0 and answer["results"] == []
    assert alice.post("search", body={"search_categories": {}}) == {"search_categories": {}}


@pytest.mark.parametrize("criteria, errcode", [
    ({}, "M_MISSING_PARAM"),
    ({"search_term": 5}, "M_BAD_JSON"),
    ({"search_term": "x" * 3_000}, "M_INVALID_PARAM"),
    ({"search_term": "x", "keys": "content.body"}, "M_BAD_JSON"),
    ({"search_term": "x", "keys": ["content.secret"]}, "M_INVALID_PARAM"),
    ({"search_term": "x", "order_by": "best"}, "M_INVALID_PARAM"),
    ({"search_term": "x", "order_by": 1}, "M_BAD_JSON"),
    ({"search_term": "x", "filter": []}, "M_BAD_JSON"),
    ({"search_term": "x", "filter": {"limit": "many"}}, "M_BAD_JSON"),
    ({"search_term": "x", "filter": {"rooms": [1]}}, "M_BAD_JSON"),
    ({"search_term": "x", "event_context": {"before_limit": -1}}, "M_INVALID_PARAM"),
    ({"search_term": "x", "event_context": {"include_profile": "yes"}}, "M_BAD_JSON"),
    ({"search_term": "x", "include_state": 1}, "M_BAD_JSON"),
    ({"search_term": "x", "groupings": {"group_by": ["room_id"]}}, "M_BAD_JSON"),
    ({"search_term": "x", "groupings": {"group_by": [{"key": "colour"}]}}, "M_INVALID_PARAM"),
])
def test_wrong_criteria_are_refused(alice, criteria, errcode):
    with refused(400, errcode):
        alice.post("search", body={"search_categories": {"room_events": criteria}})


def test_wrong_requests_are_refused(alice, nobody):
    with refused(400, "M_MISSING_PARAM"):
        alice.post("search", body={})
    with refused(400, "M_BAD_JSON"):
        alice.post("search", body={"search_categories": []})
    with refused(400, "M_NOT_JSON"):
        alice.call("POST", "search", raw=b"{nonsense")
    with refused(400, "M_INVALID_PARAM"):
        search(alice, "x", {"next_batch": "nonsense"})
    with refused(401, "M_MISSING_TOKEN"):
        nobody.post("search", body={"search_categories": {"room_events": {"search_term": "x"}}})
