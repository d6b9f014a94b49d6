# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who listens on a port of this machine, as far as this user may know."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LISTENING = "0A"
ASK_TIMEOUT_S = 0.5
MAX_ANSWER_BYTES = 16_384
MAX_COMMAND_CHARACTERS = 120
# What a gateway of this family says of itself on its front page; the newer names are the same program's.
CLAWDBOT_NAMES = (b"clawdbot", b"moltbot", b"openclaw")


@dataclass(frozen=True, slots=True)
class Listening:
    """A line of /proc/net/tcp (proc(5)) about a listening socket."""

    port: int
    uid: int
    inode: str


def holder_of(port: int, proc: Path = Path("/proc")) -> str:
    """The process by number and command line; else what it says over HTTP, and its user."""
    sockets = [found for found in listening(proc) if found.port == port]
    process = next(filter(None, (_process_with(found.inode, proc) for found in sockets)), None)
    speaks = what_answers(port)
    if process:
        return f"{process}{f', {speaks}' if speaks else ''}"
    users = {found.uid for found in sockets}
    named = f"a process of uid {users.pop()}" if len(users) == 1 else "another process"
    return f"{named}, {speaks}" if speaks else named


def listening(proc: Path) -> Iterator[Listening]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING:
                    yield Listening(int(fields[1].rpartition(":")[2], 16), int(fields[7]), fields[9])


def what_answers(port: int) -> str | None:
    """What the listener's answer to a plain GET gives away, or None."""
    answer = _get_front_page(port).lower()
    if any(name in answer for name in CLAWDBOT_NAMES):
        return "a Clawdbot gateway"
    if b"x-green-request-id" in answer:
        return "another green-proxy"
    return "an Ollama server" if b"ollama is running" in answer else None


def _get_front_page(port: int) -> bytes:
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), ASK_TIMEOUT_S) as asking:
        asking.settimeout(ASK_TIMEOUT_S)
        asking.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while len(answer) < MAX_ANSWER_BYTES and (part := asking.recv(4096)):
            answer += part
    return answer


def _process_with(inode: str, proc: Path) -> str | None:
    wanted = f"socket:[{inode}]"
    for directory in proc.glob("[0-9]*"):
        # Other users' descriptors can't be read, and processes come and go.
        with contextlib.suppress(OSError):
            if any(str(entry.readlink()) == wanted for entry in (directory / "fd").iterdir()):
                words = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f"process {directory.name} ({words.strip()[:MAX_COMMAND_CHARACTERS]})"
    return None
