# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""From a request's body to an order for the model server."""

from __future__ import annotations

from dataclasses import dataclass, field

from green_sim.durations import parse_duration_s
from green_sim.engine.job import Runner
from green_sim.engine.launch import TRAINED_CONTEXT_TOKENS
from green_sim.ollama.answer import Author
from green_sim.ollama.body import ApiError, Body
from green_sim.ollama.models import Catalogue, Model

# A request that sets one of these otherwise than the loaded runner has it makes the server load again.
RUNNER_OPTIONS = ("num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "draft_num_predict")
NEUTRAL = {"main_gpu": 0, "num_thread": 0}


@dataclass(frozen=True, slots=True)
class Service:
    """What the server's environment and command line decide for every request."""

    catalogue: Catalogue = field(default_factory=lambda: Catalogue(["qwen3:32b"]))
    author: Author = field(default_factory=Author)
    context_tokens: int | None = None


def read_runner(service: Service, model: Model, body: Body) -> Runner:
    """The launch settings that a request asks for; explicit against omitted is a difference."""
    options = body.table("options")
    chosen: dict[str, int | bool] = {}
    if service.context_tokens is not None:
        chosen["num_ctx"] = service.context_tokens
    for name in RUNNER_OPTIONS:
        value = options.whole(name)
        if value is not None and value != NEUTRAL.get(name) and not (name == "num_gpu" and value < 0):
            chosen[name] = value
    use_mmap = options.flag("use_mmap")
    if use_mmap is not None:
        chosen["use_mmap"] = use_mmap
    return Runner(model.name, frozenset(chosen.items()), body.flag("shift") is not False)


def context_tokens(runner: Runner) -> int:
    """The context of a runner: as set, at most what the model was trained for."""
    wanted = dict(runner.options).get("num_ctx", TRAINED_CONTEXT_TOKENS)
    return max(16, min(wanted, TRAINED_CONTEXT_TOKENS))


def read_keep_alive_s(body: Body) -> float | None:
    """How long the model stays after this request, -1 for ever; nothing where the request is silent."""
    value = body.raw("keep_alive")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ApiError(400, "invalid type of field 'keep_alive': a duration is a number or a string")
    try:
        return parse_duration_s(value)
    except ValueError as error:
        raise ApiError(400, f"time: invalid duration: {error}") from error


def read_think(model: Model, value: object) -> bool | None:
    """Whether to think: models that can do so unless told not to; nothing for those that can't."""
    wanted = value not in (False, "none") if value is not None else None
    if model.thinks:
        return wanted is not False
    if wanted:
        raise ApiError(400, f'"{model.name}" does not support thinking')
    return None


def read_limit(value: int | None) -> int | None:
    """The client's limit on generated tokens; negative means none."""
    return None if value is None or value < 0 else value
