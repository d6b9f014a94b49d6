# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The user's own dialogues."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from green_common.errors import ConfigError
from green_qwen.load.dialogues import Dialogue, Turn
from green_qwen.load.own_dialogues import FileAuthor, LoadFileError, read_dialogues

GOOD = '{"messages": [{"role": "user", "content": "hello"}]}'


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "load.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_each_of_the_users_messages_is_a_turn(tmp_path: Path) -> None:
    """The system message goes with the first; the assistant's are the server's to give."""
    said = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "2"},
    ]
    path = file_of(tmp_path, json.dumps({"messages": said, "max_tokens": 50}))

    (dialogue,) = read_dialogues(path)

    assert dialogue == Dialogue((Turn((said[0], said[1]), 50), Turn((said[3],), 50)))


def test_a_bare_list_and_ollamas_bound_are_understood(tmp_path: Path) -> None:
    """Blank lines between are nothing."""
    said = [{"role": "user", "content": "x"}]
    path = file_of(
        tmp_path, json.dumps(said), "", json.dumps({"messages": said, "options": {"num_predict": 9}})
    )

    assert [dialogue.turns[0].answer_tokens for dialogue in read_dialogues(path)] == [None, 9]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"messages": [', "not valid JSON"),
        ("7", "neither an object nor a list"),
        ('{"messages": []}', "'messages' is not a list of messages"),
        ('{"prompt": "x"}', "'messages' is not a list of messages"),
        ('{"messages": [{"content": "x"}]}', "message 1 has no 'role'"),
        ('{"messages": [{"role": "user", "content": 5}]}', "message 1 has a 'content' that is no text"),
        ('{"messages": [{"role": "assistant", "content": "x"}]}', "nobody with the role 'user'"),
        ('{"messages": [{"role": "user", "content": "x"}], "max_tokens": "9"}', "'max_tokens' is '9'"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, line: str, reason: str) -> None:
    """File, line and what is wrong with it."""
    path = file_of(tmp_path, GOOD, "", line)

    with pytest.raises(LoadFileError) as caught:
        read_dialogues(path)

    assert str(caught.value).startswith(f"{path}: line 3: ")
    assert reason in str(caught.value)
    assert caught.value.exit_code == os.EX_DATAERR


def test_a_file_without_a_dialogue_is_no_load(tmp_path: Path) -> None:
    """And says what one looks like."""
    with pytest.raises(LoadFileError, match="holds no dialogue"):
        read_dialogues(file_of(tmp_path, ""))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ConfigError, match=r"absent\.jsonl"):
        read_dialogues(tmp_path / "absent.jsonl")


def test_dialogues_come_in_the_seeds_order_and_come_again_marked(tmp_path: Path) -> None:
    """The second round begins with other words, so that no cache answers it."""
    lines = [json.dumps([{"role": "user", "content": f"question {n}"}]) for n in range(4)]
    author = FileAuthor(read_dialogues(file_of(tmp_path, *lines)), seed=3, salt="a")

    said = [author.dialogue(number).turns[0].messages[0]["content"] for number in range(8)]

    assert said[0].startswith("[a0] question ")
    assert [one.partition("] ")[2] for one in said[:4]] == [one.partition("] ")[2] for one in said[4:]]
    assert len(set(said)) == 8
