# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What settings cost on a simulated card."""

from __future__ import annotations

import pytest

from green_sim.engine.job import Ended, Event, Order, Runner, Stage
from green_sim.engine.launch import Launch
from green_sim.engine.server import ModelServer, Settings
from green_sim.gpu.card import Card
from green_sim.gpu.costs import Knobs, make_of
from green_sim.gpu.curves import H100

MAKE = make_of("h100")
WIDE = Runner("qwen3:32b", frozenset({("num_ctx", 8192)}))


def load(launch: Launch, slots: int, runner: Runner = WIDE) -> tuple[list[Event], Card]:
    card, said = Card(0, 0.0), list[Event]()
    server = ModelServer(card, Settings(parallel=slots, load_s=1.0, pid=1, launch=launch))
    server.submit(0.0, Order("/api/generate", runner), said.append)
    server.advance(2.0)
    return said, card


def test_sampling_on_the_cpu_makes_the_gpu_wait() -> None:
    """Slower, and at less power."""
    on_cpu = MAKE.costs.curves_with(H100, Knobs())
    on_gpu = MAKE.costs.curves_with(H100, Knobs(gpu_sampling=True))

    assert on_cpu.decode_tokens_per_s(16) < 0.5 * on_gpu.decode_tokens_per_s(16)


def test_sampling_on_the_gpu_is_nearly_the_measured_curve() -> None:
    """Which was measured without any sampling."""
    curves = MAKE.costs.curves_with(H100, Knobs(gpu_sampling=True))

    assert curves.decode_tokens_per_s(16) == pytest.approx(655, rel=0.05)


def test_a_q4_cache_costs_speed_as_measured() -> None:
    """513 against 655 tokens/s at 16 sequences."""
    small = MAKE.costs.curves_with(H100, Knobs(kv_cache="q4_0", gpu_sampling=True))

    assert small.decode_tokens_per_s(16) == pytest.approx(513, rel=0.08)


def test_slots_that_do_not_fit_fail_to_load() -> None:
    """50 contexts of 2 GiB beside the weights."""
    said, card = load(Launch(MAKE), 50)

    assert isinstance(said[0], Ended)
    assert said[0].stage is Stage.FAILED
    assert "out of memory" in (said[0].error or "")
    assert not card.processes


def test_slots_that_fit_take_their_memory() -> None:
    """2 GiB each."""
    _, few = load(Launch(MAKE), 1)
    said, many = load(Launch(MAKE), 5)

    assert isinstance(said[0], Ended)
    assert said[0].stage is Stage.FINISHED
    assert many.memory_used_bytes - few.memory_used_bytes == 8 * 2**30


def test_a_quantised_cache_without_flash_attention_fails_to_load() -> None:
    """As llama.cpp refuses it."""
    said, _ = load(Launch(MAKE, Knobs(kv_cache="q4_0", flash_attention=False)), 1)

    assert isinstance(said[0], Ended)
    assert "flash_attn" in (said[0].error or "")


def test_a_runners_own_batch_size_goes_before_the_environments() -> None:
    """As Ollama passes it."""
    runner = Runner("qwen3:32b", frozenset({("num_batch", 1024)}))

    assert Launch(MAKE).curves(runner).chunk_tokens == 1024


def test_a_drawn_card_is_the_same_for_the_same_number() -> None:
    """And another for another."""
    assert make_of("3") == make_of("3")
    assert make_of("3") != make_of("4")


def test_another_name_is_refused() -> None:
    """With what there is."""
    with pytest.raises(ValueError, match="h100"):
        make_of("a100")
