# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Settings as Ollama and llama-server are told them."""

from __future__ import annotations

from green_qwen.tune.servers.environment import (
    LLAMA_NAMES,
    OLLAMA_NAMES,
    llama_environment,
    ollama_environment,
    ollama_options,
)
from green_qwen.tune.servers.ollama import trial_drop_in
from green_qwen.tune.setting import Setting

FULL = Setting(16, 8192, "q8_0", "on", 2048, 16, False, perf_boost=False, gpu_sampling=True)


def test_ollama_gets_the_variables_that_it_has() -> None:
    """None of the original recipe's that do not exist."""
    assert ollama_environment(FULL) == {
        "OLLAMA_NUM_PARALLEL": "16",
        "OLLAMA_CONTEXT_LENGTH": "8192",
        "OLLAMA_KV_CACHE_TYPE": "q8_0",
        "OLLAMA_FLASH_ATTENTION": "1",
        "CUDA_DISABLE_PERF_BOOST": "1",
        "LLAMA_ARG_BACKEND_SAMPLING": "1",
    }


def test_the_models_own_parameters_go_into_its_options() -> None:
    """By the names of a Modelfile."""
    assert ollama_options(FULL) == {"num_batch": 2048, "num_thread": 16, "use_mmap": False}


def test_llama_server_gets_the_context_of_all_slots() -> None:
    """Which it divides among them."""
    assert llama_environment(FULL)["LLAMA_ARG_CTX_SIZE"] == str(16 * 8192)


def test_the_default_sets_nothing_but_one_slot() -> None:
    """llama-server by itself would take four."""
    assert llama_environment(Setting()) == {"LLAMA_ARG_N_PARALLEL": "1"}
    assert ollama_environment(Setting()) == {"OLLAMA_NUM_PARALLEL": "1"}


def test_every_variable_is_known_to_who_clears_them() -> None:
    """What a user has set may not leak into a trial."""
    assert ollama_environment(FULL).keys() <= set(OLLAMA_NAMES)
    assert llama_environment(FULL).keys() <= set(LLAMA_NAMES)


def test_a_trials_drop_in_takes_away_what_others_have_set() -> None:
    """The default is measured as if nobody had set anything."""
    lines = trial_drop_in(Setting()).splitlines()

    assert "Environment=OLLAMA_NUM_PARALLEL=1" in lines
    assert any(line.startswith("UnsetEnvironment=") and "OLLAMA_KV_CACHE_TYPE" in line for line in lines)
