# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The user's own dialogues: a file with one of them a line, as JSON."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common.errors import ConfigError, GreenError
from green_qwen.load.dialogues import CLIENT_STRIDE, Dialogue, Message, Turn

MAX_LINE_BYTES = 1 << 24
FORM = '{"messages": [{"role": "user", "content": "..."}]}'


class LoadFileError(GreenError):
    """A file of dialogues has a line that is none; the text names file and line."""

    exit_code = os.EX_DATAERR


def read_dialogues(path: Path) -> tuple[Dialogue, ...]:
    """
    The dialogues of a file: a line a dialogue, blank lines between them allowed.

    A line is an object with `messages` as Ollama and OpenAI have them, or that list alone; `max_tokens` (or
    `options.num_predict`) beside it bounds the answers. Each message of the user is a turn. The assistant's
    are left out: the server that is measured gives its own. Raises LoadFileError, and ConfigError where the
    file can't be read.
    """
    try:
        with path.open("rb") as lines:
            found = tuple(_read(path, lines))
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}; give a file of dialogues") from error
    if not found:
        raise LoadFileError(f"{path}: holds no dialogue; put one a line, as {FORM}")
    return found


@dataclass(frozen=True, slots=True)
class FileAuthor:
    """
    Deals a file's dialogues out in an order that the seed gives, and again after the last one.

    Each begins with the salt and its number, so that no server answers it from what it remembers of the last
    time.
    """

    dialogues: Sequence[Dialogue]
    seed: int
    salt: str = ""

    def dialogue(self, number: int) -> Dialogue:
        index = sum(divmod(number, CLIENT_STRIDE))
        order = list(range(len(self.dialogues)))
        random.Random(self.seed).shuffle(order)  # noqa: S311 - an order, not a secret
        return _marked(self.dialogues[order[index % len(order)]], f"[{self.salt}{number}] ")


def _read(path: Path, lines: Any) -> Iterator[Dialogue]:
    for number, line in enumerate(iter(lambda: lines.readline(MAX_LINE_BYTES + 1), b""), start=1):
        if not line.strip():
            continue
        try:
            yield _dialogue(line)
        except ValueError as error:
            raise LoadFileError(f"{path}: line {number}: {error}; a line is like {FORM}") from error


def _dialogue(line: bytes) -> Dialogue:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError("longer than 16 MiB")
    try:
        said = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not valid JSON ({error})") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    entry = {"messages": said} if isinstance(said, list) else said
    if not isinstance(entry, dict):
        raise ValueError("neither an object nor a list")
    turns = tuple(_turns(_messages(entry.get("messages")), _most_tokens(entry)))
    if not turns:
        raise ValueError("nobody with the role 'user' says anything")
    return Dialogue(turns)


def _messages(messages: Any) -> list[Message]:
    if not isinstance(messages, list) or not messages:
        raise ValueError("'messages' is not a list of messages")
    for position, message in enumerate(messages, start=1):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise ValueError(f"message {position} has no 'role'")
        if not isinstance(message.get("content", ""), str | list):
            raise ValueError(f"message {position} has a 'content' that is no text")
    return messages


def _most_tokens(entry: dict[str, Any]) -> int | None:
    options = entry.get("options")
    given = entry.get("max_tokens", options.get("num_predict") if isinstance(options, dict) else None)
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise ValueError(f"'max_tokens' is {given!r}; allowed is a whole number from 1")
    return given


def _turns(messages: Sequence[Message], answer_tokens: int | None) -> Iterator[Turn]:
    waiting: list[Message] = []
    for message in messages:
        if message["role"] not in ("system", "developer", "user"):
            continue
        waiting.append(message)
        if message["role"] == "user":
            yield Turn(tuple(waiting), answer_tokens)
            waiting = []


def _marked(dialogue: Dialogue, mark: str) -> Dialogue:
    first, *others = dialogue.turns
    *before, said = first.messages
    content = said.get("content", "")
    marked = mark + content if isinstance(content, str) else [{"type": "text", "text": mark}, *content]
    return Dialogue((Turn((*before, {**said, "content": marked}), first.answer_tokens), *others))
