# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which flight a newcomer joins, and which one it takes the place of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from green_common.config import ShapingConfig
from green_proxy.answer.flight import MAX_LISTENERS
from green_proxy.answer.listener import Listener
from green_proxy.fault import Fault
from green_proxy.request.identity import Identity
from green_proxy.shaping.merge import Offer, Verdict, offer_of
from green_proxy.shaping.merges import Merges
from unit.green_proxy.clients import Client, Request, WrittenFeed, settle

SHAPING = ShapingConfig()
IN_CHAT = Identity("10.0.0.7", own=False, conversation="chat-1")
DECIDED: dict[str, Any] = {"options": {"temperature": 0}}
STREAM = [(b"content-type", b"application/x-ndjson")]
LONG = "x" * 10_000


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


class Talk:
    """One conversation's requests, each entered as it comes."""

    def __init__(self) -> None:
        self.feed = WrittenFeed()
        self.merges = Merges()
        self.arrived = 0

    async def fly(self, *messages: Any, at_s: float = 0.0, **fields: Any) -> tuple[Request, Verdict | None]:
        """A request with a flight of its own."""
        self.arrived += 1
        client = Client(f"r{self.arrived}")
        one = await Request(self.feed, client, messages=list(messages), **fields).airborne()
        offer = offer_of(one.call, IN_CHAT, at_s)
        verdict = self.merges.take_over(offer, one.flight, SHAPING)
        offer = verdict.offer if verdict else offer
        self.merges.enter(offer, one.flight)
        one.task.add_done_callback(lambda _: self.merges.forget(offer, one.flight))
        return one, verdict

    def join(self, like: Request) -> Client | None:
        """An identical request; None where it found no flight."""
        self.arrived += 1
        client = Client(f"r{self.arrived}")
        offer = offer_of(like.call, IN_CHAT, 0)
        if not self.merges.join(offer, Listener(client)):  # type: ignore[arg-type]
            return None
        self.feed.activity.accepted(client.id, "/api/chat")
        return client


def scene(play: Callable[[Talk], Awaitable[None]]) -> None:
    async def whole() -> None:
        talk = Talk()
        await play(talk)
        await settle()
        assert vars(talk.merges)["_identical"] == {}
        assert vars(talk.merges)["_conversations"] == {}
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


async def answer(request: Request) -> None:
    request.flight.forward()
    request.flight.head(200, STREAM)
    request.flight.chunk(b'{"done":true}\n')
    request.flight.end()
    await request.landed()


def test_an_identical_request_shares_the_generation() -> None:
    """Its client learns whose it is."""

    async def play(talk: Talk) -> None:
        one, _ = await talk.fly(user("hello"), **DECIDED)
        other = talk.join(one)
        assert other is not None
        await answer(one)

        assert other.body == one.client.body == b'{"done":true}\n'
        assert other.headers[b"X-Green-Merge"] == b"identical; first=r1"
        assert talk.merges.counts["merged_identical_total"] == 1

    scene(play)


def test_a_flight_that_was_just_given_up_is_not_joined() -> None:
    """Its task has yet to hear of it: who comes now needs a flight of its own, which can be joined."""

    async def play(talk: Talk) -> None:
        one, _ = await talk.fly(user("hello"), **DECIDED)
        one.client.lose()

        assert talk.join(one) is None
        two = Request(talk.feed, Client("two"), messages=[user("hello")], **DECIDED)
        offer = offer_of(two.call, IN_CHAT, 0)
        await two.airborne()
        talk.merges.enter(offer, two.flight)
        await settle()
        assert one.given_up
        assert talk.join(two) is not None
        await answer(two)
        talk.merges.forget(offer, two.flight)

    scene(play)


def test_a_flight_that_was_just_given_up_is_not_taken_over() -> None:
    """There is nobody to take over from."""

    async def play(talk: Talk) -> None:
        one, _ = await talk.fly(user("hello"))
        one.client.lose()
        two, verdict = await talk.fly(user("hello"), {"role": "assistant", "content": "hi"}, user("more"))

        assert verdict is None
        assert talk.merges.counts["merged_superseded_total"] == 0
        await answer(two)

    scene(play)


def test_a_flight_that_moved_is_not_joined() -> None:
    """A request like the older one has its own answer, or comes to the newer one's by itself."""

    async def play(talk: Talk) -> None:
        one, _ = await talk.fly(user(LONG), **DECIDED)
        two, verdict = await talk.fly(user(LONG), user("more"), **DECIDED)

        assert verdict is not None
        assert verdict.kind == "superseded"
        assert talk.join(one) is None
        await answer(two)
        assert one.client.body == two.client.body
        assert one.client.headers[b"X-Green-Merge"] == b"superseded; newest=r2"
        assert two.client.headers[b"X-Green-Merge"] == b"superseded; requests=2"

    scene(play)


def test_short_messages_become_one_turn() -> None:
    """Each waits for one more within the window, and all get the one answer."""

    async def play(talk: Talk) -> None:
        requests = []
        for at, text in enumerate(("hello", "are you", "there")):
            one, verdict = await talk.fly(user(text), at_s=at * 0.1)
            requests.append(one)
            assert (verdict is None) is (at == 0)
            await settle()
        assert verdict is not None
        assert verdict.offer.conversation is not None
        assert verdict.offer.conversation.as_one_turn == [user("hello\nare you\nthere")]
        await answer(requests[-1])

        assert {one.client.body for one in requests} == {b'{"done":true}\n'}
        assert [one.given_up for one in requests] == [True, True, False]
        assert talk.feed.activity.in_flight == 0

    scene(play)


def test_an_answer_that_has_begun_ends_early() -> None:
    """Where the newer request holds all of the older one."""

    async def play(talk: Talk) -> None:
        one, _ = await talk.fly(user("hello"))
        one.flight.forward()
        one.flight.head(200, STREAM)
        two, verdict = await talk.fly(user("hello"), user("more"))
        await settle()

        assert verdict is not None
        assert one.given_up
        assert one.client.ended
        assert not one.client.broken
        await answer(two)

    scene(play)


def test_no_more_requests_share_a_generation_than_the_feed_can_name() -> None:
    """The next one begins another, which those after it share."""

    async def play(talk: Talk) -> None:
        flown = [await talk.fly(user(str(number)), at_s=number / 1000) for number in range(MAX_LISTENERS + 2)]
        requests = [one for one, _ in flown]
        await settle()

        assert [verdict is None for _, verdict in flown] == [
            number in (0, MAX_LISTENERS) for number in range(MAX_LISTENERS + 2)
        ]
        assert len(requests[MAX_LISTENERS - 1].flight.listeners) == MAX_LISTENERS
        await answer(requests[MAX_LISTENERS - 1])
        await answer(requests[-1])
        assert all(one.client.ended for one in requests)

    scene(play)


def test_requests_without_anything_to_compare_leave_no_trace() -> None:
    """Nothing is remembered of strangers."""

    async def play(talk: Talk) -> None:
        one = await Request(talk.feed, Client("one")).airborne()
        talk.merges.enter(Offer(), one.flight)

        assert not talk.merges.join(Offer(), Listener(Client("two")))  # type: ignore[arg-type]
        assert talk.merges.take_over(Offer(), one.flight, SHAPING) is None
        one.flight.fail(Fault(502, "no"))
        await one.landed()

    scene(play)
