# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A llama-server that knows eight tokens and tells their probabilities as the real one does."""

from __future__ import annotations

import json
import math
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VOCABULARY = 8


def probability(token: int, before: int, *, blur: float) -> float:
    """Half for the token after the last one, the rest shared by the others; `blur` takes some of it."""
    likeliest = (before + 1) % VOCABULARY
    top = 0.5 - blur
    return top if token == likeliest else (1 - top) / (VOCABULARY - 1)


class Handler(BaseHTTPRequestHandler):
    """Its three routes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    blur, slips = 0.0, False

    def do_GET(self) -> None:
        self._answer({"status": "ok"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            self._answer({"tokens": [0, *(ord(letter) % VOCABULARY for letter in body["content"])]})
        elif body.get("logit_bias"):
            self._answer({"completion_probabilities": [self._told(body)]})
        else:
            self._answer({"tokens": [self._greedy(at) for at in range(body["n_predict"])]})

    def _told(self, body: dict[str, Any]) -> dict[str, Any]:
        before = body["prompt"][-1]
        chosen = body["logit_bias"][0][0]
        likeliest = (before + 1) % VOCABULARY
        return {
            "id": chosen,
            "logprob": math.log(probability(chosen, before, blur=self.blur)),
            "top_logprobs": [{"id": likeliest, "logprob": math.log(0.5 - self.blur)}],
        }

    def _greedy(self, at: int) -> int:
        return 7 if self.slips and at == 16 else at % 7

    def _answer(self, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


def main() -> None:
    port, cache = int(sys.argv[1]), sys.argv[2]
    # A coarser cache makes it less sure, and one token in each answer another one.
    Handler.blur, Handler.slips = (0.0, False) if cache == "f16" else (0.1, True)
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
