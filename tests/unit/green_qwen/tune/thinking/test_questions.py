# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The questions that are asked with thinking and without."""

from __future__ import annotations

from green_qwen.tune.thinking.questions import QUESTIONS, Questions


def test_each_client_has_one_question_of_its_own_and_no_limit() -> None:
    """The same to the same client each time, so that answers can be compared by client."""
    dialogues = [Questions().next_for(client) for client in range(len(QUESTIONS))]

    turns = [dialogue.turns[0] for dialogue in dialogues if dialogue is not None]
    assert [turn.messages[0]["content"] for turn in turns] == list(QUESTIONS)
    assert {turn.answer_tokens for turn in turns} == {None}


def test_nobody_is_asked_twice() -> None:
    """Each client goes after its answer."""
    questions = Questions()
    questions.next_for(0)

    assert questions.next_for(0) is None
    assert questions.next_for(1) is not None
