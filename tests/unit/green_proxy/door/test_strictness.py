# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Requests that somebody could read in two ways are read by nobody."""

from __future__ import annotations

import pytest

from green_proxy.door.strictness import BadRequest, Framing, framing_of, origin_form, path_of
from green_proxy.headers import Headers
from unit.green_proxy.door.visitor import bodies_of, hello, nobody, talk

HOST: Headers = [(b"host", b"localhost:18789")]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
REFUSED = {
    "both lengths": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, turned": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "the same twice": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": POST + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": POST + b"Content-Length: -3\r\n\r\nabc",
    "a length in hex": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "an empty length": POST + b"Content-Length:\r\n\r\nabc",
    "a huge length": POST + b"Content-Length: 18446744073709551615\r\n\r\nabc",
    "bare LF in the request line": b"GET / HTTP/1.1\nHost: x\r\n\r\n",
    "bare LF after a header": b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
    "bare LF at the end": GET + b"\n",
    "bare CR": GET + b"A: b\rc\r\n\r\n",
    "a folded header": GET + b"A: b\r\n c\r\n\r\n",
    "a folded length": POST + b"Content-Length:\r\n 3\r\n\r\nabc",
    "space before a colon": GET + b"A : b\r\n\r\n",
    "space before the first header": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "a header without a name": GET + b": b\r\n\r\n",
    "a header without a colon": GET + b"A\r\n\r\n",
    "NUL": GET + b"A: b\0\r\n\r\n",
    "a control character": GET + b"A: \x01b\r\n\r\n",
    "NUL in the target": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a fragment": b"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: gzip\r\n\r\nabc",
    "a coding more": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked is not last": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "almost chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked in a list": POST + b"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"" + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "chunked with 1.0": b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": GET + b"Host: x\r\n\r\n",
    "two Hosts with 1.0": b"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
    "a Host with a space": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a Host with a path": b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a Host with a user": b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "another site": b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "another scheme": b"GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no site": b"GET http:///a HTTP/1.1\r\nHost:\r\n\r\n",
    "an asterisk": b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /\r\nHost: x\r\n\r\n",
    "an unknown version": b"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
    "an unknown method": b"FETCH / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "the greeting of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a bad chunk size": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a signed chunk size": CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n",
    "an endless chunk size": CHUNKED + b"fffffffffffffffff\r\n",
    "a chunk that is longer": CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n",
    "bare LF after a chunk": CHUNKED + b"3\r\nabc\n0\r\n\r\n",
    "bare LF in an extension": CHUNKED + b"3;a\nabc\r\n0\r\n\r\n",
    "a length in a trailer": CHUNKED + b"0\r\nContent-Length: 3\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    """A 400, whole or byte by byte, and the connection is of no more use; nobody hears of the request."""
    follows = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

    wire = talk(nobody, REFUSED[name] + follows)

    assert wire.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert wire.written.count(b"X-Green-Request-Id: ") == 1
    assert b"Connection: close\r\n" in wire.written
    assert wire.half_closed
    assert bodies_of(wire.written)[0].startswith(b'{"error": "')


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n", 417),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    ],
)
def test_what_has_a_status_of_its_own(request_bytes: bytes, status: int) -> None:
    """A method, an expectation and a version that are well-formed, but not for us."""
    wire = talk(nobody, request_bytes)

    assert wire.written.startswith(b"HTTP/1.1 %d " % status)
    assert (b"Allow: " in wire.written) is (status == 405)


@pytest.mark.parametrize(
    ("request_bytes", "said"),
    [
        (b"GET http://localhost:1/api/tags?a=b HTTP/1.1\r\nHost: LOCALHOST:1\r\n\r\n", b"/api/tags?a=b "),
        (b"GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n", b"/ "),
        (b"GET http://localhost?a HTTP/1.1\r\nHost: localhost\r\n\r\n", b"/?a "),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"* "),
        (b"\r\n\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n", b"/ "),
        (b"GET / HTTP/1.0\r\n\r\n", b"/ "),
        (b"POST /a HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 3 \r\n\r\nabc", b"/a abc"),
        (
            POST + b"Transfer-Encoding:\tChunked\r\n\r\n3;a=b\r\nabc\r\n00\r\nT: u\r\n\r\n",
            b"/ abc",
        ),
    ],
)
def test_what_is_unusual_but_right(request_bytes: bytes, said: bytes) -> None:
    """RFC 9112 wants these to be taken."""
    assert bodies_of(talk(hello, request_bytes).written) == [said]


def test_a_framing_is_read_from_the_head() -> None:
    """Without either header there is no body."""
    chunked: Headers = [*HOST, (b"transfer-encoding", b"chunked"), (b"expect", b"100-Continue")]

    assert framing_of("GET", "1.1", HOST) == Framing(0, False, False)
    assert framing_of("POST", "1.1", [*HOST, (b"content-length", b"007")]) == Framing(7, False, False)
    assert framing_of("POST", "1.1", chunked) == Framing(0, True, True)


def test_an_expectation_of_http_1_0_is_ignored() -> None:
    """Its clients can't take an interim answer (RFC 9110, section 10.1.1)."""
    assert not framing_of("POST", "1.0", [(b"expect", b"100-continue")]).expects_continue


@pytest.mark.parametrize(
    "host", [b"[::1", b"a:b", b"a:123456", b"a\tb", b"[fe80::1%25eth0]x", b"a,b:1:2", b"<a>"]
)
def test_a_host_is_a_host(host: bytes) -> None:
    """RFC 3986, section 3.2.2."""
    with pytest.raises(BadRequest, match="not a host name"):
        framing_of("GET", "1.1", [(b"host", host)])


def test_an_error_names_nothing_that_the_client_wrote() -> None:
    """It would come back to whoever made somebody else send it."""
    with pytest.raises(BadRequest) as caught:
        origin_form("GET", b"ftp://secret/", HOST)

    assert "secret" not in caught.value.text


@pytest.mark.parametrize(
    ("target", "path"),
    [(b"/a%2Fb?c=d", "/a/b"), (b"/%E4%B8%AD", "/中"), (b"/a%zz", "/a%zz"), (b"*", "*"), (b"", "")],
)
def test_a_path_is_decoded(target: bytes, path: str) -> None:
    """As the router of Go's programs sees it."""
    assert path_of(target) == path
