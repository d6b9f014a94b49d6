# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The official `ollama` and `openai` packages for JavaScript: one script each, one process a feature."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from clients.ground import ARGUMENTS, BLOB, CALL, IMAGE_TOKENS, PIXEL, QWEN, SCHEMA, WORDS, Ground
from clients.installed import HERE, NODE, package_version, script

OLLAMA = (
    "chat_whole",
    "chat_streamed",
    "thinking",
    "tools",
    "tools_streamed",
    "images",
    "structured",
    "completion",
    "embeddings",
    "models",
    "pull",
    "blobs",
    "cancel",
    "errors",
)
NOT_IN_OPENAI = ("pull", "blobs")
CASES = [("ollama", feature) for feature in OLLAMA] + [
    ("openai", feature) for feature in OLLAMA if feature not in NOT_IN_OPENAI
]
GIVEN: dict[str, Any] = {
    "model": QWEN,
    "words": WORDS,
    "call": CALL,
    "schema": SCHEMA,
    "arguments": ARGUMENTS,
    "image": PIXEL,
    "tokens": 28,
}


def client_name(parameters: dict[str, Any]) -> str:
    """How the table calls the client of a case."""
    package = parameters["package"]
    return f"{package} {package_version('js', package)} (JavaScript)".replace("  ", " ")


CLIENT = client_name


@pytest.mark.parametrize(("package", "feature"), CASES)
def test_javascript(request: pytest.FixtureRequest, ground: Ground, package: str, feature: str) -> None:
    """The script asserts what the client got; what the server did is looked up here."""
    script(request.config, "js", package)
    given = {**GIVEN, "url": ground.url, "blob": BLOB.decode()}
    if feature == "blobs":
        given["blob"] += package

    done = subprocess.run(
        [NODE, HERE / f"js/{package}.mjs", feature],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    if feature == "cancel":
        ground.last_is_cancelled()
    if feature == "images":
        assert ground.last()["prompt_tokens"] > IMAGE_TOKENS
