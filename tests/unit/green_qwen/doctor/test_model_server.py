# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ollama's settings: slots, memory, beliefs, boost, thinking, address."""

from __future__ import annotations

from typing import Any

import pytest

from green_common.config import ShapingConfig
from green_qwen.doctor.beliefs import VARIABLES, judge_beliefs
from green_qwen.doctor.boost import judge_boost
from green_qwen.doctor.bypass import judge_address
from green_qwen.doctor.card import Card
from green_qwen.doctor.memory import judge_memory
from green_qwen.doctor.ollama import Model, Ollama
from green_qwen.doctor.server import judge_server
from green_qwen.doctor.slots import judge_slots
from green_qwen.doctor.systemd import Unit
from green_qwen.doctor.thinking import judge_thinking
from green_qwen.idle_state import GpuClocks, IdleState

NAME = "ollama.service"
NEW, OLD = Card("580.159.04", ("H100",)), Card("550.54", ("H100",))
RESTS = IdleState("resting", False, (GpuClocks("a", 0, "resting", "quiet", "10 s of quiet", saving_w=48.0),))


def unit(**environ: str) -> Unit:
    return Unit(NAME, "loaded", "active", "enabled", environ)


def memory(models: tuple[Model, ...] = (), **environ: str) -> dict[str, str]:
    return {finding.check: finding.state for finding in judge_memory(environ, models, NAME)}


@pytest.mark.parametrize(
    ("value", "slots", "state"),
    [
        (None, 16, "warning"),
        ("4", 16, "warning"),
        ("32", 16, "warning"),
        ("16", 16, "ok"),
        ("4", 4, "advice"),
        ("auto", 16, "warning"),
    ],
)
def test_slots_have_to_be_those_that_the_proxy_counts_on(value: str | None, slots: int, state: str) -> None:
    """Ollama's default is one; few that agree are worth a word too."""
    environ = {} if value is None else {"OLLAMA_NUM_PARALLEL": value}

    assert judge_slots(environ, ShapingConfig(slots=slots), NAME).state == state


def test_the_cost_of_few_slots_is_told_with_the_card_it_was_measured_on() -> None:
    """And the command that mends it."""
    finding = judge_slots({}, ShapingConfig(), NAME)

    assert "7.15 J alone and 0.65 J with sixteen" in finding.text and "H100" in finding.text
    assert "OLLAMA_NUM_PARALLEL=16" in finding.mend[1]
    assert finding.mend[-1].endswith("systemctl restart ollama.service")


def test_memory_as_the_drop_in_sets_it_is_well() -> None:
    """Nothing to say."""
    environ = {"OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_FLASH_ATTENTION": "1"}

    assert set(memory((Model("m", context_tokens=8192),), **environ).values()) == {"ok"}


def test_a_context_that_somebody_changed_is_told() -> None:
    """A Modelfile with num_ctx is a choice."""
    changed, chosen = Model("m", context_tokens=4096), Model("m", "num_ctx 4096", context_tokens=4096)

    assert memory((changed,), OLLAMA_CONTEXT_LENGTH="8192")["context of a slot"] == "warning"
    assert memory((chosen,), OLLAMA_CONTEXT_LENGTH="8192")["context of a slot"] == "ok"
    assert memory()["context of a slot"] == "advice"


def test_a_small_cache_costs_energy_and_needs_flash_attention() -> None:
    """q8_0's cost was not measured, and none is claimed."""
    assert memory(OLLAMA_KV_CACHE_TYPE="q4_0")["type of the KV cache"] == "advice"
    assert memory(OLLAMA_KV_CACHE_TYPE="q8_0")["type of the KV cache"] == "ok"
    off = memory(OLLAMA_KV_CACHE_TYPE="q8_0", OLLAMA_FLASH_ATTENTION="0")
    assert off["flash attention"] == off["type of the KV cache"] == "warning"


@pytest.mark.parametrize("variable", VARIABLES)
def test_variables_that_ollama_does_not_have_are_named(variable: str) -> None:
    """With what does what is meant, and where to find it."""
    (finding,) = judge_beliefs({variable: "1", "OLLAMA_DEBUG": "1"}, (), ("/etc/x.conf",), NAME)

    assert finding.state == "warning"
    assert finding.text.startswith(f"Ollama has no {variable}: ")
    assert finding.mend[0] == f"grep -n {variable} /etc/x.conf"


def test_no_mmap_in_a_modelfile_is_named() -> None:
    """The recipe's parameter does not exist."""
    (finding,) = judge_beliefs(
        {}, (Model("mine", "no_mmap true"), Model("other", "use_mmap false")), (), NAME
    )

    assert finding.text.startswith("mine has PARAMETER no_mmap")


@pytest.mark.parametrize(
    ("environ", "card", "idle", "state"),
    [
        ({}, NEW, None, "warning"),
        ({}, NEW, RESTS, "advice"),
        ({}, OLD, None, "advice"),
        ({}, OLD, RESTS, "ok"),
        ({"CUDA_DISABLE_PERF_BOOST": "1"}, NEW, None, "ok"),
        ({"CUDA_DISABLE_PERF_BOOST": "1"}, OLD, None, "advice"),
    ],
)
def test_the_boost_is_worth_a_warning_where_nothing_else_saves_it(
    environ: dict[str, str], card: Card, idle: IdleState | None, state: str
) -> None:
    """The driver's switch, or green-idle."""
    assert judge_boost(unit(**environ), card, idle).state == state


def test_without_a_unit_nothing_is_known_of_the_boost() -> None:
    """Somebody starts the server in another way."""
    assert judge_boost(None, NEW, None).state == "unknown"


def test_thinking_is_for_the_user_to_decide() -> None:
    """Advice, never a warning."""
    models = (Model("qwen3", thinks=True), Model("llama"))

    assert judge_thinking(models, ShapingConfig()).state == "advice"
    assert judge_thinking(models, ShapingConfig(thinking="off")).state == "ok"
    assert judge_thinking(models, ShapingConfig(thinking_off_models=("qwen3",))).state == "ok"
    assert judge_thinking(models[1:], ShapingConfig()).state == "ok"


@pytest.mark.parametrize(
    ("host", "state"),
    [
        (None, "ok"),
        ("127.0.0.1", "ok"),
        ("http://localhost:11434", "ok"),
        ("[::1]:11434", "ok"),
        ("0.0.0.0", "warning"),
        (":11434", "warning"),
        ("192.0.2.1:11434", "warning"),
    ],
)
def test_an_ollama_that_others_reach_is_told(host: str | None, state: str) -> None:
    """Without a host it listens everywhere."""
    assert judge_address({} if host is None else {"OLLAMA_HOST": host}, NAME).state == state


def test_the_server_and_its_version() -> None:
    """Of one that is no Ollama nothing is judged."""

    def state(ollama: Ollama, **changes: Any) -> list[str]:
        there = Unit(NAME, "loaded", "active", "enabled", **changes)
        return [finding.state for finding in judge_server(ollama, there, NAME)]

    assert state(Ollama("http://x", "0.32.15")) == ["ok"]
    assert state(Ollama("http://x", "0.9.6")) == ["advice"]
    assert state(Ollama("http://x")) == ["unknown"]
    assert state(Ollama("http://x", "0.32"), needs_reload=True) == ["ok", "warning"]
    assert state(Ollama("http://x", "0.32"), environ={"OLLAMA_DEBUG_LOG_REQUESTS": "1"}) == ["ok", "warning"]
