# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated driver over its Unix socket, in the lines that green_sim.gpu.protocol describes."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

from green_common.gpu.device import Clocks, Gpu, Instance, Memory, ProcessWork, Unopened, Utilisation
from green_common.gpu.errors import (
    GpuError,
    GpuLostError,
    GpuPermissionError,
    GpuUnsupportedError,
    NoDriverError,
)
from green_common.gpu.opening import open_each

TIMEOUT_S = 2.0
MAX_REPLY_BYTES = 65536

_ERRORS: dict[str, type[GpuError]] = {
    "no_permission": GpuPermissionError,
    "not_supported": GpuUnsupportedError,
    "gpu_lost": GpuLostError,
    "driver_gone": GpuLostError,
    "not_found": GpuLostError,
}


class _Line:
    """One connection, shared by the threads of a process; it connects again after the simulation restarts."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def ask(self, request: str) -> list[str]:
        """The values of a reply; raises a GpuError for an error reply and for a lost connection."""
        with self._lock:
            try:
                reply = self._exchange(request)
            except OSError as error:
                self._hang_up()
                raise GpuLostError(
                    f"the simulated driver on {self._path} does not answer: {error}; is green-sim running?"
                ) from error
        return _values(request, reply)

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def _exchange(self, request: str) -> str:
        """Ask once more on a new connection if the old one turns out to be dead; no call counts twice."""
        if self._socket is not None:
            try:
                return self._exchange_once(self._socket, request)
            except ConnectionError:
                self._hang_up()
        self._socket = self._connect()
        return self._exchange_once(self._socket, request)

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(TIMEOUT_S)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        return connection

    def _exchange_once(self, connection: socket.socket, request: str) -> str:
        connection.sendall(request.encode("ascii") + b"\n")
        reply = bytearray()
        while not reply.endswith(b"\n"):
            part = connection.recv(4096)
            if not part:
                raise ConnectionResetError("the connection was closed")
            reply += part
            if len(reply) > MAX_REPLY_BYTES:
                raise OSError("the reply is too long")
        return reply.decode("ascii", errors="replace").rstrip("\n")

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class SimulatedGpu:
    """One simulated GPU; clocks are set on a line of their own, so that a slow driver holds up no reading."""

    def __init__(self, line: _Line, setting: _Line, index: int) -> None:
        self._line = line
        self._setting = setting
        self.index = index
        self.uuid = self._text("uuid")
        self.name = self._text("name")
        self.recheck_power()

    def recheck_power(self) -> None:
        self.power_is_instant = self._offers_instant_power()

    def read_power_w(self) -> float:
        if self.power_is_instant:
            try:
                return self._number("power_instant") / 1000
            except GpuUnsupportedError:
                self.power_is_instant = False
        return self._number("power_average") / 1000

    def read_energy_j(self) -> float:
        return self._number("energy") / 1000

    def read_utilisation(self) -> Utilisation:
        gpu, memory = self._numbers("utilisation")
        return Utilisation(gpu, memory)

    def read_clocks(self) -> Clocks:
        return Clocks(self._number("clock", "sm"), self._number("clock", "memory"))

    def read_memory(self) -> Memory:
        used, total = self._numbers("memory")
        return Memory(used, total)

    def read_temperature_c(self) -> int:
        return self._number("temperature")

    def read_power_limit_w(self) -> float:
        return self._number("power_limit") / 1000

    def read_clock_event_reasons(self) -> int:
        return self._number("clock_event_reasons")

    def read_supported_sm_clocks_mhz(self) -> tuple[int, ...]:
        highest_memory_mhz = max(self._numbers("memory_clocks"))
        return tuple(sorted(self._numbers("sm_clocks", str(highest_memory_mhz))))

    def read_supported_memory_clocks_mhz(self) -> tuple[int, ...]:
        return tuple(sorted(self._numbers("memory_clocks")))

    def read_performance_state(self) -> int:
        return self._number("performance_state")

    def read_compute_pids(self) -> tuple[int, ...]:
        return tuple(int(process.partition(":")[0]) for process in self._values("processes"))

    def read_process_work(self, since_unix_us: int) -> tuple[ProcessWork, ...]:
        try:
            lines = self._values("process_utilisation")
        except GpuLostError as error:
            # Here alone 'not found' is an answer: nothing ran.
            if error.code == "not_found":
                return ()
            raise
        found = (tuple(map(int, line.split(":"))) for line in lines)
        return tuple(ProcessWork(pid, sm, at_us) for pid, at_us, sm, _ in found if at_us > since_unix_us)

    def read_instances(self) -> tuple[Instance, ...]:
        try:
            lines = self._values("instances")
        except GpuUnsupportedError:
            return ()
        return tuple(_instance(line) for line in lines)

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        self._set("lock_sm", low_mhz, high_mhz)

    def reset_sm_clocks(self) -> None:
        self._set("reset_sm")

    def lock_memory_clocks(self, low_mhz: int, high_mhz: int) -> None:
        self._set("lock_memory", low_mhz, high_mhz)

    def reset_memory_clocks(self) -> None:
        self._set("reset_memory")

    def _offers_instant_power(self) -> bool:
        try:
            return self._number("power_instant") > 0
        except GpuUnsupportedError:
            return False

    def _set(self, call: str, *clocks_mhz: int) -> None:
        self._setting.ask(" ".join([call, str(self.index), *map(str, clocks_mhz)]))

    def _values(self, call: str, *arguments: str) -> list[str]:
        return self._line.ask(" ".join([call, str(self.index), *arguments]))

    def _text(self, call: str) -> str:
        return " ".join(self._values(call))

    def _numbers(self, call: str, *arguments: str) -> list[int]:
        values = self._values(call, *arguments)
        try:
            return [int(value) for value in values]
        except ValueError as error:
            raise GpuError(f"simulated driver: {call}: {' '.join(values)!r} is no number") from error

    def _number(self, call: str, *arguments: str) -> int:
        return self._numbers(call, *arguments)[0]


class SimulatedDriver:
    """The simulated driver behind a Unix socket; a context manager."""

    simulated = True

    def __init__(self, socket_path: str) -> None:
        """Raises NoDriverError where nothing answers on the socket."""
        self._line, self._setting = _Line(str(socket_path)), _Line(str(socket_path))
        try:
            self.version = " ".join(self._line.ask("driver_version"))
        except GpuError as error:
            self._line.close()
            raise NoDriverError(str(error)) from error
        self.unopened: tuple[Unopened, ...] = ()

    def open_gpus(self) -> tuple[Gpu, ...]:
        count = int(self._line.ask("gpu_count")[0])
        gpus, self.unopened = open_each(count, lambda index: SimulatedGpu(self._line, self._setting, index))
        return gpus

    def close(self) -> None:
        """Hang up."""
        self._line.close()
        self._setting.close()

    def __enter__(self) -> SimulatedDriver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _values(request: str, reply: str) -> list[str]:
    state, *values = reply.split(" ")
    if state == "ok":
        return values
    code = values[0] if values else ""
    error = _ERRORS.get(code, GpuError)(f"simulated driver: {request.split(' ')[0]}: {' '.join(values[1:])}")
    error.code = code
    raise error


def _instance(line: str) -> Instance:
    """From `UUID:NAME:USED:TOTAL:PID,PID`, with underscores for the name's spaces."""
    uuid, name, used, total, pids = line.split(":")
    running = tuple(int(pid) for pid in pids.split(",") if pid)
    return Instance(uuid, name.replace("_", " "), Memory(int(used), int(total)), running)
