"""Search over a corpus of two languages: whether it finds what looking through every text finds, and how fast."""

from __future__ import annotations

import json
import random
import time

from conclave.client import Client, unique
from conclave.server import Conclave

SYLLABLES = ["ba", "len", "to", "mi", "ster", "ka", "vo", "rin", "du", "pel", "sha", "gor"]
CHARACTERS = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
PATH = "/_matrix/client/v3/search"


def vocabulary(dice: random.Random) -> list[str]:
    words = sorted({"".join(dice.choices(SYLLABLES, k=dice.randint(1, 4))) for _ in range(6_000)})
    dice.shuffle(words)
    return words


def sentence(dice: random.Random, words: list[str], weights: list[float]) -> str:
    if dice.random() < 0.4:
        return "".join(dice.choices(CHARACTERS, k=dice.randint(6, 24)))
    return " ".join(dice.choices(words, cum_weights=weights, k=dice.randint(3, 14)))


def holds(text: str, term: str) -> bool:
    """Whether a text holds a term: words whole, Chinese anywhere."""
    return term in text if term[0] in CHARACTERS else term in text.split()


def search(bench, people: list[Client]) -> None:
    """Fills 50 rooms, waits until all of it is indexed, compares the hits of some terms and times many."""
    if not isinstance(bench.server, Conclave):
        return
    dice = random.Random(7)
    words = vocabulary(dice)
    weights, sum_ = [], 0.0
    for rank in range(len(words)):
        weights.append(sum_ := sum_ + 1 / (rank + 2))
    reader = bench.server.user("searcher")
    rooms = [reader.create() for _ in range(50)]
    texts = [sentence(dice, words, weights) for _ in range(bench.size.corpus)]
    plan = [("PUT", f"/_matrix/client/v3/rooms/{dice.choice(rooms)}/send/m.room.message/{unique('c')}", reader.token,
             json.dumps({"msgtype": "m.text", "body": text}, ensure_ascii=False)) for text in texts]
    assert not bench.load("play", plan, 50)["errors"]
    began = time.monotonic()
    while waiting(bench.server) > 4_096:
        time.sleep(0.2)
    bench.results["index behind the last send, s"] = time.monotonic() - began
    terms = [dice.choice(texts) for _ in range(bench.size.searches)]
    terms = [(lambda at: text[at:at + 2])(dice.randrange(len(text) - 1)) if text[0] in CHARACTERS else dice.choice(text.split())
             for text in terms]
    for term in dice.sample(terms, 20):
        found, expected = hits(reader, rooms, term), sum(holds(text, term) for text in texts)
        assert found == expected, f"{term}: {found} hits of {expected}"
    for name, order in ("newest first", "recent"), ("best first", "rank"):
        plan = [("POST", PATH, reader.token, json.dumps(wish(term, rooms, order), ensure_ascii=False)) for term in terms]
        answer = bench.load("play", plan, 1)
        assert not answer["errors"]
        bench.results[f"search of {len(texts):,}, {name}, p50 ms"] = answer["p50_ms"]
        bench.results[f"search of {len(texts):,}, {name}, p95 ms"] = answer["p95_ms"]


def waiting(server: Conclave) -> int:
    """How many positions are not indexed; below some thousand they are not worth a write, and are looked through."""
    status = json.loads(server.run("search", "status", "--json").stdout)
    return status["newest"] - status["indexed"]


def wish(term: str, rooms: list[str], order: str, limit: int = 10) -> dict:
    return {"search_categories": {"room_events": {
        "search_term": term, "order_by": order, "filter": {"limit": limit, "rooms": rooms}}}}


def hits(reader: Client, rooms: list[str], term: str) -> int:
    """How many different events are found, over all pages."""
    found: list[str] = []
    batch = None
    while True:
        answer = reader.post(PATH, body=wish(term, rooms, "recent", 500), next_batch=batch)
        events = answer["search_categories"]["room_events"]
        found += [result["result"]["event_id"] for result in events["results"]]
        batch = events.get("next_batch")
        if batch is None:
            assert len(found) == len(set(found)), term
            return len(found)
