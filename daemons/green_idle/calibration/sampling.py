# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The sampling process of a calibration, seen from green-idle."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from green_common.config import GpuConfig

MODULE = "green_idle.calibration.sampler"
MAX_READ_BYTES = 65536


class Sampling:
    """Runs only while power is wanted; `ended` is set where it ended by itself."""

    def __init__(self, config: GpuConfig) -> None:
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._uuids: frozenset[str] = frozenset()
        self._rest = b""
        self.ended = False

    def want(self, uuids: frozenset[str]) -> None:
        """Sample these GPUs from now on; without any the process ends."""
        if uuids == self._uuids:
            return
        self._stop()
        self._uuids = uuids
        if uuids:
            self._start()

    def fileno(self) -> int | None:
        return self._process.stdout.fileno() if self._process and self._process.stdout else None

    def read(self) -> Iterator[tuple[str, float, float]]:
        """The samples that wait: UUID, watts, and when they were read; never blocks."""
        descriptor = self.fileno()
        if descriptor is None:
            return
        try:
            received = os.read(descriptor, MAX_READ_BYTES)
        except BlockingIOError:
            return
        if not received:
            self.ended = True
            self._stop()
            return
        *lines, self._rest = (self._rest + received).split(b"\n")
        for line in lines:
            at_s, uuid, power_w = line.decode(errors="replace").split(" ")
            yield uuid, float(power_w), float(at_s)

    def close(self) -> None:
        self.want(frozenset())

    def _start(self) -> None:
        # With our own module path and without this machine's start-up hooks (-S).
        path = os.pathsep.join(one for one in sys.path if one)
        command = [sys.executable, "-S", "-m", MODULE, self._config.driver, self._config.simulated_socket]
        try:
            self._process = subprocess.Popen(
                [*command, *sorted(self._uuids)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                restore_signals=True,
            )
        except OSError:
            self.ended = True
            return
        assert self._process.stdout
        os.set_blocking(self._process.stdout.fileno(), False)

    def _stop(self) -> None:
        process, self._process = self._process, None
        self._uuids, self._rest = frozenset(), b""
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdout:
            process.stdout.close()
        process.wait()
