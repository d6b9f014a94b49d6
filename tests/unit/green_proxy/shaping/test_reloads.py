# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Loads that would have been."""

from __future__ import annotations

import json
from typing import Any

import pytest

from green_proxy.request.call import Call, read_call
from green_proxy.shaping.reloads import MAX_MODELS, Reloads


def ollama(model: str = "qwen3:32b", **body: Any) -> Call:
    return read_call("/api/chat", json.dumps({"model": model, **body}).encode())


def openai(model: str = "qwen3:32b") -> Call:
    return read_call("/v1/chat/completions", json.dumps({"model": model}).encode())


def avoided(*calls: Call, context_tokens: int | None = None) -> float:
    reloads = Reloads()
    for call in calls:
        reloads.see(call, context_tokens)
    return reloads.counts["reloads_avoided_total"]


def test_the_first_request_loads_in_any_case() -> None:
    """That load was not avoided."""
    assert avoided(ollama(options={"num_ctx": 8192})) == 0


def test_given_and_left_out_in_turn_reload_each_time() -> None:
    """The two ways to ask cannot agree, since /v1 carries no options."""
    given = {"num_ctx": 8192}

    assert (
        avoided(openai(), ollama(options=given), openai(), ollama(options=given), ollama(options=given)) == 3
    )


def test_what_equals_the_loaded_context_is_no_reload() -> None:
    """The scheduler compares the numbers, not where they come from."""
    assert avoided(openai(), ollama(options={"num_ctx": 8192}), context_tokens=8192) == 0


@pytest.mark.parametrize(
    "body",
    [
        {"options": {"num_batch": 256}},
        {"options": {"num_gpu": 10}},
        {"options": {"main_gpu": 0}},
        {"options": {"use_mmap": False}},
        {"options": {"num_thread": 8}},
        {"options": {"draft_num_predict": 2}},
        {"shift": False},
    ],
)
def test_each_of_them_reloads(body: dict[str, Any]) -> None:
    """Once, and then it is loaded that way."""
    assert avoided(ollama(), ollama(**body), ollama(**body)) == 1


def test_a_negative_num_gpu_is_content_with_any() -> None:
    """So is one that is left out, which is the same to Ollama."""
    assert avoided(ollama(options={"num_gpu": 10}), ollama(options={"num_gpu": -1}), ollama()) == 0


@pytest.mark.parametrize(
    "body",
    [
        {"options": {"num_gpu": -1}},
        {"options": {"num_batch": 512}},
        {"options": {"num_thread": 0}},
        {"options": {"num_ctx": None}},
        {"options": {"temperature": 0.1}},
        {"shift": True},
        {"shift": None},
    ],
)
def test_what_the_scheduler_tolerates_is_no_reload(body: dict[str, Any]) -> None:
    """Defaults, and what leaves it to Ollama."""
    assert avoided(ollama(), ollama(**body), ollama()) == 0


def test_models_are_loaded_each_by_itself() -> None:
    """A name without a tag is the same as with 'latest'."""
    small, large = {"num_ctx": 1024}, {"num_ctx": 8192}

    assert avoided(ollama("a", options=small), ollama("b", options=large)) == 0
    assert avoided(ollama("a", options=small), ollama("A:latest", options=large)) == 1


def test_a_load_after_an_unload_is_no_ones_fault() -> None:
    """It would have been needed in any case."""
    reloads = Reloads()
    reloads.see(ollama("a"))
    reloads.forget("a:latest")

    assert not reloads.see(ollama("a", options={"num_ctx": 1024}))


def test_only_so_many_models_are_remembered() -> None:
    """llama-server answers to any name."""
    reloads = Reloads()
    for number in range(MAX_MODELS + 1):
        reloads.see(ollama(f"m{number}"))

    assert not reloads.see(ollama("m0", options={"num_ctx": 1}))
    assert reloads.see(ollama(f"m{MAX_MODELS}", options={"num_ctx": 1}))
