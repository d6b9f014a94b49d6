# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Threads that listen to green-telemetry or to NVML, to green-proxy and to the journal, none for another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from green_common.config import Config
from green_common.errors import GreenError
from green_common.gpu import GpuError
from green_qwen.idle_state import read_idle_state
from green_qwen.live import LiveSocket
from green_qwen.top.bare import BareGpus
from green_qwen.top.day import day_of, midnight_s
from green_qwen.top.gathered import Gathered
from green_qwen.top.proxy import read_proxy
from green_qwen.top.view import NVML, TELEMETRY, View

PROXY_EVERY_S = 1.0
BARE_EVERY_S = 0.5
# How long green-telemetry is left alone before it is looked for again.
ABSENT_S = 2.0
# Counters tell of the time between; the journal is asked anew for what they miss, and after midnight.
DAY_EVERY_S = 600.0
# What words of another version of green-telemetry raise.
NOT_UNDERSTOOD = (KeyError, TypeError, ValueError, AttributeError)
GPUS, PROXY, DAY = "gpus", "proxy", "day"


class Sources:
    """Owned by whoever draws: `start` once, then `view`; `news` is called from their threads."""

    def __init__(self, config: Config, news: Callable[[], None]) -> None:
        self._config = config
        self._news = news
        self._live = LiveSocket(config.telemetry.live_socket)
        self._bare = BareGpus(config)
        self._gathered = Gathered()
        self._lock = threading.Lock()
        self._ask_day = threading.Event()
        self._answered = {name: threading.Event() for name in (GPUS, PROXY, DAY)}

    def start(self) -> None:
        """They end with the process: what they wait in can't be called off."""
        for follow in (self._follow_gpus, self._follow_proxy, self._follow_day):
            threading.Thread(target=follow, daemon=True).start()

    def wait(self, within_s: float, *names: str) -> None:
        """Return once each of these was heard of, or known to be absent."""
        until_s = time.monotonic() + within_s
        for name in names or (GPUS, PROXY, DAY):
            self._answered[name].wait(max(0.0, until_s - time.monotonic()))

    def view(self) -> View:
        with self._lock:
            self._read_idle()
            return self._gathered.view(time.time())

    def _read_idle(self) -> None:
        try:
            self._gathered.idle = read_idle_state(self._config.idle.held_file)
            self._gathered.notes.pop("idle", None)
        except GreenError as error:
            self._gathered.idle, self._gathered.notes["idle"] = None, str(error)

    def _follow_gpus(self) -> None:
        while True:
            try:
                self._follow_telemetry()
                why = f"{self._config.telemetry.live_socket}: green-telemetry has ended its stream"
            except GreenError as error:
                why = str(error)
            except NOT_UNDERSTOOD as error:
                why = f"{self._config.telemetry.live_socket}: what it tells is not understood: {error!r:.80}"
            self._read_bare(why)

    def _follow_telemetry(self) -> None:
        for number, event in enumerate(self._live.stream()):
            if number == 0:
                self._bare.close()
                self._ask_day.set()
            with self._lock:
                if event.get("event") == "snapshot":
                    self._gathered.take_snapshot(event, TELEMETRY)
                    self._gathered.notes.pop(GPUS, None)
                elif event.get("event") == "receipt":
                    self._gathered.take_receipt(event)
            self._tell(GPUS)

    def _read_bare(self, why: str) -> None:
        """For some seconds, by ourselves."""
        until_s = time.monotonic() + ABSENT_S
        while time.monotonic() < until_s:
            snapshot, trouble = None, ""
            try:
                snapshot = self._bare.read()
            except GpuError as error:
                trouble = f"\n{error}"
            with self._lock:
                self._gathered.notes[GPUS] = why + trouble
                if snapshot is None:
                    self._gathered.lose()
                else:
                    self._gathered.take_snapshot(snapshot, NVML)
                    # Counters of our own beside the books would count twice.
                    self._gathered.day = None
            self._answered[DAY].set()
            self._tell(GPUS)
            time.sleep(BARE_EVERY_S)

    def _follow_proxy(self) -> None:
        while True:
            proxy, why = None, ""
            try:
                proxy = read_proxy(self._config.proxy.listen)
            except GreenError as error:
                why = str(error)
            with self._lock:
                self._gathered.proxy = proxy
                self._gathered.notes.pop(PROXY, None)
                if why:
                    self._gathered.notes[PROXY] = why
            self._tell(PROXY)
            time.sleep(PROXY_EVERY_S)

    def _follow_day(self) -> None:
        while True:
            self._ask_day.wait()
            self._ask_day.clear()
            self._read_day()
            self._tell(DAY)
            now_s = time.time()
            left_s = midnight_s(now_s) + 86_400.0 - now_s
            self._ask_day.wait(min(DAY_EVERY_S, max(1.0, left_s)))
            self._ask_day.set()

    def _read_day(self) -> None:
        began_s = midnight_s(time.time())
        try:
            day = day_of(self._live.history(kind="window", since=f"{began_s:.0f}"), began_s)
        except (GreenError, *NOT_UNDERSTOOD):
            day = None
        with self._lock:
            self._gathered.day = day

    def _tell(self, name: str) -> None:
        self._answered[name].set()
        self._news()
