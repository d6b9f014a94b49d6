# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""TCP connections of this machine by /proc/net/tcp (proc(5)), and the units of the processes behind them."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ESTABLISHED = "01"
_SOCKET = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Connection:
    """One end; `holder` is its process's unit or name, None where this user may not know."""

    local_port: int
    remote: str
    remote_port: int
    inode: str
    holder: str | None = None


def read_connections(port: int, proc: Path = Path("/proc")) -> tuple[Connection, ...]:
    """All that lead to this port, seen from either end."""
    found = [one for one in _established(proc) if port in (one.local_port, one.remote_port)]
    holders = _holders({one.inode for one in found}, proc)
    return tuple(
        Connection(one.local_port, one.remote, one.remote_port, one.inode, holders.get(one.inode))
        for one in found
    )


def unit_in(cgroup: str) -> str | None:
    """The last unit in the path of a process's cgroup."""
    names = [part for part in cgroup.strip().split("/") if part.endswith((".service", ".scope"))]
    return names[-1] if names else None


def _established(proc: Path) -> Iterator[Connection]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == ESTABLISHED:
                    address, _, remote_port = fields[2].partition(":")
                    local_port = int(fields[1].rpartition(":")[2], 16)
                    yield Connection(local_port, _address(address), int(remote_port, 16), fields[9])


def _address(text: str) -> str:
    """Four bytes at a time, each in this machine's order; the machines this runs on are little-endian."""
    words = bytes.fromhex(text)
    raw = b"".join(words[start : start + 4][::-1] for start in range(0, len(words), 4))
    address = ipaddress.ip_address(raw)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _holders(inodes: Iterable[str], proc: Path) -> dict[str, str]:
    wanted, found = set(inodes), dict[str, str]()
    for process in proc.glob("[0-9]*") if wanted else ():
        # Other users' descriptors can't be read, and processes come and go.
        with contextlib.suppress(OSError):
            for entry in (process / "fd").iterdir():
                match = _SOCKET.fullmatch(str(entry.readlink()))
                if match and match[1] in wanted:
                    found[match[1]] = _name(process)
    return found


def _name(process: Path) -> str:
    unit = unit_in((process / "cgroup").read_text())
    return unit if unit and unit.endswith(".service") else (process / "comm").read_text().strip()
