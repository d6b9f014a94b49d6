# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a request's head has to be like, so that nobody behind us can read it otherwise than we do."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from green_proxy.headers import Headers

# Go, and so Ollama, takes 1 MiB and any number; no client sends a tenth of this.
MAX_HEAD_BYTES = 65_536
MAX_HEADERS = 256
# What our own arithmetic and a model server's signed 64 bits can hold.
MAX_LENGTH_DIGITS = 18
ALLOWED_METHODS = b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"

_HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]+(?:%25[A-Za-z0-9._~-]+)?\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(?::[0-9]{0,5})?"
)
_WATCHED = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
_ABSOLUTE = b"http://"
_HOST_ONCE = "a request has exactly one Host header (RFC 9112, section 3.2)"
NO_FORWARD_PROXY = "this is no forward proxy: ask for a path, as in GET /api/tags"
TWO_LENGTHS = "a request has either Content-Length or Transfer-Encoding"


class BadRequest(Exception):
    """A request that is answered with this status and text, and goes nowhere."""

    def __init__(self, status: int, text: str, headers: Headers | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers: Headers = headers or []


class Framing(NamedTuple):
    """Where the body of a request ends: after a length, or after the last chunk."""

    length: int = 0
    chunked: bool = False
    expects_continue: bool = False


def framing_of(method: str, version: str, headers: Headers) -> Framing:
    """Raises BadRequest for a head that is not strictly HTTP/1.1, or 1.0."""
    if version not in ("1.1", "1.0"):
        raise _wrong_version(version)
    if method == "CONNECT":
        raise BadRequest(405, NO_FORWARD_PROXY, [(b"Allow", ALLOWED_METHODS)])
    hosts, length, chunked, expects = 0, None, False, False
    for name, value in headers:
        if name not in _WATCHED:
            continue
        if name == b"host":
            hosts += 1
            _check_host(value)
        elif name == b"content-length":
            length = _one_length(length, value)
        elif name == b"transfer-encoding":
            chunked = _chunked_once(chunked, value, version)
        else:
            expects = _continue_at_most(value)
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        raise BadRequest(400, _HOST_ONCE)
    if chunked and length is not None:
        # RFC 9112, section 6.1: this is how requests are smuggled.
        raise BadRequest(400, TWO_LENGTHS)
    return Framing(length or 0, chunked, expects and version == "1.1")


def origin_form(method: str, target: bytes, headers: Headers) -> bytes:
    """The path and query that are asked for. Raises BadRequest where the target names no path of ours."""
    if b"#" in target:
        raise BadRequest(400, "a request's target has no fragment: leave out what follows the '#'")
    if target[:1] == b"/" or (target == b"*" and method == "OPTIONS"):
        return target
    if target[: len(_ABSOLUTE)].lower() != _ABSOLUTE:
        raise BadRequest(400, NO_FORWARD_PROXY)
    authority, path = _split_absolute(target[len(_ABSOLUTE) :])
    host = next((value for name, value in headers if name == b"host"), authority)
    if not authority or authority.lower() != host.lower():
        # RFC 9112, section 3.2.2: whoever sends both has to say the same twice.
        raise BadRequest(400, NO_FORWARD_PROXY)
    return path


def path_of(target: bytes) -> str:
    """The target's path, percent-decoded."""
    path = target.partition(b"?")[0].decode("latin-1")
    return unquote(path) if "%" in path else path


def check_size(target: bytes, headers: Headers) -> None:
    """Raises BadRequest for a head of too many bytes; how many headers may come is checked as they do."""
    if len(target) + sum(len(name) + len(value) + 4 for name, value in headers) > MAX_HEAD_BYTES:
        raise too_large()


def too_large() -> BadRequest:
    text = f"the request's headers are larger than {MAX_HEAD_BYTES // 1024} KiB, or more than {MAX_HEADERS}"
    return BadRequest(431, text)


def not_http(reason: str) -> BadRequest:
    """The parser's reasons are fixed texts that hold nothing of the request."""
    return BadRequest(400, f"the request is not valid HTTP/1.1: {reason[:1].lower()}{reason[1:]}")


def _wrong_version(version: str) -> BadRequest:
    if version == "0.9":
        return BadRequest(400, "the request line has no HTTP version")
    return BadRequest(505, f"HTTP/{version} is not spoken here, but HTTP/1.1")


def _check_host(value: bytes) -> None:
    if _HOST.fullmatch(value) is None:
        raise BadRequest(400, "the Host header is not a host name with or without a port")


def _one_length(before: int | None, value: bytes) -> int:
    if before is not None:
        raise BadRequest(400, "a request has at most one Content-Length")
    if not value.isdigit() or len(value) > MAX_LENGTH_DIGITS:
        raise BadRequest(400, "Content-Length has to be a number of bytes in plain digits")
    return int(value)


def _chunked_once(before: bool, value: bytes, version: str) -> bool:
    if version == "1.0":
        # RFC 9112, section 6.1: its framing can't be trusted.
        raise BadRequest(400, "HTTP/1.0 has no Transfer-Encoding")
    if before or value.lower() != b"chunked":
        raise BadRequest(400, "the only Transfer-Encoding of a request that is taken here is chunked, once")
    return True


def _continue_at_most(value: bytes) -> bool:
    if value.lower() != b"100-continue":
        raise BadRequest(417, "the only expectation that is met here is 100-continue")
    return True


def _split_absolute(rest: bytes) -> tuple[bytes, bytes]:
    """Authority, and path with query, of what follows 'http://'."""
    end = next((place for place, byte in enumerate(rest) if byte in b"/?"), len(rest))
    path = rest[end:]
    return rest[:end], path if path[:1] == b"/" else b"/" + path
