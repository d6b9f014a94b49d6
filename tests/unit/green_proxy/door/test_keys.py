# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who holds a key, and who needs one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from green_common.errors import ConfigError, UsageError
from green_proxy.door.keys import Keys, new_key, refusal_text, refuse_to_stand_open
from green_proxy.door.keys_file import Key, parse_keys
from green_proxy.headers import Headers


def write(path: Path, *lines: str, at_s: int = 0) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o640)
    os.utime(path, (at_s, at_s))
    return path


def bearer(key: str) -> Headers:
    return [(b"host", b"x"), (b"authorization", f"Bearer {key}".encode()), (b"accept", b"*/*")]


def test_a_key_is_known_again(tmp_path: Path) -> None:
    """Of OpenAI's clients and of Anthropic's; the file does not hold it."""
    key, line = new_key("anna", "personal")
    keys = Keys(write(tmp_path / "keys", "# people", "", line), exposed=False)

    found = keys.find(bearer(key), now_s=0)

    assert key.startswith("gq-")
    assert key not in line
    assert found is not None
    assert (found.name, found.personal) == ("anna", True)
    assert keys.find([(b"authorization", b"bearer  " + key.encode())], 0) is found
    assert keys.find([(b"authorization", b"Bearer sk-other"), (b"x-api-key", key.encode())], 0) is found


@pytest.mark.parametrize(
    "headers", [[], bearer("gq-wrong"), [(b"authorization", b"Basic x")], [(b"authorization", b"Bearer ")]]
)
def test_what_is_no_key_is_none(tmp_path: Path, headers: Headers) -> None:
    """Near or far."""
    keys = Keys(write(tmp_path / "keys", new_key("anna", "personal")[1]), exposed=False)

    assert keys.find(headers, now_s=0) is None


def test_our_key_is_not_passed_on(tmp_path: Path) -> None:
    """A key of the model server behind us is, beside it."""
    key, line = new_key("front", "shared")
    keys = Keys(write(tmp_path / "keys", line), exposed=False)
    theirs: Headers = [(b"authorization", b"Bearer sk-upstream"), (b"x-api-key", key.encode())]

    assert keys.without_key(bearer(key)) == [(b"host", b"x"), (b"accept", b"*/*")]
    assert keys.without_key(theirs) == theirs[:1]


def test_without_a_file_nobody_needs_a_key(tmp_path: Path) -> None:
    """On loopback, as Ollama."""
    keys = Keys(tmp_path / "none", exposed=False)

    assert not keys.required("POST", "/api/chat", now_s=0)
    assert keys.find(bearer("x"), now_s=0) is None
    assert keys.without_key(bearer("x")) == bearer("x")


@pytest.mark.parametrize(
    ("method", "path", "required"),
    [
        ("GET", "/", False),
        ("HEAD", "/api/version", False),
        ("GET", "/-/healthz", False),
        ("POST", "/", True),
        ("GET", "/-/status", True),
        ("GET", "/api/tags", True),
        ("POST", "/v1/chat/completions", True),
    ],
)
def test_with_a_key_everybody_needs_one(tmp_path: Path, method: str, path: str, required: bool) -> None:
    """Except for what tells nothing."""
    keys = Keys(write(tmp_path / "keys", new_key("anna", "personal")[1]), exposed=False)

    assert keys.required(method, path, now_s=0) is required


def test_a_change_of_the_file_is_seen_within_a_second(tmp_path: Path) -> None:
    """And looked for no more often than that."""
    path = tmp_path / "keys"
    key, line = new_key("anna", "personal")
    keys = Keys(path, exposed=False)
    assert not keys.required("POST", "/", now_s=0.0)

    write(path, line)

    assert not keys.required("POST", "/", now_s=0.9)
    assert keys.required("POST", "/", now_s=1.0)
    assert keys.find(bearer(key), now_s=1.0) is not None


@pytest.mark.parametrize("harm", ["gone", "wrong", "readable"])
def test_a_harmed_file_opens_no_door(tmp_path: Path, harm: str) -> None:
    """The keys that were read before stay, and the trouble is told."""
    path = tmp_path / "keys"
    key, line = new_key("anna", "personal")
    keys = Keys(write(path, line), exposed=False)

    if harm == "gone":
        path.unlink()
    elif harm == "wrong":
        write(path, "what?", at_s=1)
    else:
        path.chmod(0o644)

    assert keys.required("POST", "/", now_s=5)
    assert keys.find(bearer(key), now_s=5) is not None
    assert str(path) in (keys.trouble or "")
    write(path, line, at_s=2)
    assert keys.required("POST", "/", now_s=7)
    assert keys.trouble is None


def test_the_last_key_that_goes_does_not_open_the_network(tmp_path: Path) -> None:
    """Beyond loopback an empty file lets nobody in."""
    path = write(tmp_path / "keys", new_key("anna", "personal")[1])
    keys = Keys(path, exposed=True)

    write(path, "# nobody", at_s=1)

    assert keys.required("POST", "/", now_s=5)
    assert len(keys) == 0


def test_nobody_listens_on_the_network_without_keys(tmp_path: Path) -> None:
    """It says how to make one."""
    refuse_to_stand_open(None, 0, tmp_path)
    refuse_to_stand_open("0.0.0.0:18789", 1, tmp_path)
    command = "sudo /usr/libexec/green-qwen/green-proxy --new-key NAME"
    with pytest.raises(ConfigError, match=rf"0\.0\.0\.0:18789 can be reached.*`{command}`"):
        refuse_to_stand_open("0.0.0.0:18789", 0, tmp_path)


def test_a_refusal_tells_no_key_from_a_wrong_one() -> None:
    """Who sends a key of another service should know that it came."""
    assert "wants an API key" in refusal_text([])
    assert "not one of this server's" in refusal_text(bearer("sk-other"))


@pytest.mark.parametrize(("name", "kind"), [("a b", "personal"), ("", "shared"), ("anna", "admin")])
def test_a_key_has_a_plain_name_and_a_kind(name: str, kind: str) -> None:
    """As the file will want them."""
    with pytest.raises(UsageError):
        new_key(name, kind)


def test_each_new_key_is_another_one() -> None:
    """And its line is one of the file's."""
    first, second = new_key("anna", "personal"), new_key("anna", "personal")

    assert first[0] != second[0]
    assert [Key("anna", "personal", bytes.fromhex(first[1][-64:]))] == list(parse_keys(first[1], "keys"))
