# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The process that counts answers every question, and holds few vocabularies."""

from __future__ import annotations

from typing import Any

import pytest

from green_proxy.tokens import worker as worker_module
from green_proxy.tokens.worker import MAX_VOCABULARIES, Worker
from unit.green_proxy.tokens.small_vocabulary import card


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """One whose server has a model for each digest."""
    monkeypatch.setattr(worker_module, "fetch_card", lambda url, model: card(pre=model))
    return Worker()


def load(worker: Worker, digest: str, model: str = "qwen2") -> dict[str, Any]:
    return worker.answer({"what": "load", "digest": digest, "url": "http://test", "model": model})


def count(worker: Worker, digest: str, texts: Any) -> dict[str, Any]:
    return worker.answer({"what": "count", "digest": digest, "texts": texts})


def test_it_counts_with_what_was_loaded(worker: Worker) -> None:
    """Each text by itself."""
    assert load(worker, "a") == {"chatml": True, "settled": True, "begins": False}
    assert count(worker, "a", ["hi", "ho"]) == {"counts": [1, 2]}


def test_the_vocabularies_used_last_are_held(worker: Worker) -> None:
    """The one that was not asked for longest goes first."""
    for number in range(MAX_VOCABULARIES):
        load(worker, str(number))
    count(worker, "0", ["hi"])

    load(worker, "new")

    assert count(worker, "0", ["hi"]) == {"counts": [1]}
    assert count(worker, "1", ["hi"]) == {"gone": True}


def test_a_vocabulary_that_is_not_known_is_named(worker: Worker) -> None:
    """For the journal."""
    assert load(worker, "a", "tomorrow") == {
        "unknown": "tokenizer.ggml.pre 'tomorrow' is none of those known"
    }


@pytest.mark.parametrize("texts", [None, 7, ["\ud83d"], [None]])
def test_a_wrong_question_does_not_end_it(worker: Worker, texts: Any) -> None:
    """And its text is not repeated."""
    load(worker, "a")

    assert list(count(worker, "a", texts)) == ["failed"]
    assert list(worker.answer({})) == ["failed"]
