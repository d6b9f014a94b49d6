# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Loads on the proxy's own account.

Ollama gives a load up when the client leaves that wanted it, whoever else waits for it. So no client's
request begins one: all that need a model wait for one load of the proxy's, which ends by itself.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import httpx

from green_common.feed.reasons import LOAD_ABORTED, TIME_LIMIT
from green_common.logs import get_log
from green_proxy.answer.usage import Usage
from green_proxy.fault import Fault
from green_proxy.feed.feed import Feed
from green_proxy.models.control import Control
from green_proxy.models.replies import full_name, load_path
from green_proxy.models.residency import MAX_SEEN, Models
from green_proxy.request_id import new_id

# Ollama reads the model's file for it, which may be on a disk that sleeps.
SHOW_TIMEOUT_S = 15.0
_DURATION = re.compile(r"[+-]?(\d{1,18}(\.\d{1,18})?(ns|us|µs|ms|s|m|h)){1,8}")
COUNTED = {
    "loads_total": "Loads of models that the proxy began.",
    "loads_failed_total": "Loads that the model server refused, broke off or did not finish in time.",
    "load_seconds_total": "Seconds that the proxy's loads took.",
    "loads_outliving_their_client_total": "Loads that went on although nobody waited for them any more.",
    "waited_for_load_total": "Requests that waited for the proxy to find out about a model or load it.",
    "loading": "Loads of the proxy's under way.",
}


class Load:
    """One model on its way into memory; `began` once the model server was asked for it."""

    __slots__ = ("began", "model", "outlives", "task", "waiters")

    def __init__(self, model: str) -> None:
        self.model = model
        self.waiters = 0
        self.began = False
        self.outlives = False
        self.task: asyncio.Task[bool] | None = None


class Loads:
    """Owns the loads under way, one for each model."""

    def __init__(
        self, control: Control, models: Models, feed: Feed, load_timeout_s: Callable[[], float]
    ) -> None:
        self._control = control
        self._models = models
        self._feed = feed
        self._load_timeout_s = load_timeout_s
        self._loads: dict[str, Load] = {}
        self._not_kept: dict[str, None] = {}
        self._counts = dict.fromkeys(COUNTED, 0.0)

    @property
    def counts(self) -> dict[str, float]:
        return {**self._counts, "loading": sum(load.began for load in self._loads.values())}

    async def ready(self, model: str, keep_alive: object = None) -> None:
        """
        Wait until the model is in memory, or the model server can't bring it there: the request learns why.

        Raises Fault 504 where it takes longer than proxy.load_timeout_s. Cancelling it cancels no load.
        """
        if not self._models.may_have_to_load(model) or full_name(model) in self._not_kept:
            return
        self._counts["waited_for_load_total"] += 1
        load = self._loads.get(full_name(model)) or self._bring(model, keep_alive)
        load.waiters += 1
        try:
            in_time = await asyncio.shield(_task_of(load))
        finally:
            load.waiters -= 1
            self._note_leaving(load)
        if not in_time:
            raise _too_slow(model, self._load_timeout_s())

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [_task_of(load) for load in self._loads.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _bring(self, model: str, keep_alive: object) -> Load:
        load = self._loads[full_name(model)] = Load(model)
        load.task = asyncio.ensure_future(self._find_and_load(load, keep_alive))
        return load

    def _note_leaving(self, load: Load) -> None:
        if load.began and not load.waiters and not load.outlives and not _task_of(load).done():
            load.outlives = True
            self._counts["loads_outliving_their_client_total"] += 1

    async def _find_and_load(self, load: Load, keep_alive: object) -> bool:
        """False where the load took too long."""
        try:
            if not await self._models.must_load(load.model):
                return True
            path = await self._load_path(load.model)
            # Without anybody who waits nothing is in flight, and clocks may have been lowered meanwhile.
            if path is None or not load.waiters:
                return True
            return await self._load(load, path, _order(load.model, path, keep_alive))
        finally:
            del self._loads[full_name(load.model)]

    async def _load_path(self, model: str) -> str | None:
        card = await self._control.ask("POST", "/api/show", json={"model": model}, timeout_s=SHOW_TIMEOUT_S)
        return load_path(card) if card is not None else None

    async def _load(self, load: Load, path: str, order: dict[str, Any]) -> bool:
        limit_s, began_s = self._load_timeout_s(), time.monotonic()
        load.began = True
        self._counts["loads_total"] += 1
        generation = self._tell_begin(load.model, began_s)
        response = None
        try:
            response = await self._control.ask("POST", path, json=order, timeout_s=limit_s)
        finally:
            took_s = time.monotonic() - began_s
            late = response is None and took_s >= limit_s
            self._tell_end(generation, response)
            self._count(load.model, response, took_s)
        if response is not None and response.is_success:
            await self._note_loaded(load.model, kept="keep_alive" not in order)
        return not late

    async def _note_loaded(self, model: str, *, kept: bool) -> None:
        """Its context is known from here on; and whether a load before the request is of any use."""
        loaded = await self._models.contexts.loaded()
        if loaded is None or full_name(model) in loaded:
            self._models.residency.seen(model, time.monotonic())
            if kept:
                self._models.stays.loaded(model, self._models.contexts.left_s.get(full_name(model)))
        elif kept:
            # With OLLAMA_KEEP_ALIVE=0 the request would have to load it once more.
            self._not_kept[full_name(model)] = None
            if len(self._not_kept) > MAX_SEEN:
                del self._not_kept[next(iter(self._not_kept))]
            say = f"{model} does not stay in memory, so requests load it themselves (OLLAMA_KEEP_ALIVE)"
            get_log().info("model.not_kept", say=say, model=model)

    def _tell_begin(self, model: str, at_s: float) -> str:
        """A generation without requests: it belongs to none of those that wait."""
        generation, book = new_id(time.time()), self._feed.activity
        self._feed.publish(book.forwarded(generation, (), model, at_s))
        self._feed.publish(book.load_started(generation, at_s))
        return generation

    def _tell_end(self, generation: str, response: httpx.Response | None) -> None:
        book = self._feed.activity
        if response is None:
            self._feed.publish(book.cancelled(generation, LOAD_ABORTED))
            return
        self._feed.publish(book.load_finished(generation, time.monotonic()))
        self._feed.publish(book.finished(generation, response.status_code, Usage()))

    def _count(self, model: str, response: httpx.Response | None, took_s: float) -> None:
        self._counts["load_seconds_total"] += took_s
        if response is not None and response.is_success:
            get_log().info("model.loaded", say=f"{model} was loaded in {took_s:.1f} s", model=model)
            return
        self._counts["loads_failed_total"] += 1
        what = f"status {response.status_code}" if response is not None else "no answer"
        say = f"{model} was not loaded: {what} after {took_s:.1f} s"
        get_log().warning("model.load_failed", say=say, model=model)


def _task_of(load: Load) -> asyncio.Task[bool]:
    assert load.task is not None
    return load.task


def _order(model: str, path: str, keep_alive: object) -> dict[str, Any]:
    """What loads the model and does nothing else."""
    order: dict[str, Any] = {"model": model}
    if path == "/api/embed":
        order["input"] = []
    if _keeps(keep_alive):
        order["keep_alive"] = keep_alive
    return order


def _keeps(keep_alive: object) -> bool:
    """
    True for seconds and Go's durations, such as '5m', that are not zero.

    Zero would unload the model, and nonsense would fail the load for all that wait for it.
    """
    if isinstance(keep_alive, str):
        return bool(_DURATION.fullmatch(keep_alive)) and any(digit in keep_alive for digit in "123456789")
    return isinstance(keep_alive, int | float) and not isinstance(keep_alive, bool) and keep_alive != 0


def _too_slow(model: str, limit_s: float) -> Fault:
    text = f"{model} was not loaded within {limit_s:g} s (proxy.load_timeout_s in green-qwen.toml)"
    return Fault(504, text, TIME_LIMIT)
