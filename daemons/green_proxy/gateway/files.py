# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The page's files, held in memory once somebody has asked for one."""

from __future__ import annotations

import functools
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "web"
PREFIX = "/-/web/"
INDEX = "index.html"
# What is not among these is not for browsers.
MEDIA_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".woff2": b"font/woff2",
}
DIGEST_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class File:
    """One file, plain and packed; `lasting` where what has this name never changes."""

    content: bytes
    packed: bytes
    media_type: bytes
    etag: bytes
    lasting: bool = False


class Files:
    """
    All files of the page's folder.

    Under /-/web/DIGEST/ they never change, DIGEST being a hash over all of them; so a browser asks for each
    once, and modules, which name each other relatively, are all of one version.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._packed: dict[str, bytes] = {}

    @functools.cached_property
    def digest(self) -> str:
        whole = hashlib.sha256()
        for name, content in sorted(self._contents.items()):
            whole.update(b"%b %d\n%b" % (name.encode(), len(content), content))
        return whole.hexdigest()[:DIGEST_CHARACTERS]

    def page(self) -> File:
        """The page itself, which names its files by the digest."""
        return self._file(INDEX)

    def find(self, path: str) -> File | None:
        """The file at a path under /-/web/; None where there is none, or it is another version's."""
        name = path.removeprefix(PREFIX)
        digest, slash, rest = name.partition("/")
        lasting = bool(slash) and digest == self.digest
        name = rest if lasting else name
        return self._file(name, lasting=lasting) if name in self._contents else None

    @functools.cached_property
    def _contents(self) -> dict[str, bytes]:
        found = (path for path in self._folder.rglob("*") if path.suffix in MEDIA_TYPES and path.is_file())
        return {path.relative_to(self._folder).as_posix(): path.read_bytes() for path in found}

    def _file(self, name: str, *, lasting: bool = False) -> File:
        content = self._contents[name]
        if name == INDEX:
            content = content.replace(PREFIX.encode(), f"{PREFIX}{self.digest}/".encode())
        etag = b'"%b"' % hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS].encode()
        if name not in self._packed:
            self._packed[name] = gzip.compress(content, mtime=0)
        return File(content, self._packed[name], MEDIA_TYPES[Path(name).suffix], etag, lasting)
