# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Runs inside green-proxy's sandbox in its place, and leaves what it found in the service's runtime directory.

    sandbox_probe.py CARD      CARD: a file with what the model server says about its model
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httptools

from green_proxy.tokens.process import WorkerProcess

WRITABLE_CODE = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
DIGEST, WITHIN_S = "of the model", 30.0


class ModelServer(BaseHTTPRequestHandler):
    """Answers whatever is asked with the card."""

    def __init__(self, card: bytes, *connection: Any) -> None:
        self._card = card
        super().__init__(*connection)

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self._card)


async def count_tokens(url: str) -> dict[str, Any]:
    """What the process that counts answers: to the load of a vocabulary, and to two texts."""
    worker = WorkerProcess()
    load = {"what": "load", "digest": DIGEST, "url": url, "model": "qwen3"}
    loaded = await worker.ask(load, within_s=WITHIN_S)
    counted = await worker.ask({"what": "count", "digest": DIGEST, "texts": ["hi", "ho"]}, within_s=WITHIN_S)
    await worker.close()
    return {"loaded": loaded, "counted": counted}


def try_writable_code() -> str:
    try:
        mmap.mmap(-1, 4096, prot=WRITABLE_CODE).close()
    except PermissionError:
        return "refused"
    return "allowed"


def main(card: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), partial(ModelServer, card.read_bytes()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = {
        "keys": Path("/etc/green-qwen/keys").read_text(),
        "tokens": asyncio.run(count_tokens(f"http://127.0.0.1:{server.server_port}")),
        "port": httptools.parse_url(b"http://127.0.0.1:18789/").port,
        "writable code": try_writable_code(),
    }
    Path(os.environ["RUNTIME_DIRECTORY"], "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
