# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Puts the choice in force on this machine, or takes it back; the next best where that one fails."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from green_common.errors import ConfigError, UnavailableError
from green_qwen.load.models import GREEN_MODEL
from green_qwen.tune.keep_alive import KeepAlive
from green_qwen.tune.servers.model_server import ServerFailedError
from green_qwen.tune.servers.ollama import until_up
from green_qwen.tune.servers.ollama_api import (
    create_in_ollama,
    delete_in_ollama,
    load_in_ollama,
    models_in_ollama,
)
from green_qwen.tune.servers.systemd import property_of, systemctl
from green_qwen.tune.setting import Setting, words_of
from green_qwen.tune.writing.changes import (
    Record,
    Written,
    as_now,
    diff_lines,
    forget,
    planned,
    read_record,
    read_text,
    restore,
    write_files,
    write_record,
)
from green_qwen.tune.writing.modelfile import recipe_of
from green_qwen.tune.writing.texts import MODELFILE, files_for, parameters_of, service_environment

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
    """What the user said of it; `thinking_off_models` are those that may be kept from thinking."""

    dry_run: bool
    force: bool
    agree: Callable[[str], bool]
    say: Callable[[str], None]
    thinking_off_models: tuple[str, ...] = ()


async def settle(
    ranked: tuple[Setting, ...], keep: KeepAlive | None, place: Place, wishes: Wishes
) -> Setting | None:
    """The setting that is in force now; nothing where the user did not want it, or none came up."""
    for setting in ranked[:TRIED_MOST]:
        files = files_for(place.unit, place.model, setting, keep, wishes.thinking_off_models)
        wishes.say("")
        for line in diff_lines(place.root, files):
            wishes.say(line)
        if wishes.dry_run or not wishes.agree(_question(place)):
            return None
        last, now = read_record(place.record), as_now(place.root, files)
        written = planned(place.root, files, last, force=wishes.force)
        try:
            await _write(files, Choice(setting, keep, written, last, wishes.force), place)
            return setting
        except (ServerFailedError, UnavailableError) as error:
            wishes.say(f"{words_of(setting)}: {error}; it is put back, and the next best tried")
            await _put_back(now, last, place, wishes.say)
        except BaseException:
            # Ctrl-C too leaves the machine as it was.
            await asyncio.shield(_put_back(now, last, place, wishes.say))
            raise
    return None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be in force, what is written for it, and what an earlier tune had written."""

    setting: Setting
    keep: KeepAlive | None
    written: tuple[Written, ...]
    last: Record | None
    force: bool


async def _write(files: Mapping[Path, str], choice: Choice, place: Place) -> None:
    """The record first, so that --undo knows of all that may have been written."""
    record = Record(choice.written, place.unit, place.url, choice.last.made_model if choice.last else "")
    write_record(place.record, record)
    write_files(place.root, files)
    if place.live:
        await _put_in_force(choice, place, record)


async def _put_back(
    now: tuple[Written, ...], last: Record | None, place: Place, say: Callable[[str], None]
) -> None:
    """As it was before this step, which an earlier tune may have been."""
    made = read_record(place.record)
    restore(now, force=True)
    if last is None:
        forget(place.record)
    else:
        write_record(place.record, last)
    if place.live:
        kept = last is not None and last.made_model
        model = made.made_model if made is not None and not kept else ""
        await _restart_without(Record(now, place.unit, place.url, model))
        await _make_again(place, say)


async def _make_again(place: Place, say: Callable[[str], None]) -> None:
    """The model by the Modelfile that is back; its parameters may be those of what did not come up."""
    path = place.root / MODELFILE
    text = read_text(path)
    if text is None or f"{GREEN_MODEL}:latest" not in await models_in_ollama(place.url):
        return
    try:
        recipe = recipe_of(text)
        if recipe is None:
            raise ServerFailedError(f"{path} is not as tune writes it")
        await create_in_ollama(place.url, GREEN_MODEL, recipe.model, recipe.parameters)
    except ServerFailedError as error:
        say(f"{GREEN_MODEL} may have other parameters now: {error}; ollama create {GREEN_MODEL} -f {path}")


def _question(place: Place) -> str:
    restarts = f" and restart {place.unit}" if place.live else ""
    return f"Write this{restarts}?"


async def _put_in_force(choice: Choice, place: Place, record: Record) -> None:
    setting = choice.setting
    await systemctl("daemon-reload")
    await _check_in_force(choice, place)
    await systemctl("restart", place.unit)
    await until_up(place.unit, place.url)
    if f"{GREEN_MODEL}:latest" not in await models_in_ollama(place.url):
        write_record(place.record, Record(record.files, record.unit, record.url, GREEN_MODEL))
    elif not (record.made_model or choice.force):
        raise ConfigError(
            f"{place.url} has a model {GREEN_MODEL} that is not from tune; everything was put back. Keep it "
            f"with `ollama cp {GREEN_MODEL} OTHER` and `ollama rm {GREEN_MODEL}`, and go on with green-qwen "
            "tune --resume; --force replaces it"
        )
    await create_in_ollama(place.url, GREEN_MODEL, place.model, parameters_of(setting))
    await load_in_ollama(place.url, GREEN_MODEL, {})
    with contextlib.suppress(ServerFailedError):
        # Where it runs; its slots are those of the server.
        await systemctl("try-reload-or-restart", PROXY_UNIT)


async def _check_in_force(choice: Choice, place: Place) -> None:
    """Raises ConfigError where another drop-in, read after ours, sets something else."""
    told = shlex.split(await property_of(place.unit, "Environment"))
    environ = dict(word.partition("=")[::2] for word in told)
    for name, value in service_environment(choice.setting, choice.keep).items():
        if environ.get(name) != value:
            raise ConfigError(
                f"{place.unit}: another drop-in sets {name}={environ.get(name, '')}, where tune has chosen "
                f"{value}; it was put back. Find it with `systemctl cat {place.unit}`, take that line out, "
                "and go on with green-qwen tune --resume"
            )


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


async def _take_back(record: Record, path: Path, *, force: bool, live: bool) -> list[str]:
    """Known to the end, so that what fails can be tried again."""
    left = restore(record.files, force=force)
    if live and record.unit:
        await _restart_without(record)
    kept: tuple[Written, ...] = tuple(one for one in record.files if one.path in left)
    if kept:
        write_record(path, Record(kept, record.unit, record.url))
    else:
        forget(path)
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
