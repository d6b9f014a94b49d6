# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Runs inside green-proxy's sandbox in its place, and leaves what it found in the service's cache directory.

    sandbox_probe.py          does what green-proxy does there
    sandbox_probe.py build    its child process, which builds a vocabulary
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import sys
from pathlib import Path

import httptools
from tokenizers import Tokenizer, models

CACHE = Path(os.environ["CACHE_DIRECTORY"])
VOCABULARY = CACHE / "vocabulary.json"
WRITABLE_CODE = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC


def build() -> None:
    """Save a small vocabulary; batches are what tokenizers starts threads for."""
    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")]))
    tokenizer.encode_batch(["ab"] * 100)
    tokenizer.save(str(VOCABULARY))


def try_writable_code() -> str:
    try:
        mmap.mmap(-1, 4096, prot=WRITABLE_CODE).close()
    except PermissionError:
        return "refused"
    return "allowed"


def main() -> None:
    subprocess.run([sys.executable, __file__, "build"], check=True)
    found = {
        "keys": Path("/etc/green-qwen/keys").read_text(),
        "tokens": Tokenizer.from_file(str(VOCABULARY)).encode("abab").ids,
        "port": httptools.parse_url(b"http://127.0.0.1:18789/").port,
        "writable code": try_writable_code(),
    }
    (CACHE / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    build() if sys.argv[1:] == ["build"] else main()
