# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Headers that pass, and those that end at the proxy."""

from __future__ import annotations

from green_proxy.headers import end_to_end, to_client, to_upstream


def test_hop_by_hop_headers_end_here() -> None:
    """Headers of one connection, and those that Connection names, are not passed on."""
    headers = [
        (b"Connection", b"close, X-Secret"),
        (b"X-Secret", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Proxy-Authorization", b"Basic x"),
        (b"TE", b"trailers"),
        (b"Upgrade", b"h2c"),
        (b"Accept", b"*/*"),
    ]

    assert end_to_end(headers) == [(b"Accept", b"*/*")]


def test_order_and_doubles_stay() -> None:
    """Headers that come twice leave twice, in their order."""
    headers = [(b"Set-Cookie", b"a=1"), (b"X", b"2"), (b"Set-Cookie", b"b=2")]

    assert headers == end_to_end(headers)


def test_a_length_beside_a_transfer_encoding_is_not_passed_on() -> None:
    """Two lengths in one message are how requests and answers are smuggled."""
    headers = [(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"5")]

    assert end_to_end(headers) == []


def test_the_model_server_sees_its_own_host_and_our_id() -> None:
    """Host is the server's, Expect was answered here, a client's request id is not trusted."""
    headers = [(b"host", b"me:18789"), (b"expect", b"100-continue"), (b"x-green-request-id", b"forged")]

    sent = to_upstream(headers, host=b"127.0.0.1:11434", request_id="ours")

    assert sent == [(b"host", b"127.0.0.1:11434"), (b"x-green-request-id", b"ours")]


def test_the_client_sees_one_request_id() -> None:
    """An id that a proxy behind us set is replaced."""
    passed = to_client([(b"X-Green-Request-Id", b"theirs"), (b"Server", b"x")], request_id="ours")

    assert passed == [(b"Server", b"x"), (b"x-green-request-id", b"ours")]
