# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What green-telemetry wrote, read back from the journal.

`journalctl -o json` does the reading, a child process while somebody asks: its output is a stable, public
interface (journalctl(1)), the files' format is none that a program should parse by itself, and the library
for it is bound to one Python. Only entries that the journal itself says green-telemetry.service wrote
count: `_SYSTEMD_UNIT` is set by journald, while any local user can send a MESSAGE_ID or GREEN_EVENT.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from green_common.errors import UnavailableError

UNIT = "green-telemetry.service"
# Above 4096 bytes a field is left out without --all, and gathered receipts are longer.
COMMAND = ("--no-pager", "--quiet", "--all", "--output=json")
# Events of one kind that have more than one name.
FORMS = {
    "receipt": ("receipt", "receipts"),
    "alert": (
        "alert.power",
        "alert.power_deviation",
        "alert.temperature",
        "alert.throttled_power",
        "alert.throttled_heat",
        "alert.throttled_hardware",
        "alert.reloads",
        "alert.bypass",
        "alert.unused",
        "alert.over",
    ),
    "gap": ("gpu.gap", "feed.gap"),
}
GATHERED = "receipts"
# What is text even where it looks like a number.
TEXTS = frozenset({"request", "generation", "client", "model", "outcome", "reason", "gpu_uuid", "name"})

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARACTERS = 10
# A receipt is written after its request has begun, and clocks are set now and then; none runs for a day.
_BEFORE_S, _AFTER_S = 60.0, 86_400.0

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries: of these kinds (all where empty), between two times, at most the newest so many."""

    kinds: tuple[str, ...] = ()
    since_s: float | None = None
    until_s: float | None = None
    limit: int | None = None
    request: str | None = None

    def wants(self, entry: Entry) -> bool:
        """True for what belongs in the answer; a gathered entry holds others' receipts too."""
        return self.request is None or entry.get("request") == self.request


def query_of_receipt(request: str) -> Query:
    """The receipt of one request; its id says when it came, where it is one of green-proxy's own."""
    began_s = began_at_s(request)
    if began_s is None:
        return Query(("receipt",), request=request)
    return Query(("receipt",), began_s - _BEFORE_S, began_s + _AFTER_S, request=request)


def began_at_s(request: str) -> float | None:
    """When a request began, from the time in its id; None where that holds none."""
    places = [_ALPHABET.find(letter) for letter in request[:_TIME_CHARACTERS]]
    if len(request) != 26 or min(places) < 0:
        return None
    began_ms = 0
    for place in places:
        began_ms = began_ms << 5 | place
    return began_ms / 1000


def journal_command(query: Query, journalctl: str = "journalctl") -> tuple[str, ...]:
    """The command that prints the entries, oldest first, one JSON object a line."""
    options = []
    if query.since_s is not None:
        options.append(f"--since=@{query.since_s:.6f}")
    if query.until_s is not None:
        options.append(f"--until=@{query.until_s:.6f}")
    if query.limit is not None:
        options.append(f"--lines={query.limit}")
    return (journalctl, *COMMAND, *options, *_matches(query))


def _matches(query: Query) -> tuple[str, ...]:
    ours = f"_SYSTEMD_UNIT={UNIT}"
    if query.request is not None:
        # By its index; where it was gathered with others it has none.
        alone = (ours, "GREEN_EVENT=receipt", f"GREEN_REQUEST={query.request}")
        return (*alone, "+", ours, f"GREEN_EVENT={GATHERED}")
    events = (event for kind in query.kinds for event in FORMS.get(kind, (kind,)))
    return (ours, *(f"GREEN_EVENT={event}" for event in events))


def entries_of(line: bytes) -> list[Entry]:
    """What a line of the journal holds: one entry, several where receipts were gathered, none if not ours."""
    fields = fields_of(line)
    return entries_in(fields) if fields is not None and is_ours(fields) else []


def fields_of(line: bytes) -> Entry | None:
    """A line's fields as journalctl gives them, whoever wrote them; None for what is no entry."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def is_ours(fields: Entry) -> bool:
    """Whether journald itself says that green-telemetry wrote it."""
    return fields.get("_SYSTEMD_UNIT") == UNIT


def entries_in(fields: Entry) -> list[Entry]:
    """
    The entries that a line's fields hold.

    An entry has `event`, `at_s` (Unix time), `say`, and each figure under the name that it has in the
    journal's documentation, without GREEN_ and in small letters.
    """
    event = _text(fields.get("GREEN_EVENT"))
    common: Entry = {
        "event": event,
        "at_s": _seconds(fields.get("__REALTIME_TIMESTAMP")),
        "priority": _value(_text(fields.get("PRIORITY"))),
    }
    if event == GATHERED:
        gathered = _value(_text(fields.get("GREEN_RECEIPTS")))
        together = gathered if isinstance(gathered, list) else []
        return [{**common, "event": "receipt", **one} for one in together if isinstance(one, dict)]
    if event is None:
        return []
    return [{**common, "say": _text(fields.get("MESSAGE")), **_figures(fields, event)}]


def read_history(query: Query, journalctl: str | None = None) -> Generator[Entry, None, None]:
    """
    The entries, as the journal gives them to this user.

    Raises UnavailableError where there is no journalctl or it fails.
    """
    command = journal_command(query, journalctl or journalctl_path())
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout is not None and reading.stderr is not None
        try:
            for line in reading.stdout:
                yield from filter(query.wants, entries_of(line))
        except GeneratorExit:
            reading.terminate()
            raise
        said = reading.stderr.read(4096).decode(errors="replace").strip()
    if reading.returncode != 0 and said:
        raise UnavailableError(f"the journal could not be read: {said}")


def journalctl_path() -> str:
    """Raises UnavailableError where systemd's journal is not on this machine."""
    found = shutil.which("journalctl", path="/usr/bin:/bin")
    if found is None:
        raise UnavailableError("there is no journalctl, so no history: the journal belongs to systemd")
    return found


def _figures(fields: Entry, event: str) -> Entry:
    """Most have their figures in one field, and a few of them in fields of their own, or there as well."""
    together = f"GREEN_{event.replace('.', '_').upper()}"
    whole = _value(_text(fields.get(together)))
    figures: Entry = whole if isinstance(whole, dict) else {}
    done = ("GREEN_EVENT", together) if isinstance(whole, dict) else ("GREEN_EVENT",)
    for field, value in fields.items():
        if field.startswith("GREEN_") and field not in done:
            name = field[len("GREEN_") :].lower()
            if name not in figures:
                figures[name] = _text(value) if name in TEXTS else _value(_text(value))
    return figures


def _text(value: object) -> str | None:
    """A field as text; journalctl gives numbers of bytes for what isn't UTF-8, a list where it came twice."""
    if isinstance(value, list) and value and all(isinstance(byte, int) for byte in value):
        return bytes(byte & 255 for byte in value).decode(errors="replace")
    if isinstance(value, list):
        return _text(value[-1]) if value else None
    return value if isinstance(value, str) else None


def _value(text: str | None) -> Any:
    """Numbers, truth values and lists are in the journal as JSON, texts as they are."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _seconds(microseconds: object) -> float | None:
    text = _text(microseconds)
    return int(text) / 1e6 if text is not None and text.isdigit() else None
