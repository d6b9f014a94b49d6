# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Open pages, fast and slow."""

from __future__ import annotations

import asyncio

from green_proxy.gateway.page import MAX_WAITING, Page, encode_event
from green_proxy.gateway.pages import Pages
from unit.green_proxy.clients import Client


def test_an_event_is_two_lines_and_a_blank_one() -> None:
    """As browsers read them."""
    assert encode_event("proxy", b"{}") == b"event: proxy\ndata: {}\n\n"


def test_each_page_gets_the_same_and_a_late_one_what_still_holds() -> None:
    """The newest of each kind that lasts, in the order in which the kinds came."""

    async def play() -> tuple[bytes, bytes]:
        pages, early, late = Pages(), Client("early"), Client("late")
        pages.add(Page(early))  # type: ignore[arg-type]
        pages.tell("proxy", b"1")
        pages.tell("snapshot", b"2")
        pages.tell("receipt", b"3", lasting=False)
        pages.tell("proxy", b"4")
        pages.add(Page(late))  # type: ignore[arg-type]
        return early.body, late.body

    early, late = asyncio.run(play())

    assert early.count(b"event:") == 4
    assert late == encode_event("proxy", b"4") + encode_event("snapshot", b"2")


def test_who_is_no_longer_admitted_is_let_go() -> None:
    """The others stay."""

    async def play() -> list[bool]:
        pages, clients = Pages(), [Client("stays"), Client("goes")]
        for client in clients:
            pages.add(Page(client, lambda client=client: client.id == "stays"))  # type: ignore[arg-type, misc]
        pages.end_strangers()
        return [client.ended for client in clients]

    assert asyncio.run(play()) == [False, True]


def test_a_slow_page_gets_what_it_missed() -> None:
    """In order, once it reads again."""

    async def play() -> tuple[bytes, bytes]:
        client = Client("slow")
        page = Page(client)  # type: ignore[arg-type]
        client.press(slow=True)
        for number in b"1", b"2":
            page.tell(number)
        while_slow = client.body
        client.press(slow=False)
        return while_slow, client.body

    assert asyncio.run(play()) == (b"", b"12")


def test_a_page_that_takes_nothing_is_dropped() -> None:
    """Its connection is broken off, so that it comes back; who follows is told that it is gone."""

    async def play() -> Client:
        client = Client("deaf", pressed=True)
        page = Page(client)  # type: ignore[arg-type]
        for _ in range(MAX_WAITING + 1):
            page.tell(b"1")
        await asyncio.wait_for(page.until_gone(), 1)
        return client

    client = asyncio.run(play())

    assert client.broken
    assert client.body == b""


def test_a_page_that_is_closed_is_gone() -> None:
    """By its own side or by ours; ours ends the answer well."""

    async def play() -> list[bool]:
        left, ended = Client("left"), Client("ended")
        pages = [Page(left), Page(ended)]  # type: ignore[arg-type]
        left.lose()
        pages[1].end()
        await asyncio.wait_for(asyncio.gather(*(page.until_gone() for page in pages)), 1)
        return [ended.ended, ended.broken]

    assert asyncio.run(play()) == [True, False]
