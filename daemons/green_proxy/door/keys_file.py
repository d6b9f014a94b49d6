# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The file of API keys: a line for each, with its name, its kind and the SHA-256 of the key."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from green_common.errors import ConfigError

# Not on anybody's PATH.
MAKE_KEY = "/usr/libexec/green-qwen/green-proxy --new-key NAME"
# personal: one person's alone; shared: of a front end that many people use.
KINDS = ("personal", "shared")
NAME = re.compile(r"[A-Za-z0-9@._:-]{1,100}")
MODE = 0o640
MAX_BYTES = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Key:
    """One key, as the file has it."""

    name: str
    kind: str
    digest: bytes

    @property
    def personal(self) -> bool:
        return self.kind == "personal"


def stamp_of(path: Path) -> Stamp | None:
    """What changes with the file; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    return found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode


def read_keys(path: Path) -> tuple[Key, ...]:
    """Raises ConfigError where the file can't be read, others may read it, or a line is wrong."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if mode & ~MODE:
        raise ConfigError(
            f"proxy.keys_file {path} has mode {mode:04o}: others may read or change it; "
            f"`sudo chmod {MODE:04o} {path}` mends that"
        )
    if len(content) > MAX_BYTES:
        raise ConfigError(f"proxy.keys_file {path} is larger than {MAX_BYTES} bytes")
    return parse_keys(content.decode("utf-8", "replace"), str(path))


def parse_keys(text: str, where: str) -> tuple[Key, ...]:
    """Raises ConfigError that names file and line, and nothing of what stands there."""
    keys: dict[str, Key] = {}
    digests: set[bytes] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key = _key_of(line.split(), f"{where} line {number}")
        if key.name in keys or key.digest in digests:
            raise ConfigError(f"{where} line {number}: the name or the key stands in an earlier line too")
        keys[key.name] = key
        digests.add(key.digest)
    return tuple(keys.values())


def add_line(path: Path, line: str, group: str) -> None:
    """
    Append a key; a new file is its owner's and the group's alone.

    Raises ConfigError where the file that is there is wrong, holds the name already or can't be written.
    """
    try:
        before = path.read_text() if path.exists() else ""
        if before and not before.endswith("\n"):
            before += "\n"
            line = f"\n{line}"
        parse_keys(f"{before}{line}", str(path))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, MODE)
        with os.fdopen(descriptor, "a") as file:
            file.write(f"{line}\n")
        with contextlib.suppress(LookupError, PermissionError):
            # In a checkout there is no such group, and who is not root may not give files away.
            shutil.chown(path, group=group)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise ConfigError(f"proxy.keys_file {path} can't be written: {why}; run this as root") from error


def _key_of(words: list[str], place: str) -> Key:
    if len(words) != 3:
        raise ConfigError(
            f"{place}: a line has three words, NAME KIND SHA256, as `sudo {MAKE_KEY}` writes it"
        )
    name, kind, digest = words
    if not NAME.fullmatch(name):
        raise ConfigError(f"{place}: the name may have letters, digits and the signs @ . _ : - alone")
    if kind not in KINDS:
        raise ConfigError(f"{place}: the second word is one of {', '.join(KINDS)}")
    if not _HASH.fullmatch(digest):
        raise ConfigError(f"{place}: the third word is a SHA-256 of 64 digits and small letters a to f")
    return Key(name, kind, bytes.fromhex(digest))


def _unreadable(path: Path, error: OSError) -> ConfigError:
    why = os.strerror(error.errno or 0)
    return ConfigError(f"proxy.keys_file {path} can't be read: {why}; `ls -l {path}` shows who may")
