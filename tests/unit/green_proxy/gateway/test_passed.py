# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The question that goes on to green-telemetry."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from green_proxy.fault import Fault
from green_proxy.gateway import passed
from green_proxy.gateway.passed import MOST_ENTRIES, Outlet, history_query
from unit.green_proxy.clients import Client


@pytest.mark.parametrize(
    ("asked", "goes_on"),
    [
        (b"", f"limit={MOST_ENTRIES}"),
        (b"limit=5&since=1", "limit=5&since=1"),
        (b"limit=99999999999999999999", f"limit={MOST_ENTRIES}"),
        (b"limit=", f"limit={MOST_ENTRIES}"),
        (b"limit=" + b"0" * 5000 + b"20001", f"limit={MOST_ENTRIES}"),
        (b"limit=007", "limit=7"),
        (b"limit=0", "limit=0"),
        (b"kind=receipt%7Cwindow&limit=1", "kind=receipt%7Cwindow&limit=1"),
        (b"kind=a%0d%0aX:1&limit=1", "kind=a%0D%0AX%3A1&limit=1"),
        (b"a=%ff&limit=1", "a=%EF%BF%BD&limit=1"),
    ],
)
def test_it_goes_on_with_a_bound(asked: bytes, goes_on: str) -> None:
    """What is wrong in it is telemetry's to say; nothing can leave the query."""
    assert history_query(b"/-/history?" + asked) == goes_on


@pytest.mark.parametrize("limit", [b"-1", b"%C2%B2", b"5_0000", b"%2B50000", b"1e9", b"nan"])
def test_a_limit_that_is_no_number(limit: bytes) -> None:
    """400: what Python would take for a number is none here."""
    with pytest.raises(Fault) as refused:
        history_query(b"/-/history?limit=" + limit)

    assert refused.value.status == 400


def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer breaks off, so that others can be answered."""
    monkeypatch.setattr(passed, "STALLED_S", 0.0)
    client = Client("slow", pressed=True)
    answer = httpx.Response(200, stream=httpx.ByteStream(b"{}\n" * 2))

    asyncio.run(Outlet(client).send(answer))  # type: ignore[arg-type]

    assert client.broken


def test_too_many_parameters() -> None:
    """400, before anybody is asked."""
    with pytest.raises(Fault) as refused:
        history_query(b"/-/history?" + b"&".join(b"a=1" for _ in range(17)))

    assert refused.value.status == 400
