# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Requests, most of them hostile."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from green_telemetry.views.request import RefusedError, read_request, refuse_strange_host

END = b"\r\n\r\n"


def test_a_plain_get_is_understood() -> None:
    """Path and parameters decoded."""
    request = read_request(
        b"GET /v1/receipts/a%20b?wait_s=2&x=1&x=2 HTTP/1.1\r\nHost: localhost\r\nAccept: a/b" + END
    )

    assert (request.method, request.path, request.host, request.accept) == (
        "GET",
        "/v1/receipts/a b",
        "localhost",
        "a/b",
    )
    assert request.query == {"wait_s": "2", "x": "2"}
    assert request.keep_alive


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"POST /metrics HTTP/1.1\r\nHost: x", 405),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket", 400),
        (b"GET /?" + b"&".join(b"a%d=1" % number for number in range(20)) + b" HTTP/1.1\r\nHost: x", 400),
        (b"\x16\x03\x01\x02", 400),
    ],
)
def test_what_is_no_plain_get_is_refused(raw: bytes, status: int) -> None:
    """With the status that says why."""
    with pytest.raises(RefusedError) as refused:
        read_request(raw + END)

    assert refused.value.status == status


@given(st.binary(max_size=300))
def test_nothing_but_a_refusal_comes_of_noise(raw: bytes) -> None:
    """Whatever is sent."""
    with contextlib.suppress(RefusedError):
        read_request(raw + END)


@pytest.mark.parametrize(
    "host",
    [None, "", "localhost", "localhost:9838", "127.0.0.1:9838", "[::1]:9838", "::1", "10.0.0.7", "box.local"],
)
def test_this_machines_names_may_ask(host: str | None) -> None:
    """Addresses as well, which no web page can put in place of its own name."""
    refuse_strange_host(host, "127.0.0.1")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9838", "localhost.evil.example", "127.0.0.1.evil.example"]
)
def test_a_strange_name_may_not(host: str) -> None:
    """It might be a web page's, rebound to this machine."""
    with pytest.raises(RefusedError, match="is not one of this machine's"):
        refuse_strange_host(host, "127.0.0.1")


def test_the_name_that_was_configured_may_ask() -> None:
    """telemetry.listen can hold a name."""
    refuse_strange_host("metrics.example.org:9838", "metrics.example.org")
