# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the header of a compiled library says about the machine that it is for (elf(5))."""

from __future__ import annotations

from pathlib import Path

MACHINES = {62: "amd64", 183: "arm64"}


def architecture_of(library: Path) -> str:
    """Debian's name for it."""
    header = library.read_bytes()[:20]
    assert header[:6] == b"\x7fELF\x02\x01", f"{library} is no little-endian 64-bit ELF file"
    return MACHINES[int.from_bytes(header[18:20], "little")]
