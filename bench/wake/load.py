# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A green-proxy that streams as fast as it can, on the same two cores."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from bench.proxy.running import FailedError, Running, free_port
from bench.proxy.variants import Place, bare_environ, green_environ
from bench.wake.chain import CPUS, ROOT, START_S

STREAMS, TOKENS, PER_S, ANSWERS, LIVES_S, ROUND_S = 50, 9000, 5000, 10, 3600, 200


class Load:
    """From its start to `stop` without a pause."""

    def __init__(self, folder: Path, tools: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._tools = folder, tools
        self._place = Place(folder, folder, folder, ROOT, Path(sys.executable))
        upstream, self._port = free_port(), free_port()
        self._running = [self._run("upstream", [str(tools / "upstream"), str(upstream), str(LIVES_S)], {})]
        self._running[0].wait_for_port(upstream, START_S)
        environ = green_environ(self._place, self._port, upstream, on=False)
        self._running.append(self._run("proxy", [sys.executable, "-m", "green_proxy"], environ))
        self._running[1].wait_for_port(self._port, START_S)
        self._failed = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def check(self) -> None:
        """Raises FailedError where it has broken off."""
        if self._failed:
            raise FailedError(f"the load ended; it said:\n{self._failed}")

    def stop(self) -> None:
        self._over.set()
        for running in reversed(self._running):
            running.stop()
        self._thread.join()

    def _ask(self) -> None:
        words = {"-p": self._port, "-c": STREAMS, "-n": TOKENS, "-r": PER_S, "-k": ANSWERS, "-t": ROUND_S}
        options = [str(word) for pair in words.items() for word in pair]
        while not self._over.is_set() and not self._failed:
            running = self._run("load", [str(self._tools / "load"), "streams", *options], {})
            self._running.append(running)
            if running.process.wait() != 0 and not self._over.is_set():
                self._failed = running.last_words()

    def _run(self, name: str, command: list[str], environ: dict[str, str]) -> Running:
        return Running(command, CPUS, self._folder / f"{name}.log", {**bare_environ(), **environ})
