# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a template adds to the messages of a chat, learned from what the server counts."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

MAX_KINDS = 256
_OBSERVED = 16
# So many right predictions in a row make the next one exact.
_TRUSTED_AFTER = 3
# More than this is no template: the server has cut the prompt, or it reads what we don't see.
_MOST_TOKENS, _MOST_PER_MESSAGE = 2048, 64


@dataclass(slots=True)
class Overhead:
    """Tokens beyond those counted, as a fixed part and a part for each message."""

    hits: int = 0
    fixed: float = 0.0
    per_message: float = 0.0
    seen: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=_OBSERVED))

    @property
    def exact(self) -> bool:
        return self.hits >= _TRUSTED_AFTER

    def tokens(self, messages: int) -> int:
        return round(self.fixed + self.per_message * messages)

    def observe(self, messages: int, excess: int) -> None:
        """The server counted so many more tokens than we for so many messages."""
        if not -_MOST_PER_MESSAGE <= excess <= _MOST_TOKENS + _MOST_PER_MESSAGE * messages:
            return
        self.hits = self.hits + 1 if self.tokens(messages) == excess else 0
        self.seen.append((messages, excess))
        if self.hits == 0:
            self._fit()

    def _fit(self) -> None:
        """The straight line through what was seen, and through the last point of it."""
        last_messages, last_excess = self.seen[-1]
        mean = sum(messages for messages, _ in self.seen) / len(self.seen)
        spread = sum((messages - mean) ** 2 for messages, _ in self.seen)
        if spread:
            self.per_message = sum((messages - mean) * excess for messages, excess in self.seen) / spread
        self.fixed = last_excess - self.per_message * last_messages


class Overheads:
    """By kind of chat: the model, whether it is to think, its tools."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[int, Overhead] = OrderedDict()

    def of(self, kind: int, *, known: bool) -> Overhead:
        """That of a kind; one whose marks are `known` is trusted until the server counts otherwise."""
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) == MAX_KINDS:
                self._kinds.popitem(last=False)
            found = self._kinds[kind] = Overhead(hits=_TRUSTED_AFTER if known else 0)
        else:
            self._kinds.move_to_end(kind)
        return found
