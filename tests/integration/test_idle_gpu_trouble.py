# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A driver that fails call after call: green-idle never goes on as if the clocks were back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from green_common.config import Config, FeedConfig, IdleConfig, LoadedConfig
from green_common.feed.messages import Beat
from green_common.gpu import Gpu, GpuError, Utilisation
from green_common.process import Daemon, Process
from green_common.signals import RELOAD, STOP
from green_idle.gpus import Gpus
from green_idle.held import HeldFile
from green_idle.report import Reporter
from green_idle.tuner import Tuner
from integration.idle_rig import ScriptedProxy, wait_for
from unit.green_idle.cards import Card

GIVEN_S = 10.0
# Far less than a reading is waited for, and enough for a busy machine.
SOON_S = 0.2


class BrokenCard(Card):
    """Takes the lock; after that nothing works any more, and a request is seen to have been missed."""

    def __init__(self, proxy: ScriptedProxy) -> None:
        super().__init__()
        self._proxy = proxy

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        super().lock_sm_clocks(low_mhz, high_mhz)
        self.failing = dict.fromkeys(("reset_sm_clocks", "read_clocks"), GpuError("timeout"))
        self._proxy.say(Beat(1, 0))


class SilentCard(Card):
    """Once it is armed a reading of it returns when it is let; `reading` says that somebody waits for one."""

    def __init__(self) -> None:
        super().__init__()
        self.armed, self.reading, self.goes_on = threading.Event(), threading.Event(), threading.Event()
        self.was_reset = threading.Event()

    def read_utilisation(self) -> Utilisation:
        if self.armed.is_set():
            self.reading.set()
            assert self.goes_on.wait(2 * GIVEN_S)
        return super().read_utilisation()

    def reset_sm_clocks(self) -> None:
        super().reset_sm_clocks()
        self.was_reset.set()


class OneCard:
    """A driver with this card alone."""

    version = "1.0"
    simulated = True
    unopened = ()

    def __init__(self, card: Card) -> None:
        self._card = card

    def open_gpus(self) -> tuple[Gpu, ...]:
        return (self._card,)

    def close(self) -> None:
        pass


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    before = {number: signal.getsignal(number) for number in STOP | RELOAD}
    idle = IdleConfig(idle_after_s=1, held_file=str(tmp_path / "held"), state=str(tmp_path))
    config = Config(idle=idle, feed=FeedConfig(socket=str(tmp_path / "activity.sock")))
    made = Process(Daemon("green-idle", "A test.", lambda _: None), LoadedConfig(config, {}), None)
    yield made
    made.signals.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_clocks_that_cannot_be_given_back_end_the_process(process: Process) -> None:
    """Whoever comes after it resets again; a reading that fails as well changes nothing about that."""
    config = process.config
    held = HeldFile(config.idle.held_file)
    give_up = threading.Timer(GIVEN_S, os.kill, (os.getpid(), signal.SIGTERM))
    give_up.start()
    with ScriptedProxy(Path(config.feed.socket)) as proxy, capture_logs():
        gpus = Gpus(config.gpu, OneCard(BrokenCard(proxy)))
        tuner = Tuner(process, gpus, held, Reporter(process.log, simulated=True))

        with pytest.raises(GpuError, match="timeout"):
            tuner.run()

    give_up.cancel()
    assert held.exists()


def test_a_request_that_comes_during_a_reading_has_its_clocks_before_that_is_over(process: Process) -> None:
    """A driver can take long to read a card, or never return."""
    config = process.config
    card = SilentCard()
    took_s: list[float] = []

    def ask_while_it_is_read(proxy: ScriptedProxy) -> None:
        try:
            wait_for(lambda: card.locked_mhz, "clocks are lowered")
            card.armed.set()
            assert card.reading.wait(GIVEN_S)
            at_s = proxy.accept()
            assert card.was_reset.wait(GIVEN_S)
            took_s.append(time.monotonic() - at_s)
        finally:
            card.goes_on.set()
            os.kill(os.getpid(), signal.SIGTERM)

    with ScriptedProxy(Path(config.feed.socket)) as proxy, capture_logs():
        gpus = Gpus(config.gpu, OneCard(card))
        tuner = Tuner(process, gpus, HeldFile(config.idle.held_file), Reporter(process.log, simulated=True))
        client = threading.Thread(target=ask_while_it_is_read, args=(proxy,))
        client.start()
        tuner.run()
        client.join()

    assert took_s
    assert took_s[0] < SOON_S
    assert not card.locked_mhz
