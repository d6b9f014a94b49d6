# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Signing in and out: a key is shown once, and a cookie stands for it from then on."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable

from green_proxy.door.exchange import Exchange
from green_proxy.door.keys import Keys
from green_proxy.door.keys_file import Key
from green_proxy.fault import Fault
from green_proxy.gateway.attempts import Attempts
from green_proxy.gateway.replies import show_done, show_json
from green_proxy.gateway.sessions import Sessions, is_own, set_cookie

MAX_BODY_BYTES, BODY_S = 4096, 10.0
ASKS_FOR_KEY = ("GET", "/-/live")
FORM = 'the body has to be {"key": "gq-..."}, as JSON'


class SignIn:
    """The routes /-/session, /-/sign-in and /-/sign-out."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._attempts = Attempts()
        self.sessions = Sessions(keys.holds)

    async def show(self, exchange: Exchange, key: Key | None) -> None:
        """Whether a key is wanted, and whose was shown."""
        content = {
            "required": self._keys.required(*ASKS_FOR_KEY, time.monotonic()),
            "signed_in": key is not None,
            "name": key.name if key is not None else None,
        }
        show_json(exchange, content)

    def admission(self, exchange: Exchange, key: Key | None) -> Callable[[], bool]:
        """What says from now on whether somebody who was let in may stay."""
        signed_in = key is not None and self._session_of(exchange) == key

        def holds() -> bool:
            if not self._keys.required(*ASKS_FOR_KEY, time.monotonic()):
                return True
            if signed_in:
                return self._session_of(exchange) == key
            return key is not None and self._keys.holds(key)

        return holds

    async def sign_in(self, exchange: Exchange) -> None:
        """Raises Fault 400, 401, 403 or 429."""
        refuse_others(exchange)
        body = await exchange.read_body(limit_bytes=MAX_BODY_BYTES, timeout_s=BODY_S)
        # From here on nothing waits: many guesses that come at once are counted one by one.
        now_s = time.monotonic()
        wait_s = self._attempts.wait_s(exchange.peer, now_s)
        if wait_s > 0:
            after = str(math.ceil(wait_s)).encode()
            raise Fault(
                429, "too many keys that are none; try again in a minute", headers=((b"retry-after", after),)
            )
        key = self._keys.find([(b"x-api-key", _key_in(body))], now_s)
        if key is None:
            self._attempts.failed(exchange.peer, now_s)
            raise Fault(401, "that key is not one of this server's")
        name = self.sessions.begin(key, now_s)
        show_done(exchange, [set_cookie(name, exchange.headers)])

    async def sign_out(self, exchange: Exchange) -> None:
        """Raises Fault 403."""
        refuse_others(exchange)
        self.sessions.end(exchange.headers)
        show_done(exchange, [set_cookie("", exchange.headers)])

    def _session_of(self, exchange: Exchange) -> Key | None:
        return self.sessions.find(exchange.method, exchange.headers, time.monotonic())


def refuse_others(exchange: Exchange) -> None:
    """Raises Fault 403 for a page of another origin: it must not sign anybody in or out."""
    if exchange.origin is None or not is_own(exchange.method, exchange.headers):
        raise Fault(403, "only the gateway's own page may ask this")


def _key_in(body: bytes) -> bytes:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Fault(400, FORM) from None
    key = content.get("key") if isinstance(content, dict) else None
    if not isinstance(key, str):
        raise Fault(400, FORM)
    return key.strip().encode()
