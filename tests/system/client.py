# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A user's end, run inside the container's network: prints one JSON object.

    client.py chat PROMPT      a chat through green-proxy with the official client
    client.py get URL          what an address answers
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any

import httpx
import ollama

PROXY = "http://127.0.0.1:18789"
MODEL = "qwen3:32b"


def chat(prompt: str) -> dict[str, Any]:
    """A streamed chat; its request id is only in the headers, which the client keeps to itself."""
    seen: list[httpx.Response] = []
    client = ollama.Client(host=PROXY, timeout=60, event_hooks={"response": [seen.append]})
    messages = [{"role": "user", "content": prompt}]
    parts = list(client.chat(model=MODEL, messages=messages, stream=True, think=False))
    return {
        "request": seen[-1].headers["X-Green-Request-Id"],
        "text": "".join(part.message.content or "" for part in parts),
        "parts": len(parts),
        "tokens": parts[-1].eval_count,
    }


def get(url: str) -> Any:
    """The JSON at an address."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


if __name__ == "__main__":
    command, argument = sys.argv[1:]
    print(json.dumps({"chat": chat, "get": get}[command](argument)))
