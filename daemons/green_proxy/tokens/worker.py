# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A process of its own that fetches vocabularies and counts with them.

Building a vocabulary of 150 000 tokens holds the interpreter for half a second and wants 100 MiB for a
moment; in the proxy that would stop every stream. Questions and answers are JSON lines on stdin and stdout.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import signal
import sys
from collections import OrderedDict
from typing import Any
from urllib.parse import urlsplit

from green_proxy.tokens.vocabulary import UnknownVocabulary, Vocabulary, read_vocabulary

MAX_VOCABULARIES = 4
MAX_CARD_BYTES = 128 << 20
SHOW_WITHIN_S = 30.0


class Worker:
    """Answers one question after the other; holds the vocabularies that were used last."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Vocabulary] = OrderedDict()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What is asked for: `load` with url and model, or `count` with texts, both with the digest."""
        try:
            if asked["what"] == "load":
                return self._load(asked["digest"], asked["url"], asked["model"])
            return self._count(asked["digest"], asked["texts"])
        except UnknownVocabulary as error:
            return {"unknown": str(error)}
        # Whatever goes wrong with one question must not end the process; the text of it stays here.
        except Exception as error:
            return {"failed": type(error).__name__}

    def _load(self, digest: str, url: str, model: str) -> dict[str, Any]:
        if digest not in self._held:
            if len(self._held) == MAX_VOCABULARIES:
                self._held.popitem(last=False)
            self._held[digest] = read_vocabulary(fetch_card(url, model))
            _give_memory_back()
        held = self._held[digest]
        return {"chatml": held.chatml, "settled": held.settled, "begins": held.begins}

    def _count(self, digest: str, texts: list[str]) -> dict[str, Any]:
        held = self._held.get(digest)
        if held is None:
            return {"gone": True}
        self._held.move_to_end(digest)
        return {"counts": held.count(texts)}


def fetch_card(url: str, model: str) -> dict[str, Any]:
    """Ollama's `/api/show` with the vocabulary; a small client, since this process is to stay small."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SHOW_WITHIN_S)
    try:
        body = json.dumps({"model": model, "verbose": True})
        connection.request("POST", f"{parts.path}/api/show", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise UnknownVocabulary(f"/api/show answers {response.status}")
        card = response.read(MAX_CARD_BYTES + 1)
    finally:
        connection.close()
    if len(card) > MAX_CARD_BYTES:
        raise UnknownVocabulary(f"/api/show says more than {MAX_CARD_BYTES} bytes")
    said = json.loads(card)
    if not isinstance(said, dict):
        raise UnknownVocabulary("/api/show says no object")
    return said


def _give_memory_back() -> None:
    # What building took is more than half of it; glibc would keep that.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def main() -> None:
    """Serve until stdin ends, that is until the proxy does."""
    # A stop of the service reaches every process; this one is needed until the last answer is through.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    worker = Worker()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        reply = worker.answer(asked) | {"id": asked["id"]}
        sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
