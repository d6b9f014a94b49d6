# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What every way of counting has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx


class Ask(Protocol):
    """Control calls to the model server; None where no answer came."""

    async def __call__(
        self, method: str, path: str, *, json: Any = None, timeout_s: float = ..., max_bytes: int = ...
    ) -> httpx.Response | None: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """
    One model as it is counted.

    `key` changes whenever its counts may. With `chatml` a message's marks are known, and where that is
    `settled` there are no others; what isn't known is learned from what the server counts.
    """

    key: str
    exact: bool = False
    chatml: bool = False
    settled: bool = False
    begins: bool = False


class Scale(Protocol):
    """Weighs texts in a server's tokens; not every server counts whole chats as well."""

    @property
    def counts_chats(self) -> bool: ...

    def known(self, model: str) -> Mark | None:
        """What is known without waiting."""

    async def learn(self, model: str) -> Mark:
        """What can be found out within a short time, else a mark that says that counts are estimates."""

    async def weigh(self, mark: Mark, model: str, texts: list[str]) -> list[int] | None:
        """Tokens of each text; None where that can't be told now."""

    async def whole(self, path: str, fields: Mapping[str, Any]) -> int | None:
        """Tokens of a whole chat as the server's template writes it; None where it can't be asked."""

    async def close(self) -> None: ...
