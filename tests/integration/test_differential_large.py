# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Downloads and uploads of a gibibyte pass through green-proxy in flat memory, and whole."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.proxy_rig import Call as Arrived, Proxy, model_server, running_proxy
from integration.raw_http import connection
from integration.sim_rig import simulation, wait_for

MIB = 1 << 20
PIECE = bytes(range(256)) * (MIB // 256)
LARGE_MIB = 1024
# Enough to have everything imported and every buffer grown once.
FIRST_MIB = 32
GROWTH_MIB = 8
# The kernel's buffers of four sockets, at the most they grow to.
BUFFERED_MIB = 64
STILL_S = 0.5


@dataclass
class Memory:
    """Resident memory of a process, at its highest since `forget`."""

    pid: int

    def forget(self) -> None:
        # Documented in proc(5): resets the high water mark.
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def highest_mib(self) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("the process has no memory")


def growth_mib(proxy: Proxy, small: Iterator[None], large: Iterator[None]) -> float:
    """By how much a large transfer needs more memory than a small one."""
    memory = Memory(proxy.process.pid)
    for _ in small:
        continue
    memory.forget()
    before_mib = memory.highest_mib()
    for _ in large:
        continue
    return memory.highest_mib() - before_mib


def download(url: str, size_mib: int, *, chunked: bool) -> Iterator[None]:
    """Read it all, and compare it with what was sent."""
    checksum = 0
    target = f"/api/pull-like?mib={size_mib}&chunked={int(chunked)}"
    with connection(url) as opened:
        opened.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = opened.head()
        assert answer.status == 200
        for piece in opened.body(answer):
            checksum = zlib.crc32(piece, checksum)
            yield
    expected = 0
    for _ in range(size_mib):
        expected = zlib.crc32(PIECE, expected)
    assert checksum == expected


def upload(url: str, size_mib: int, *, chunked: bool) -> Iterator[None]:
    """Send it all; the server checks it by its digest."""
    digest = hashlib.sha256()
    for _ in range(size_mib):
        digest.update(PIECE)
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size_mib * MIB}"
    head = f"POST /api/blobs/sha256:{digest.hexdigest()} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n"
    with connection(url) as opened:
        opened.send(head.encode())
        for _ in range(size_mib):
            opened.send(b"%x\r\n%b\r\n" % (MIB, PIECE) if chunked else PIECE)
            yield
        opened.send(b"0\r\n\r\n" if chunked else b"")
        # The simulation keeps no content: what it has seen before it does not read again.
        assert opened.receive().status in (200, 201)


async def send_pieces(call: Arrived) -> None:
    """As many pieces as the query says, in chunks or by length."""
    query = call.target.partition("?")[2]
    size_mib, chunked = (int(part.partition("=")[2]) for part in query.split("&"))
    if not chunked:
        await call.head("200 OK", f"Content-Length: {size_mib * MIB}")
        for _ in range(size_mib):
            await call.write(PIECE)
        return
    await call.stream("application/octet-stream")
    for _ in range(size_mib):
        await call.chunk(PIECE)
    await call.write(b"0\r\n\r\n")


@pytest.mark.parametrize("chunked", [False, True])
def test_download_is_whole_and_memory_flat(*, chunked: bool) -> None:
    """As a model that is pulled through another server."""
    with model_server(send_pieces) as server, running_proxy(server.url) as proxy:
        small = download(proxy.url, FIRST_MIB, chunked=chunked)
        large = download(proxy.url, LARGE_MIB, chunked=chunked)

        assert growth_mib(proxy, small, large) < GROWTH_MIB


@pytest.mark.parametrize("chunked", [False, True])
def test_upload_is_whole_and_memory_flat(tmp_path: Path, *, chunked: bool) -> None:
    """As a blob that a model is created from."""
    with simulation(tmp_path) as sim, running_proxy(sim.url) as proxy:
        small = upload(proxy.url, FIRST_MIB, chunked=chunked)
        large = upload(proxy.url, LARGE_MIB, chunked=chunked)

        assert growth_mib(proxy, small, large) < GROWTH_MIB


def test_slow_reader_holds_the_server_back() -> None:
    """What a client does not read is not piled up in the proxy, nor on the way to it."""
    sent: list[float] = []

    async def send_and_note(call: Arrived) -> None:
        await call.head("200 OK", f"Content-Length: {LARGE_MIB * MIB}")
        for _ in range(LARGE_MIB):
            await call.write(PIECE)
            sent.append(time.monotonic())

    with (
        model_server(send_and_note) as server,
        running_proxy(server.url) as proxy,
        connection(proxy.url) as opened,
    ):
        opened.send(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert opened.head().status == 200
        wait_for(lambda: bool(sent) and time.monotonic() - sent[-1] > STILL_S)

        assert len(sent) < BUFFERED_MIB
