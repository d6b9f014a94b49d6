# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Logging: fields for a machine, a line for a person.

`log.info("clocks.lowered", say="GPU 0 rests at 345 MHz", gpu=uuid, sm_clock_mhz=345)`: the event is a
stable dotted name, `say` the line for people. Under systemd it becomes a journal entry with MESSAGE,
GREEN_EVENT, a MESSAGE_ID made from the event, and GREEN_<KEY> for each field; elsewhere a plain line,
or one JSON object a line where GREEN_LOG_FORMAT is 'json'.

Each field of a journal entry costs some 100 bytes beside its text. So where `indexed` names the fields
that are worth a search, only they get one of their own, and all together are one JSON object in the field
that is named after the event, but for those of `apart`, which are the same in many entries. What is
logged with `keep=True` is the last to be lost where the journal is away for long.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog

from green_common.journal import Journal, message_id, under_journal

PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# Words about an entry, for the journal alone.
ONLY_JOURNAL = ("indexed", "apart", "keep")
Fields = MutableMapping[str, Any]
Log = structlog.typing.FilteringBoundLogger


def configure_logs(identifier: str, level: str, environ: Mapping[str, str]) -> None:
    """Send what is logged to the journal under systemd, else to stderr."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, _writer(identifier, environ)],
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    set_level(level)
    # Libraries log through the standard module; only their warnings are anybody's business.
    logging.basicConfig(handlers=[_ForwardHandler()], level=logging.WARNING, force=True)


def set_level(level: str) -> None:
    """The least level that is written, from now on; what waits for the journal goes on waiting."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]))


def get_log() -> Log:
    log: Log = structlog.get_logger()
    return log


def journal_fields(identifier: str, fields: Fields) -> dict[str, str]:
    """The journal's fields of one event; None is left out, what is nested is written as JSON."""
    event, say, level = fields.pop("event"), fields.pop("say", None), fields.pop("level")
    indexed, apart = fields.pop("indexed", None), fields.pop("apart", ())
    told = {name: value for name, value in fields.items() if value is not None}
    if indexed is not None:
        own = {name: told[name] for name in (*indexed, *apart) if name in told}
        rest = {name: value for name, value in told.items() if name not in apart}
        told = {**own, event.replace(".", "_"): rest}
    named = {f"GREEN_{name.upper()}": _text(value) for name, value in told.items()}
    return {
        "MESSAGE": say or _plain(event, fields),
        "MESSAGE_ID": message_id(event),
        "PRIORITY": str(PRIORITIES[level]),
        "SYSLOG_IDENTIFIER": identifier,
        "GREEN_EVENT": event,
        **named,
    }


def terminal_line(identifier: str, fields: Fields, at_s: float) -> str:
    """One plain line: the time, who, and what; the level only where it matters."""
    event, say, level = fields.pop("event"), fields.pop("say", None), fields.pop("level")
    mark = "" if level in ("info", "debug") else f"{level}: "
    clock = time.strftime("%H:%M:%S", time.localtime(at_s))
    return f"{clock} {identifier}: {mark}{say or _plain(event, fields)}"


def json_line(identifier: str, fields: Fields, at_s: float) -> str:
    return json.dumps({"time_s": round(at_s, 6), "identifier": identifier, **fields}, default=str)


def _writer(identifier: str, environ: Mapping[str, str]) -> Callable[[Any, str, Fields], str]:
    if under_journal(environ):
        journal = Journal()

        def to_journal(_logger: Any, _method: str, fields: Fields) -> str:
            keep = fields.pop("keep", False)
            journal.write(journal_fields(identifier, fields), keep=keep)
            return ""

        return to_journal

    line_of = json_line if environ.get("GREEN_LOG_FORMAT") == "json" else terminal_line

    def to_stderr(_logger: Any, _method: str, fields: Fields) -> str:
        for name in ONLY_JOURNAL:
            fields.pop(name, None)
        # Whoever read our stderr may be gone; that must not stop a daemon.
        with contextlib.suppress(OSError, ValueError):
            print(line_of(identifier, fields, time.time()), file=sys.stderr, flush=True)  # noqa: T201
        return ""

    return to_stderr


def _plain(event: str, fields: Mapping[str, Any]) -> str:
    return " ".join([event, *(f"{name}={_text(value)}" for name, value in fields.items())])


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.12g}"
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


class _ForwardHandler(logging.Handler):
    """Libraries' warnings, in our form."""

    def emit(self, record: logging.LogRecord) -> None:
        line = f"{record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[0]:
            line += f" ({record.exc_info[0].__name__}: {record.exc_info[1]})"
        get_log().warning("library.warning", say=line)
