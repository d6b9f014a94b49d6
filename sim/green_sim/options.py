# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line of green-sim, on top of the environment variables that the real server reads."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from green_common.errors import UsageError
from green_sim.durations import parse_duration_s
from green_sim.engine.launch import Launch
from green_sim.gpu.costs import CACHE_BYTES, USUAL_BATCH_TOKENS, Knobs, make_of
from green_sim.gpu.faults import Faults, parse_faults
from green_sim.ollama.answer import Span

DEFAULT_GPU_SOCKET = Path("/run/green-sim/gpu.sock")
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 11434
MAX_GPUS = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the simulated model server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that can be chosen at the start."""

    listen: Address
    gpu_socket: Path
    gpus: int
    seed: int
    models: tuple[str, ...]
    keep_models: Path | None
    parallel: int
    load_s: float
    keep_alive_s: float
    max_queue: int
    context_tokens: int | None
    answer_tokens: Span
    think_tokens: Span
    perf_boost: bool
    faults: Faults
    launch: Launch | None


def read_options(arguments: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Options from the command line, then the environment; raises UsageError for a wrong value."""
    given = _parser().parse_args(arguments)
    listen = _first(given.listen, environ.get("OLLAMA_HOST"), str(Address(DEFAULT_HOST, DEFAULT_PORT)))
    parallel = _first(given.parallel, environ.get("OLLAMA_NUM_PARALLEL"), "1")
    keep_alive = _first(given.keep_alive, environ.get("OLLAMA_KEEP_ALIVE"), "5m")
    context = _first(given.context_length, environ.get("OLLAMA_CONTEXT_LENGTH"), "0")
    queue = environ.get("OLLAMA_MAX_QUEUE") or "512"
    return Options(
        listen=_read("--listen", listen, parse_address),
        gpu_socket=Path(given.gpu_socket),
        gpus=_read("--gpus", given.gpus, _whole(1, MAX_GPUS)),
        seed=_read("--seed", given.seed, _whole(0, 2**31)),
        models=_read("--models", given.models, _parse_names),
        keep_models=given.keep_models,
        # OLLAMA_NUM_PARALLEL=0 once meant automatic; it now means one, as unset does.
        parallel=max(1, _read("--parallel", parallel, _whole(0, 1024))),
        load_s=_read("--load-s", given.load_s, _parse_seconds),
        keep_alive_s=_read("--keep-alive", keep_alive, parse_duration_s),
        max_queue=_read("OLLAMA_MAX_QUEUE", queue, _whole(0, 1_000_000)),
        context_tokens=_read("--context-length", context, _whole(0, 1_000_000)) or None,
        answer_tokens=_read("--answer-tokens", given.answer_tokens, parse_span),
        think_tokens=_read("--think-tokens", given.think_tokens, parse_span),
        perf_boost=not given.no_perf_boost and environ.get("CUDA_DISABLE_PERF_BOOST") != "1",
        faults=parse_faults(given.fault),
        launch=_read_launch(given.costs, environ),
    )


def _read_launch(costs: str | None, environ: Mapping[str, str]) -> Launch | None:
    """The settings that have a cost, from the variables that Ollama and its llama-server read."""
    if costs is None:
        return None
    cache = environ.get("OLLAMA_KV_CACHE_TYPE") or "f16"
    if cache not in CACHE_BYTES:
        raise UsageError(f"OLLAMA_KV_CACHE_TYPE: {cache!r} is not one of {', '.join(CACHE_BYTES)}")
    batch = environ.get("LLAMA_ARG_UBATCH") or str(USUAL_BATCH_TOKENS)
    knobs = Knobs(
        kv_cache=cache,
        flash_attention=environ.get("OLLAMA_FLASH_ATTENTION") != "0",
        gpu_sampling=environ.get("LLAMA_ARG_BACKEND_SAMPLING") == "1",
        batch_tokens=_read("LLAMA_ARG_UBATCH", batch, _whole(32, 65536)),
    )
    return Launch(_read("--costs", costs, make_of), knobs)


def parse_address(text: str) -> Address:
    """An address as OLLAMA_HOST has it: host, host:port, :port, with or without http://."""
    place = text.strip().removeprefix("http://").rstrip("/")
    host, colon, port = place.rpartition(":")
    if not colon or place.endswith("]"):
        host, port = place, str(DEFAULT_PORT)
    if not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is not an address such as 127.0.0.1:11434")
    return Address(host.strip("[]") or DEFAULT_HOST, int(port))


def parse_span(text: str) -> Span:
    """A number of tokens, or a span of them: `64-192`."""
    least, dash, most = text.partition("-")
    if not least.isdigit() or (dash and not most.isdigit()):
        raise ValueError(f"{text!r} is not a number of tokens such as 100 or a span such as 64-192")
    span = Span(int(least), int(most or least))
    if span.least > span.most or span.most > 1_000_000:
        raise ValueError(f"{text!r} is no span: the first number is the smaller one, at most 1000000")
    return span


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="green-sim",
        description="A simulated GPU and a simulated Ollama, for the demo and the tests.",
        epilog="Also read: OLLAMA_HOST, OLLAMA_NUM_PARALLEL, OLLAMA_KEEP_ALIVE, OLLAMA_CONTEXT_LENGTH, "
        "OLLAMA_MAX_QUEUE, CUDA_DISABLE_PERF_BOOST; with --costs also OLLAMA_KV_CACHE_TYPE, "
        "OLLAMA_FLASH_ATTENTION, LLAMA_ARG_BACKEND_SAMPLING, LLAMA_ARG_UBATCH.",
    )
    add = parser.add_argument
    add("--listen", metavar="HOST:PORT", help="address of the simulated Ollama (127.0.0.1:11434)")
    add(
        "--gpu-socket", metavar="PATH", default=str(DEFAULT_GPU_SOCKET), help="socket of the simulated driver"
    )
    add("--gpus", metavar="N", default="1", help="simulated GPUs; the model runs on the first (1)")
    add("--parallel", metavar="N", help="slots of the model server (1)")
    add("--load-s", metavar="SECONDS", default="3", help="how long loading the model takes (3)")
    add("--keep-alive", metavar="DURATION", help="how long an unused model stays, negative for ever (5m)")
    add("--context-length", metavar="TOKENS", help="context of each slot (the model's own)")
    add(
        "--models",
        metavar="NAME,...",
        default="qwen3:32b",
        help="names of the models (qwen3:32b); echo says what it was told",
    )
    add("--keep-models", metavar="FILE", type=Path, help="where models stay that were made, over a restart")
    add("--answer-tokens", metavar="LEAST-MOST", default="64-192", help="length of the answers (64-192)")
    add("--think-tokens", metavar="LEAST-MOST", default="64-192", help="length of the thinking (64-192)")
    add("--seed", metavar="N", default="0", help="seed of the wobble and of the answers (0)")
    add("--no-perf-boost", action="store_true", help="idle clocks drop, as with CUDA_DISABLE_PERF_BOOST=1")
    add(
        "--costs",
        metavar="CARD",
        help="settings have their costs and memory its limit: on the measured card (h100), or on one that "
        "this number draws",
    )
    add("--fault", metavar="NAME", action="append", default=[], help="start with this fault; may be repeated")
    return parser


def _first(*values: str | None) -> str:
    return next((value for value in values if value), "")


def _read(name: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from error


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return parse


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise ValueError(f"{text!r} is not a number of seconds from 0 to 3600")
    return seconds


def _parse_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError("at least one model is needed")
    return names
