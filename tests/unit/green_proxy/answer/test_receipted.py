# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers that wait for their receipts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from green_proxy.answer.receipted import Receipted
from unit.green_proxy.clients import Client

JSON_HEAD = [(b"content-type", b"application/json"), (b"content-length", b"9")]
WHOLE = b'{"a": 1}'


class Receipts:
    """Has one for each request, once it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.may = asyncio.Event()

    async def of(self, request: str) -> dict[str, Any]:
        self.asked += 1
        await self.may.wait()
        return {"request": request, "energy_j": 2.5}


def answered(client: Client, receipts: Receipts, *, status: int = 200, body: bytes = WHOLE) -> Receipted:
    receipted = Receipted(client, receipts)  # type: ignore[arg-type]
    receipted.start(status, JSON_HEAD)
    receipted.write(body)
    receipted.end()
    return receipted


def test_the_rest_goes_out_with_the_receipt() -> None:
    """All but the last brace is there before, and no length that would be wrong."""

    async def play() -> None:
        client, receipts = Client("one"), Receipts()
        receipted = answered(client, receipts)
        assert (client.body, client.ended) == (b'{"a": 1', False)
        assert b"content-length" not in client.headers

        receipts.may.set()
        await receipted.told()

        assert json.loads(client.body) == {"a": 1, "green": {"request": "one", "energy_j": 2.5}}
        assert client.ended

    asyncio.run(play())


@pytest.mark.parametrize(("status", "body"), [(404, WHOLE), (200, b"[1]")])
def test_what_has_no_receipt_waits_for_none(status: int, body: bytes) -> None:
    """Errors, and answers without an object."""

    async def play() -> None:
        client, receipts = Client("one"), Receipts()
        await answered(client, receipts, status=status, body=body).told()

        assert (client.body, client.ended, receipts.asked) == (body, True, 0)

    asyncio.run(play())


def test_an_encoded_answer_passes_as_it_is() -> None:
    """Nothing can be added to it."""

    async def play() -> None:
        client = Client("one")
        receipted = Receipted(client, Receipts())  # type: ignore[arg-type]
        receipted.start(200, [*JSON_HEAD, (b"content-encoding", b"gzip")])
        receipted.write(WHOLE)
        receipted.end()

        assert (client.body, client.headers[b"content-length"], client.ended) == (WHOLE, b"9", True)

    asyncio.run(play())


@pytest.mark.parametrize("waiting", [False, True])
def test_at_the_stop_nothing_waits(waiting: bool) -> None:
    """Whether the answer had ended by itself or is cut now: it goes out whole and at once."""

    async def play() -> None:
        client, receipts = Client("one"), Receipts()
        if waiting:
            receipted = answered(client, receipts)
            client.cut()
        else:
            receipted = Receipted(client, receipts)  # type: ignore[arg-type]
            receipted.start(200, JSON_HEAD)

            def last_words() -> None:
                receipted.write(WHOLE)
                receipted.end()

            receipted.on_cut(last_words)
            client.cut()

        assert json.loads(client.body)["green"] == {"request": "one", "receipt": "pending"}
        assert client.ended
        await receipted.told()
        assert receipts.asked == 0

    asyncio.run(play())


def test_for_a_client_that_has_gone_nothing_is_asked() -> None:
    """Nobody would read it."""

    async def play() -> None:
        client, receipts = Client("one"), Receipts()
        receipted = answered(client, receipts)
        client.lose()
        await receipted.told()

        assert receipts.asked == 0

    asyncio.run(play())
