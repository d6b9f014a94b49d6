# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""API keys: who holds one, and who has to show one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from green_common.errors import ConfigError, UsageError
from green_common.logs import get_log
from green_proxy.door.keys_file import KINDS, MAKE_KEY, NAME, Key, read_keys, stamp_of
from green_proxy.headers import Headers

KEY_BYTES = 32
LOOK_EVERY_S = 1.0
# What tells nothing and makes nothing work: load balancers and service managers ask it.
OPEN_ROUTES = frozenset({"/", "/api/version", "/-/healthz"})
OPEN_METHODS = ("GET", "HEAD")
CHALLENGE: Headers = [(b"WWW-Authenticate", b'Bearer realm="green-proxy"')]
MISSING = "this server wants an API key: send it as 'Authorization: Bearer gq-...'"
WRONG = "the API key is not one of this server's"


class Keys:
    """The keys of the file, which may change at any time; at most once a second that is looked at."""

    def __init__(self, path: Path, *, exposed: bool) -> None:
        """Raises ConfigError where there is a file that is wrong, or that others may read."""
        self._path = path
        # Beyond loopback nobody gets in without a key, not even where the last one is taken away.
        self._exposed = exposed
        self._stamp = stamp_of(path)
        self._keys = read_keys(path) if self._stamp else ()
        self._looked_s: float | None = None
        self.trouble: str | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def required(self, method: str, path: str, now_s: float) -> bool:
        """True where a request of this kind has to show a key."""
        self._look(now_s)
        if (not self._keys and not self._exposed) or method == "OPTIONS":
            # A browser asks with OPTIONS whether it may show its key.
            return False
        return not (path in OPEN_ROUTES and method in OPEN_METHODS)

    def find(self, headers: Headers, now_s: float) -> Key | None:
        """The key that the request shows, if it is one of ours."""
        self._look(now_s)
        if not self._keys:
            return None
        shown = (shown_key(name, value) for name, value in headers)
        return next((key for one in shown if one and (key := self._match(one))), None)

    def holds(self, key: Key) -> bool:
        """Whether a key that was found before is still one of ours."""
        return key in self._keys

    def without_key(self, headers: Headers) -> Headers:
        """The headers without those that hold one of our keys: the model server need not see it."""
        if not self._keys:
            return headers
        return [header for header in headers if not ((shown := shown_key(*header)) and self._match(shown))]

    def _match(self, shown: bytes) -> Key | None:
        digest, found = hashlib.sha256(shown).digest(), None
        for key in self._keys:
            if hmac.compare_digest(digest, key.digest):
                found = key
        return found

    def _look(self, now_s: float) -> None:
        if self._looked_s is not None and now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        # What can't be read changes nothing: doors don't open by a mistake.
        try:
            stamp = stamp_of(self._path)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            if stamp is None:
                raise ConfigError(f"proxy.keys_file {self._path} is gone")
            self._keys = read_keys(self._path)
        except ConfigError as error:
            if self.trouble is not None and str(error) in self.trouble:
                return
            self.trouble = f"{error}; the {len(self._keys)} keys that were read before stay until a restart"
            get_log().error("keys.unreadable", say=self.trouble)
            return
        self.trouble = None
        get_log().info("keys.read", say=f"{len(self._keys)} API keys in {self._path}", keys=len(self._keys))


def shown_key(name: bytes, value: bytes) -> bytes | None:
    """The key in a header of OpenAI's and Ollama's clients, or of Anthropic's; names are in lower case."""
    if name == b"x-api-key":
        return value
    if name == b"authorization" and value[:7].lower() == b"bearer ":
        return value[7:].strip()
    return None


def refusal_text(headers: Headers) -> str:
    """Why a request without a key of ours gets a 401."""
    return WRONG if any(shown_key(*header) for header in headers) else MISSING


def new_key(name: str, kind: str) -> tuple[str, str]:
    """A key for its holder, and the line for the file, which does not give it away."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is no name for a key: letters, digits and the signs @ . _ : - are allowed"
        )
    if kind not in KINDS:
        raise UsageError(f"a key is {' or '.join(KINDS)}, not '{kind}'")
    key = f"gq-{secrets.token_urlsafe(KEY_BYTES)}"
    return key, f"{name} {kind} {hashlib.sha256(key.encode()).hexdigest()}"


def refuse_to_stand_open(exposed: str | None, keys: int, path: Path) -> None:
    """Raises ConfigError where others than this machine could come in without a key."""
    if exposed is None or keys:
        return
    raise ConfigError(
        f"{exposed} can be reached from other machines, and there is no API key in proxy.keys_file {path}: "
        f"make one with `sudo {MAKE_KEY}`, or listen on 127.0.0.1 alone"
    )
