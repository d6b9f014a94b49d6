# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A user's end, run inside the container's network: prints one JSON object.

    client.py chat PROMPT      a chat through green-proxy with the official client
    client.py get URL          what an address answers
    client.py post URL JSON    what an address answers to a body
    client.py code URL [KEY]   the status code of an answer, with an API key or without
    client.py knock URL        one connection after the other for three seconds: how many were refused
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import httpx
import ollama

PROXY = "http://127.0.0.1:18789"
MODEL = "qwen3:32b"
KNOCK_S, KNOCK_EVERY_S = 3.0, 0.01


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


def post(url: str, body: str) -> Any:
    """The JSON that a POST of JSON is answered with."""
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def code(url: str, key: str = "") -> int:
    """Also that of a refusal."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.get(url, headers=headers, timeout=10).status_code


def knock(url: str) -> dict[str, int]:
    """Only a refusal tells of a closed door: a connection may also break with the process that had it."""
    knocked = {"answered": 0, "refused": 0, "broken": 0}
    until_s = time.monotonic() + KNOCK_S
    while time.monotonic() < until_s:
        knocked[_knock_once(url)] += 1
        time.sleep(KNOCK_EVERY_S)
    return knocked


def _knock_once(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return "answered"
    except urllib.error.URLError as error:
        return "refused" if isinstance(error.reason, ConnectionRefusedError) else "broken"
    except ConnectionError:
        return "broken"


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    commands: dict[str, Callable[..., Any]]
    commands = {"chat": chat, "get": get, "post": post, "code": code, "knock": knock}
    print(json.dumps(commands[command](*arguments)))
