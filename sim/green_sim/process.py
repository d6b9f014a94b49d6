# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The running simulation: HTTP and GPU socket on one event loop, from ready to a clean end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import nullcontext

import uvicorn

from green_common.errors import GreenError, NotPermittedError, UnavailableError
from green_common.notify import Notifier
from green_sim.app import build_app
from green_sim.clockwork import Clockwork
from green_sim.engine.server import Settings
from green_sim.gpu.card import Card
from green_sim.gpu.curves import H100
from green_sim.gpu.socket_server import GpuSocket
from green_sim.machine import Machine
from green_sim.ollama.answer import Author
from green_sim.ollama.models import Catalogue
from green_sim.ollama.orders import Service
from green_sim.options import Address, Options

HTTP_DATE_EVERY_S = 1.0
BACKLOG = 2048


class HttpServer(uvicorn.Server):
    """uvicorn without its own signals and without its ten ticks a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()
        self.up = asyncio.Event()

    def stop(self) -> None:
        """End soon."""
        self.should_exit = True
        self._stop.set()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        """The process has its own handlers: uvicorn's would end it by the signal, not with status 0."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, and let those know who wait for that."""
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        """Wake only to refresh the Date header."""
        while not await self.on_tick(0):
            try:
                await asyncio.wait_for(self._stop.wait(), HTTP_DATE_EVERY_S)
            except asyncio.TimeoutError:
                continue


def build_machine(options: Options, now_s: float) -> Machine:
    """The machine that the options describe."""
    curves = H100 if options.launch is None else options.launch.make.curves
    cards = tuple(
        Card(index, now_s, seed=options.seed, perf_boost=options.perf_boost, curves=curves)
        for index in range(options.gpus)
    )
    settings = Settings(
        parallel=options.parallel,
        load_s=options.load_s,
        keep_alive_s=options.keep_alive_s,
        max_queue=options.max_queue,
        pid=os.getpid(),
        launch=options.launch,
    )
    machine = Machine(cards, settings)
    machine.set_faults(now_s, options.faults)
    return machine


async def serve(options: Options) -> None:
    """Run until SIGTERM or SIGINT; raises a GreenError where an address can't be had."""
    clockwork = Clockwork(build_machine(options, time.monotonic()))
    author = Author(options.seed, options.answer_tokens, options.think_tokens)
    service = Service(Catalogue(options.models, options.keep_models), author, options.context_tokens)
    listener = bind(options.listen)
    gpu_socket = GpuSocket(options.gpu_socket, clockwork.answer, clockwork.takes_s)
    config = uvicorn.Config(
        build_app(clockwork, service),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    server = HttpServer(config)
    try:
        await gpu_socket.open()
        _on_signals(server, clockwork)
        await asyncio.gather(server.serve(sockets=[listener]), _announce(server, listener, options))
    finally:
        Notifier().stopping()
        clockwork.close()
        await gpu_socket.close()
        listener.close()


def bind(address: Address) -> socket.socket:
    """A listening TCP socket; raises a GreenError that names the address."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's delay off; without, each answer takes 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refusal(address, error) from error
    return listener


def _refusal(address: Address, error: OSError) -> GreenError:
    if isinstance(error, PermissionError):
        return NotPermittedError(f"may not listen on {address}: {error.strerror}")
    return UnavailableError(
        f"cannot listen on {address}: {error.strerror}; a real Ollama may run there: "
        "choose another address with --listen"
    )


def _on_signals(server: HttpServer, clockwork: Clockwork) -> None:
    def stop() -> None:
        clockwork.close()
        server.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


async def _announce(server: HttpServer, listener: socket.socket, options: Options) -> None:
    await server.up.wait()
    host, port = listener.getsockname()[:2]
    sys.stdout.write(
        f"green-sim: ready: simulated Ollama on http://{Address(host, port)} "
        f"({', '.join(options.models)}; slots: {options.parallel}), "
        f"simulated driver on {options.gpu_socket} (GPUs: {options.gpus})\n"
    )
    sys.stdout.flush()
    notifier = Notifier()
    notifier.ready()
    notifier.status("simulated: no real GPU, no real model")
