# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Questions as people ask them, whose answers end by themselves: what thinking adds depends on no limit."""

from __future__ import annotations

from green_qwen.load.dialogues import Dialogue, Turn

QUESTIONS = (
    "How many minutes are there in a week?",
    "Name the capital of Australia.",
    "Translate into French: the shop opens at nine.",
    "A train leaves at 14:35 and arrives at 17:10. How long does it take?",
    "Give one word that means the opposite of generous.",
    "Which is heavier, a litre of water or a litre of oil? One sentence.",
    "Write a line of Python that sorts a list of words by their length.",
    "Correct this sentence: he don't know where is the key.",
    "In which order do these happen: harvest, sowing, ploughing?",
    "What is 17 percent of 240?",
    "Rewrite in a polite tone: send me the report today.",
    "What does HTTP status 429 mean? One sentence.",
)


class Questions:
    """A source that has one question for each client, without a limit on its answer."""

    def __init__(self) -> None:
        self._asked: set[int] = set()

    def next_for(self, client: int) -> Dialogue | None:
        if client in self._asked:
            return None
        self._asked.add(client)
        return Dialogue((Turn(({"role": "user", "content": QUESTIONS[client]},), None),))
