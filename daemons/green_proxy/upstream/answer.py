# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What passes between a request's answer and whoever wants it."""

from __future__ import annotations

from typing import Protocol

from green_proxy.headers import Headers


class Flow(Protocol):
    """The answer's handle on the model server; each call is harmless once the answer is whole."""

    def pause(self) -> None:
        """Read nothing more for now."""

    def resume(self) -> None: ...

    def abort(self, error: Exception | None = None) -> None:
        """Close the connection at once; `send` raises the error, or ClientLeft."""


class Answer(Protocol):
    """Whoever wants an answer; called from the event loop, straight from the socket."""

    def begin(self, flow: Flow) -> None:
        """Called once, before the request is written."""

    def head(self, status: int, headers: Headers) -> None:
        """The list is the receiver's own; names are as the model server wrote them."""

    def chunk(self, data: bytes) -> None:
        """All bytes of the body that came in one read."""

    def end(self) -> None:
        """The answer is whole; in the same step as its last bytes."""
