# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The user's own command."""

from __future__ import annotations

import pytest

from green_common.errors import UsageError
from green_qwen.tune.servers.template import Template
from green_qwen.tune.setting import Setting


def test_places_are_filled_word_by_word() -> None:
    """No shell ever sees them."""
    template = Template("/opt/llama-server -m '/a b.gguf' --port {port} -np {slots} -c {total_context}")

    command = template.command(Setting(slots=4, context_tokens=8192), 1234)

    assert command == ["/opt/llama-server", "-m", "/a b.gguf", "--port", "1234", "-np", "4", "-c", "32768"]


def test_the_default_context_is_the_models_own() -> None:
    """Which llama-server calls 0."""
    assert Template("llama-server -c {total_context} --port {port}").command(Setting(), 1)[2] == "0"


def test_llama_server_has_every_knob_by_its_environment() -> None:
    """So that a template needs a port alone."""
    assert {"slots", "kv_cache", "gpu_sampling", "perf_boost"} <= Template("llama-server --port {port}").knobs


def test_another_program_has_the_knobs_that_its_template_names() -> None:
    """And the one that CUDA itself reads."""
    assert Template("vllm serve M --port {port} --max-num-seqs {slots}").knobs == {"slots", "perf_boost"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("vllm --port {port} {speed}", "{speed} is no placeholder"),
        ("llama-server -np {slots}", "{port}"),
        ("vllm --port {port}", "{slots}"),
        ("vllm 'unfinished", "No closing quotation"),
        ("", "{port}"),
    ],
)
def test_a_wrong_template_is_named(text: str, says: str) -> None:
    """With what is missing or unknown."""
    with pytest.raises(UsageError, match=says.replace("{", r"\{").replace("}", r"\}")):
        Template(text)
