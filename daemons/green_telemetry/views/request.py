# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One question over HTTP/1.1: a GET without a body, or nothing."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

import httptools

MAX_HEAD_BYTES = 8192
METHODS = ("GET", "HEAD")
LOCAL_SUFFIXES = (".localhost", ".local", ".internal")


class RefusedError(Exception):
    """What was asked can't be answered; carries the status for the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request; of headers only what is used."""

    method: str
    path: str
    query: dict[str, str]
    host: str | None
    accept: str
    keep_alive: bool
    version: str


class _Head:
    """Callbacks of the parser."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_message_complete(self) -> None:
        self.complete = True


def read_request(raw: bytes) -> Request:
    """Raises RefusedError for what is no plain GET or HEAD."""
    head = _Head()
    parser = httptools.HttpRequestParser(head)
    try:
        parser.feed_data(raw)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
        raise RefusedError(400, "this is not HTTP/1.1 as this server speaks it") from error
    method = parser.get_method().decode()
    if method not in METHODS:
        raise RefusedError(405, f"{method} is not allowed here; only {' and '.join(METHODS)}")
    if not head.complete:
        raise RefusedError(400, "a request here has no body")
    hosts = [value for name, value in head.headers if name == b"host"]
    if len(hosts) > 1:
        raise RefusedError(400, "more than one Host header")
    path, _, query = head.url.decode("latin-1").partition("?")
    return Request(
        method=method,
        path=unquote(path),
        query=_query(query),
        host=hosts[0].decode("latin-1") if hosts else None,
        accept=b",".join(value for name, value in head.headers if name == b"accept").decode("latin-1"),
        keep_alive=parser.should_keep_alive(),
        version=parser.get_http_version(),
    )


def refuse_strange_host(host: str | None, own: str) -> None:
    """
    Raises RefusedError for a name that is not this machine's: a web page whose name was rebound to it.

    A page can't make a browser send an address or a local name in place of its own.
    """
    name = (host or "").lower().rpartition(":")[0] if _has_port(host or "") else (host or "").lower()
    name = name.strip("[]")
    if name in ("", "localhost", own.lower(), socket.gethostname().lower()) or name.endswith(LOCAL_SUFFIXES):
        return
    try:
        ipaddress.ip_address(name)
    except ValueError:
        raise RefusedError(
            403, f"the host name '{name[:80]}' is not one of this machine's; use its address"
        ) from None


def _has_port(host: str) -> bool:
    before, colon, port = host.rpartition(":")
    return bool(colon) and port.isdigit() and (":" not in before or before.endswith("]"))


def _query(text: str) -> dict[str, str]:
    """The last value of each name; raises RefusedError where there are too many."""
    try:
        return {name: values[-1] for name, values in parse_qs(text, max_num_fields=16).items()}
    except ValueError as error:
        raise RefusedError(400, "too many parameters") from error
