# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The official `ollama` package for Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ollama
import pytest

from clients.ground import ARGUMENTS, BLOB, CALL, IMAGE_TOKENS, PIXEL, QWEN, SCHEMA, WORDS, Ground

CLIENT = f"ollama {version('ollama')} (Python)"
HELLO = [{"role": "user", "content": "hello there"}]
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "forecast", "description": "the weather", "parameters": SCHEMA},
}
ASKING = [{"role": "user", "content": f"the weather, please: {CALL}"}]


@pytest.fixture
def client(ground: Ground) -> Iterator[ollama.Client]:
    """As anybody makes it, with our address."""
    with ollama.Client(ground.url) as opened:
        yield opened


def test_chat_whole(client: ollama.Client) -> None:
    """With counts and durations."""
    answer = client.chat(QWEN, HELLO)

    assert (answer.message.content or "").startswith(WORDS)
    assert answer.eval_count == 28
    assert answer.total_duration


def test_chat_streamed(client: ollama.Client) -> None:
    """One token an object, and the end."""
    parts = list(client.chat(QWEN, HELLO, stream=True))

    assert "".join(part.message.content or "" for part in parts).startswith(WORDS)
    assert parts[-1].done
    assert len(parts) - 1 == parts[-1].eval_count


@pytest.mark.parametrize("think", [True, False, "low", None])
def test_thinking(client: ollama.Client, think: Any) -> None:
    """As the client says; on where it says nothing."""
    answer = client.chat(QWEN, HELLO, think=think)

    assert bool(answer.message.thinking) is (think is not False)


def test_tools(client: ollama.Client) -> None:
    """A call, and the answer to its result."""
    called = client.chat(QWEN, ASKING, tools=[TOOL])
    calls = called.message.tool_calls or []
    result = {"role": "tool", "tool_name": "forecast", "content": "sunny"}

    answer = client.chat(QWEN, [*ASKING, called.message, result], tools=[TOOL])

    assert [(call.function.name, call.function.arguments) for call in calls] == [("forecast", ARGUMENTS)]
    assert (answer.message.content or "").startswith(WORDS)


def test_tools_streamed(client: ollama.Client) -> None:
    """The call comes in one piece."""
    parts = list(client.chat(QWEN, ASKING, tools=[TOOL], stream=True))

    calls = [call.function.name for part in parts for call in part.message.tool_calls or []]
    assert calls == ["forecast"]
    assert parts[-1].done


def test_images(client: ollama.Client, ground: Ground, tmp_path: Path) -> None:
    """From memory and from a file."""
    (tmp_path / "image.png").write_bytes(b"simulated image")

    client.chat(QWEN, [{"role": "user", "content": "what is it?", "images": [PIXEL]}])
    client.generate(QWEN, "what is it?", images=[str(tmp_path / "image.png")])

    assert all(one["prompt_tokens"] > IMAGE_TOKENS for one in ground.sim.requests()[-2:])


def test_structured(client: ollama.Client) -> None:
    """JSON, and JSON by a schema."""
    loose = client.chat(QWEN, HELLO, format="json", think=False)
    strict = client.chat(QWEN, HELLO, format=SCHEMA, think=False)

    assert "simulated" in json.loads(loose.message.content or "")
    assert json.loads(strict.message.content or "") == ARGUMENTS


def test_completion(client: ollama.Client) -> None:
    """Whole and streamed."""
    whole = client.generate(QWEN, "hello", think=False, options={"stop": ["simulated"]})
    parts = list(client.generate(QWEN, "hello", think=False, stream=True))

    assert whole.response == "This is a "
    assert "".join(part.response or "" for part in parts).startswith(WORDS)


def test_embeddings(client: ollama.Client) -> None:
    """Of several texts, and of one in the old way."""
    answer = client.embed(QWEN, ["a", "b", "a"], dimensions=8)
    old = client.embeddings(QWEN, "a")

    assert answer.embeddings[0] == answer.embeddings[2] != answer.embeddings[1]
    assert {len(vector) for vector in answer.embeddings} == {8}
    assert old.embedding


def test_models(client: ollama.Client) -> None:
    """List, show, resident ones."""
    assert QWEN in [model.model for model in client.list().models]
    assert client.show(QWEN).capabilities == ["completion", "tools", "thinking"]
    client.generate(QWEN, keep_alive="1h")
    assert [model.model for model in client.ps().models] == [QWEN]


def test_pull(client: ollama.Client) -> None:
    """Whole and with progress; a push as well."""
    assert client.pull("small:1b").status == "success"
    parts = list(client.pull("small:2b", stream=True))
    pushed = list(client.push("small:2b", stream=True))

    assert [part.status for part in (parts[-1], pushed[-1])] == ["success", "success"]
    assert max(part.completed or 0 for part in parts) == parts[1].total
    with pytest.raises(ollama.ResponseError, match="file does not exist"):
        client.pull("missing:1b")


def test_blobs(client: ollama.Client, tmp_path: Path) -> None:
    """Uploaded from a file, made a model, copied and deleted."""
    (tmp_path / "weights.gguf").write_bytes(BLOB)

    digest = client.create_blob(tmp_path / "weights.gguf")
    made = client.create("own:latest", files={"weights.gguf": digest})
    client.copy("own", "other")
    client.delete("own")

    assert digest == f"sha256:{hashlib.sha256(BLOB).hexdigest()}"
    assert made.status == "success"
    names = [model.model for model in client.list().models]
    assert "other:latest" in names
    assert "own:latest" not in names


def test_cancel(client: ollama.Client, ground: Ground) -> None:
    """Who stops to read ends the generation."""
    stream = client.chat(QWEN, [{"role": "user", "content": "a long one"}], stream=True)
    next(iter(stream))

    stream.close()  # type: ignore[attr-defined]

    ground.last_is_cancelled()


def test_errors(client: ollama.Client) -> None:
    """With the client's own type, and the server's status and words."""
    with pytest.raises(ollama.ResponseError, match="model 'gpt-9' not found") as unknown:
        client.chat("gpt-9", HELLO)
    with pytest.raises(ollama.ResponseError, match="invalid role") as invalid:
        client.chat(QWEN, [{"role": "wizard", "content": "x"}])
    with pytest.raises(ollama.ResponseError, match="context length") as long:
        client.embed(QWEN, "word " * 40_000, truncate=False)

    assert [error.value.status_code for error in (unknown, invalid, long)] == [404, 400, 400]
