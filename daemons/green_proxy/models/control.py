# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The questions and orders of the proxy's own to the model server."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

ASK_TIMEOUT_S = 2.0
MAX_ANSWER_BYTES = 1 << 20


class Control(Protocol):
    """The model server, or a test's."""

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        timeout_s: float = ASK_TIMEOUT_S,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> httpx.Response | None:
        """The whole answer, or None where none came in that time."""
