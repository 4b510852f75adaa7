"""The rooms that two people share."""

from conclave.errors import refusal

MUTUAL = "/_matrix/client/v1/mutual_rooms"


def mutual(client, other, **query):
    return client.get(MUTUAL, user_id=other.user, **query)


def test_only_rooms_in_which_both_are_joined(alice, bob, carol):
    both = [alice.room_with(bob, preset="public_chat") for _ in range(3)]
    alice.create(bob)
    left = alice.room_with(bob, preset="public_chat")
    bob.leave(left)
    bob.create()
    alice.room_with(carol)
    assert sorted(mutual(alice, bob)["joined"]) == sorted(both) and mutual(alice, bob)["count"] == 3
    assert sorted(mutual(bob, alice)["joined"]) == sorted(both)
    assert mutual(bob, carol) == {"joined": [], "count": 0}
    assert "next_batch" not in mutual(alice, bob)


def test_nobody_known_shares_nothing(alice):
    assert alice.get(MUTUAL, user_id="@nobody-at-all:" + alice.user.split(":", 1)[1]) == {"joined": [], "count": 0}
    assert alice.get(MUTUAL, user_id="@somebody:elsewhere.example") == {"joined": [], "count": 0}


def test_pages_have_every_room_once(alice, bob):
    rooms = [alice.room_with(bob, preset="public_chat") for _ in range(103)]
    first = mutual(alice, bob)
    assert len(first["joined"]) == 100 and first["count"] == 103
    second = mutual(alice, bob, **{"from": first["next_batch"]})
    assert "next_batch" not in second and second["count"] == 103
    assert sorted(first["joined"] + second["joined"]) == sorted(rooms)


def test_what_is_wrong_is_refused(alice, bob, mallory, nobody):
    room = alice.create()
    assert refusal(alice, "GET", MUTUAL) == (400, "M_MISSING_PARAM")
    assert refusal(alice, "GET", MUTUAL, user_id="nonsense") == (400, "M_INVALID_PARAM")
    assert refusal(alice, "GET", MUTUAL, user_id=alice.user) == (400, "M_INVALID_PARAM")
    assert refusal(alice, "GET", MUTUAL, user_id=bob.user, **{"from": "nonsense"}) == (400, "M_INVALID_PARAM")
    assert refusal(mallory, "GET", MUTUAL, user_id=bob.user, **{"from": room}) == (400, "M_INVALID_PARAM")
    assert refusal(nobody, "GET", MUTUAL, user_id=bob.user) == (401, "M_MISSING_TOKEN")
