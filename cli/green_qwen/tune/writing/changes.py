# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Files that are written, with what they were before, so that all of it can be taken back."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from green_common.errors import ConfigError, NotPermittedError
from green_qwen.tune.state import write_json
from green_qwen.tune.whole_file import write_whole

VERSION = 1


@dataclass(frozen=True, slots=True)
class Written:
    """One file: its text before (nothing where there was none), and the digest of what was written."""

    path: str
    before: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Record:
    """All that one tune wrote; `made_model` is one that it made in Ollama."""

    files: tuple[Written, ...]
    unit: str = ""
    url: str = ""
    made_model: str = ""


def diff_lines(root: Path, files: Mapping[Path, str]) -> Iterator[str]:
    """What would change, as diff -u has it."""
    for place, text in files.items():
        path = root / place
        old = read_text(path)
        name = "/dev/null" if old is None else str(path)
        lines = difflib.unified_diff(
            (old or "").splitlines(), text.splitlines(), name, str(path), lineterm=""
        )
        yield from lines


def planned(
    root: Path, files: Mapping[Path, str], last: Record | None, *, force: bool
) -> tuple[Written, ...]:
    """What a record says of these; raises ConfigError where somebody else wrote one since the last tune."""
    known = {one.path: one for one in last.files} if last is not None else {}
    _refuse_foreign(root, files, known, force=force)
    return tuple(
        Written(str(root / place), _before(root / place, known), _digest(text))
        for place, text in files.items()
    )


def as_now(root: Path, files: Mapping[Path, str]) -> tuple[Written, ...]:
    """For going back one step, also where an earlier tune has written."""
    return tuple(
        Written(str(root / place), read_text(root / place), _digest(text)) for place, text in files.items()
    )


def write_files(root: Path, files: Mapping[Path, str]) -> None:
    """All or none; raises NotPermittedError."""
    now = as_now(root, files)
    try:
        for place, text in files.items():
            write_whole(root / place, text)
    except OSError as error:
        restore(now, force=True)
        raise NotPermittedError(
            f"{error.filename}: {error.strerror}; what was written was taken back"
        ) from error


def restore(files: Iterable[Written], *, force: bool) -> list[str]:
    """Each as it was before; returns those that somebody edited since, which are left."""
    left = []
    for one in files:
        path = Path(one.path)
        now = read_text(path)
        if now == one.before:
            continue
        if now is not None and _digest(now) != one.digest and not force:
            left.append(one.path)
        else:
            _put_back(path, one.before)
    return left


def _put_back(path: Path, text: str | None) -> None:
    try:
        if text is None:
            path.unlink(missing_ok=True)
        else:
            write_whole(path, text)
    except OSError as error:
        raise NotPermittedError(f"{path}: {error.strerror}; run it as root") from error


def read_record(path: Path) -> Record | None:
    """Nothing where nothing was written; raises ConfigError for a file that is not ours."""
    text = read_text(path)
    if text is None:
        return None
    try:
        content: dict[str, Any] = json.loads(text)
        files = tuple(Written(**entry) for entry in content["files"])
        return Record(files, content["unit"], content["url"], content["made_model"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: not as tune writes it ({error}); undo by hand and remove it") from error


def write_record(path: Path, record: Record) -> None:
    write_json(path, {"version": VERSION, **asdict(record)})


def forget(path: Path) -> None:
    """Nothing is left that could be taken back."""
    path.unlink(missing_ok=True)


def read_text(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise NotPermittedError(f"{path}: {error.strerror}; run it as root") from error


def _before(path: Path, known: Mapping[str, Written]) -> str | None:
    """What was there before the first tune is what --undo goes back to."""
    now, ours = read_text(path), known.get(str(path))
    untouched = ours is not None and now is not None and _digest(now) == ours.digest
    return ours.before if untouched and ours is not None else now


def _refuse_foreign(root: Path, files: Iterable[Path], known: Mapping[str, Written], *, force: bool) -> None:
    for path in (root / place for place in files):
        now, ours = read_text(path), known.get(str(path))
        edited = now is not None and not is_signed(now) and (ours is None or _digest(now) != ours.digest)
        if path.is_symlink():
            since = "is a symbolic link"
        elif ours is not None:
            since = "was edited since tune wrote it"
        else:
            since = "is there already, and not from tune"
        if (edited or path.is_symlink()) and not force:
            raise ConfigError(f"{path} {since}: look at the diff; --force replaces it, --undo brings it back")


def signed(text: str) -> str:
    """With a last line that tells whether it is as it was written; the package's purge looks at it too."""
    return f"{text}{_signature(text)}"


def is_signed(text: str) -> bool:
    """Of green-qwen, as the drop-in that the package brings, and not edited."""
    *lines, last = text.splitlines(keepends=True) or [""]
    return last == _signature("".join(lines))


def _signature(text: str) -> str:
    return f"# sha256 of the lines above: {_digest(text)}\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
