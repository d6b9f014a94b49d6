# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A request's wait for lowered clocks."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import pytest

from green_common.feed.messages import Granted, Hold, Park, Parked, ParkRefused, Refused, Released
from green_common.feed.peer import Peer
from green_proxy.feed.feed import Feed


class Holder:
    """A reader that may hold clocks."""

    peer = Peer(os.getpid(), os.geteuid(), os.getegid())

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def send(self, message: Any) -> None:
        self.heard.append(message)


def held() -> tuple[Feed, Any]:
    feed, holder = Feed(lambda *_: None), Holder()
    feed.reader_said(holder, Hold(7))  # type: ignore[arg-type]
    assert holder.heard == [Granted(7)]
    return feed, holder


@pytest.mark.parametrize("turns", range(4))
def test_a_client_that_leaves_at_the_moment_of_the_release_has_left(turns: int) -> None:
    """Its request must not go on, however the two fall together."""

    async def scene() -> bool:
        feed, holder = held()
        went_on = []

        async def request() -> None:
            await feed.clocks_free(time.monotonic(), 10.0)
            await asyncio.sleep(0)
            went_on.append(1)

        waiting = asyncio.ensure_future(request())
        for _ in range(3):
            await asyncio.sleep(0)
        feed.reader_said(holder, Released(7))
        for _ in range(turns):
            await asyncio.sleep(0)
        there = not waiting.done()
        waiting.cancel()
        await asyncio.wait({waiting})
        return there and bool(went_on)

    assert not asyncio.run(scene())


def test_a_request_waits_no_longer_than_it_may() -> None:
    """Its body's time counts: what arrived long ago goes on at once."""

    async def scene() -> float:
        feed, _ = held()
        began_s = time.monotonic()
        await feed.clocks_free(began_s - 60.0, 10.0)
        return time.monotonic() - began_s

    assert asyncio.run(scene()) < 1.0


def test_no_hold_is_granted_during_a_load() -> None:
    """Nobody waits for it any more, and yet the GPU works; parking the model would abort it."""
    parked: list[str] = []
    feed, holder = Feed(lambda model, _: parked.append(model)), Holder()
    feed.activity.forwarded("g1", (), "m", 1.0)
    feed.activity.load_started("g1", 1.0)

    feed.reader_said(holder, Hold(7))  # type: ignore[arg-type]
    feed.reader_said(holder, Park("m"))  # type: ignore[arg-type]

    assert holder.heard == [Refused(7, "1 in flight"), ParkRefused("m", "1 in flight")]
    assert parked == []


@pytest.mark.parametrize(
    ("refused", "heard", "published"),
    [("pinned", [ParkRefused("m", "pinned")], []), ("", [], [Parked("m")])],
)
def test_who_parks_is_answered(refused: str, heard: list[Any], published: list[Any]) -> None:
    """A refusal concerns the one that asked; that the model is gone, everybody."""
    said: list[Any] = []
    feed, holder = Feed(lambda _, tell: tell(refused)), Holder()
    feed.publish = said.append  # type: ignore[assignment, method-assign]

    feed.reader_said(holder, Park("m"))  # type: ignore[arg-type]

    assert (holder.heard, said) == (heard, published)
