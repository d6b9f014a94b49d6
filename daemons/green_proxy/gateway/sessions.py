# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who has signed in with a key in a browser: sessions in memory, by a cookie that no script can read."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from green_proxy.door.gate import same_origin
from green_proxy.door.keys_file import Key
from green_proxy.headers import Headers, text_of

COOKIE = "green-session"
ID_BYTES = 32
# Away for half a day, or a week in all: then the key is wanted again.
UNUSED_S = 12 * 3600.0
LONGEST_S = 7 * 86_400.0
MAX_SESSIONS = 1000
READING = ("GET", "HEAD")


@dataclass(slots=True)
class Session:
    """One browser's; times are monotonic."""

    key: Key
    began_s: float
    used_s: float

    def over(self, now_s: float) -> bool:
        return now_s - self.used_s > UNUSED_S or now_s - self.began_s > LONGEST_S


class Sessions:
    """`holds` says whether a key is still one of ours: one that is taken back ends its sessions."""

    def __init__(self, holds: Callable[[Key], bool]) -> None:
        self._holds = holds
        # By the hash of what the cookie says; the oldest first.
        self._sessions: dict[bytes, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self, key: Key, now_s: float) -> str:
        """The new session's id, for the cookie."""
        self._sweep(now_s)
        if len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        name = secrets.token_urlsafe(ID_BYTES)
        self._sessions[_digest(name)] = Session(key, now_s, now_s)
        return name

    def find(self, method: str, headers: Headers, now_s: float) -> Key | None:
        """The key that the request's session stands for; none where another site's page sent it along."""
        name = cookie_of(headers)
        if name is None or not is_own(method, headers):
            return None
        digest = _digest(name)
        session = self._sessions.get(digest)
        if session is None:
            return None
        if session.over(now_s) or not self._holds(session.key):
            del self._sessions[digest]
            return None
        session.used_s = now_s
        return session.key

    def end(self, headers: Headers) -> None:
        name = cookie_of(headers)
        if name is not None:
            self._sessions.pop(_digest(name), None)

    def _sweep(self, now_s: float) -> None:
        self._sessions = {name: one for name, one in self._sessions.items() if not one.over(now_s)}


def is_own(method: str, headers: Headers) -> bool:
    """
    Whether a request comes from this gateway's own page, as far as a browser tells.

    Cookies don't know ports: a page of another server on this machine sends ours along, SameSite or not.
    """
    origin, site = text_of(headers, b"origin"), text_of(headers, b"sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        return False
    if origin is None:
        return method in READING
    return same_origin(text_of(headers, b"host") or "", origin)


def cookie_of(headers: Headers) -> str | None:
    """What our cookie says."""
    for name, value in headers:
        if name.lower() == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                key, _, content = pair.strip().partition("=")
                if key == COOKIE:
                    return content
    return None


def without_cookie(headers: Headers) -> Headers:
    """The headers without our cookie: the model server need not see it."""
    if cookie_of(headers) is None:
        return headers
    return [kept for header in headers if (kept := _without_ours(*header))]


def set_cookie(name: str, headers: Headers, *, age_s: float = LONGEST_S) -> tuple[bytes, bytes]:
    """Secure where the browser came over TLS to a proxy before us; an empty name takes the cookie away."""
    parts = [
        f"{COOKIE}={name}",
        "Path=/",
        "HttpOnly",
        "SameSite=Strict",
        f"Max-Age={age_s if name else 0:.0f}",
    ]
    if (text_of(headers, b"x-forwarded-proto") or "").strip().lower() == "https":
        parts.append("Secure")
    return b"set-cookie", "; ".join(parts).encode()


def _without_ours(name: bytes, value: bytes) -> tuple[bytes, bytes] | None:
    if name.lower() != b"cookie":
        return name, value
    pairs = [pair.strip() for pair in value.split(b";")]
    kept = [pair for pair in pairs if pair.partition(b"=")[0] != COOKIE.encode()]
    return (name, b"; ".join(kept)) if kept else None


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
