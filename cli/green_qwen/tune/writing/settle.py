# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Puts the choice in force on this machine, or takes it back; the next best where that one fails."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from green_common.errors import ConfigError, UnavailableError
from green_qwen.tune.keep_alive import KeepAlive
from green_qwen.tune.servers.model_server import ServerFailedError
from green_qwen.tune.servers.ollama import until_up
from green_qwen.tune.servers.ollama_api import (
    create_in_ollama,
    delete_in_ollama,
    load_in_ollama,
    models_in_ollama,
)
from green_qwen.tune.servers.systemd import systemctl
from green_qwen.tune.setting import Setting, words_of
from green_qwen.tune.writing.changes import (
    Record,
    Written,
    diff_lines,
    forget,
    read_record,
    restore,
    write_files,
    write_record,
)
from green_qwen.tune.writing.texts import GREEN_MODEL, files_for, parameters_of

TRIED_MOST = 3
PROXY_UNIT = "green-proxy.service"


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is written, and whom it is for; without `live` nothing is restarted."""

    root: Path
    record: Path
    unit: str
    url: str
    model: str
    live: bool


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user said of it."""

    dry_run: bool
    force: bool
    agree: Callable[[str], bool]
    say: Callable[[str], None]


async def settle(
    ranked: tuple[Setting, ...], keep: KeepAlive | None, place: Place, wishes: Wishes
) -> Setting | None:
    """The setting that is in force now; nothing where the user did not want it, or none came up."""
    for setting in ranked[:TRIED_MOST]:
        files = files_for(place.unit, place.model, setting, keep)
        wishes.say("")
        for line in diff_lines(place.root, files):
            wishes.say(line)
        if wishes.dry_run or not wishes.agree(_question(place)):
            return None
        last = read_record(place.record)
        written = write_files(place.root, files, last, force=wishes.force)
        record = Record(written, place.unit, place.url, last.made_model if last else "")
        write_record(place.record, record)
        if not place.live:
            return setting
        try:
            await _put_in_force(setting, place, record)
            return setting
        except (ServerFailedError, UnavailableError) as error:
            wishes.say(f"{words_of(setting)}: {error}; it is put back, and the next best tried")
            await _take_back(read_record(place.record) or record, place.record, force=True)
    return None


def _question(place: Place) -> str:
    restarts = f" and restart {place.unit}" if place.live else ""
    return f"Write this{restarts}?"


async def _put_in_force(setting: Setting, place: Place, record: Record) -> None:
    await systemctl("daemon-reload")
    await systemctl("restart", place.unit)
    await until_up(place.unit, place.url)
    there = await models_in_ollama(place.url)
    await create_in_ollama(place.url, GREEN_MODEL, place.model, parameters_of(setting))
    if f"{GREEN_MODEL}:latest" not in there:
        write_record(place.record, Record(record.files, record.unit, record.url, GREEN_MODEL))
    await load_in_ollama(place.url, GREEN_MODEL, {})
    with contextlib.suppress(ServerFailedError):
        # Where it runs; its slots are those of the server.
        await systemctl("try-reload-or-restart", PROXY_UNIT)


async def undo(path: Path, wishes: Wishes, *, live: bool) -> int:
    """Returns how many files were left because somebody edited them."""
    record = read_record(path)
    if record is None:
        raise ConfigError(f"{path}: tune has written nothing that could be taken back")
    for one in record.files:
        wishes.say(f"{'removes' if one.before is None else 'puts back'} {one.path}")
    restarts = f" and restart {record.unit}" if live and record.unit else ""
    if wishes.dry_run or not wishes.agree(f"Take this back{restarts}?"):
        return 0
    left = await _take_back(record, path, force=wishes.force, live=live)
    for name in left:
        wishes.say(f"left: {name} was edited since tune wrote it; --undo --force takes it back all the same")
    return len(left)


async def _take_back(record: Record, path: Path, *, force: bool, live: bool = True) -> list[str]:
    left = restore(record.files, force=force)
    kept: tuple[Written, ...] = tuple(one for one in record.files if one.path in left)
    if kept:
        write_record(path, Record(kept, record.unit, record.url))
    else:
        forget(path)
    if live and record.unit:
        await _restart_without(record)
    return left


async def _restart_without(record: Record) -> None:
    if record.made_model:
        with contextlib.suppress(httpx.HTTPError):
            await delete_in_ollama(record.url, record.made_model)
    await systemctl("daemon-reload")
    await systemctl("restart", record.unit)
    await until_up(record.unit, record.url)
    with contextlib.suppress(ServerFailedError):
        await systemctl("try-reload-or-restart", PROXY_UNIT)
