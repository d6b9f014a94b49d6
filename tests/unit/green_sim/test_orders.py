# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What of a request decides how the model is loaded, how long it stays and whether it thinks."""

from __future__ import annotations

import pytest

from green_sim.ollama.body import ApiError, Body
from green_sim.ollama.models import Catalogue, Model
from green_sim.ollama.orders import (
    Service,
    context_tokens,
    read_keep_alive_s,
    read_runner,
    read_think,
)

QWEN = Model("qwen3:32b")
LLAMA = Model("llama3:latest")
SILENT = read_runner(Service(), QWEN, Body({}))


@pytest.mark.parametrize(
    "fields",
    [
        {"options": {"num_ctx": 40960}},
        {"options": {"num_batch": 512}},
        {"options": {"num_gpu": 99}},
        {"options": {"main_gpu": 1}},
        {"options": {"use_mmap": False}},
        {"options": {"num_thread": 8}},
        {"options": {"draft_num_predict": 4}},
        {"shift": False},
    ],
)
def test_launch_settings_differ_from_omitted_ones(fields: dict[str, object]) -> None:
    """Explicit against omitted is a difference, also where the value is the default."""
    assert read_runner(Service(), QWEN, Body(fields)) != SILENT


@pytest.mark.parametrize(
    "fields",
    [
        {"options": {"temperature": 0, "seed": 1, "num_predict": 5}},
        {"options": {"num_gpu": -1}},
        {"options": {"num_thread": 0}},
        {"options": {"no_mmap": True}},
        {"shift": True},
    ],
)
def test_other_settings_make_no_difference(fields: dict[str, object]) -> None:
    """Sampling, automatic values and unknown options reload nothing."""
    assert read_runner(Service(), QWEN, Body(fields)) == SILENT


def test_context_of_the_environment_is_explicit() -> None:
    """A request that names the same value fits the runner, one that is silent does too."""
    service = Service(context_tokens=8192)

    silent = read_runner(service, QWEN, Body({}))
    named = read_runner(service, QWEN, Body({"options": {"num_ctx": 8192}}))

    assert silent == named != SILENT
    assert context_tokens(silent) == 8192


def test_context_is_at_most_what_the_model_was_trained_for() -> None:
    """Asking for more changes the runner but gives no more."""
    runner = read_runner(Service(), QWEN, Body({"options": {"num_ctx": 262144}}))

    assert context_tokens(runner) == 40960


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, None), (0, 0.0), ("10m", 600.0), (-1, -1.0), (2.5, 2.5)]
)
def test_keep_alive_is_read(value: object, seconds: float | None) -> None:
    """A number, a duration, or nothing."""
    assert seconds == read_keep_alive_s(Body({"keep_alive": value}))


@pytest.mark.parametrize("value", [True, [], "soon"])
def test_wrong_keep_alive_is_refused(value: object) -> None:
    """With status 400."""
    with pytest.raises(ApiError, match="duration"):
        read_keep_alive_s(Body({"keep_alive": value}))


@pytest.mark.parametrize(
    ("model", "value", "think"),
    [
        (QWEN, None, True),
        (QWEN, False, False),
        (QWEN, "none", False),
        (QWEN, "low", True),
        (LLAMA, None, None),
    ],
)
def test_models_think_unless_told_not_to(model: Model, value: object, think: bool | None) -> None:
    """Only those that can."""
    assert think is read_think(model, value)


def test_model_that_cannot_think_refuses_to() -> None:
    """As the real server does."""
    with pytest.raises(ApiError, match='"llama3:latest" does not support thinking'):
        read_think(LLAMA, True)


def test_name_without_tag_means_latest() -> None:
    """Both names find the same model."""
    catalogue = Catalogue(["llama3"])

    assert catalogue.find("llama3") is catalogue.find("llama3:latest")


@pytest.mark.parametrize(("name", "status"), [("", 400), ("gpt-9", 404)])
def test_unknown_models_are_refused(name: str, status: int) -> None:
    """Nothing named is another mistake than nothing found."""
    with pytest.raises(ApiError) as caught:
        Catalogue(["qwen3:32b"]).find(name)

    assert status == caught.value.status
