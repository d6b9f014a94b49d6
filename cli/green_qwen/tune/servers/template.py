# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The user's own command for a model server, with places for what is tried."""

from __future__ import annotations

import shlex
import string
from collections.abc import Mapping
from pathlib import Path

from green_common.errors import UsageError
from green_qwen.tune.setting import Setting

# Each placeholder with the knob that it stands for; where nothing is set they are llama-server's defaults.
PLACEHOLDERS = {
    "port": "",
    "slots": "slots",
    "context": "context_tokens",
    "total_context": "context_tokens",
    "kv_cache": "kv_cache",
    "flash_attention": "flash_attention",
    "batch": "batch_tokens",
    "ubatch": "batch_tokens",
    "threads": "threads",
    "load_mode": "mmap",
}
LLAMA_KNOBS = frozenset(PLACEHOLDERS.values()) - {""} | {"gpu_sampling"}


class Template:
    """A command line whose words hold placeholders in braces; raises UsageError where it can't be one."""

    def __init__(self, text: str) -> None:
        try:
            self._words = shlex.split(text)
            self._names = {
                name for word in self._words for _, name, _, _ in string.Formatter().parse(word) if name
            }
        except ValueError as error:
            raise UsageError(f"--server-command {text!r}: {error}") from error
        self._check(text)

    @property
    def program(self) -> str:
        return Path(self._words[0]).name

    @property
    def is_llama(self) -> bool:
        """Where it is llama-server, everything can be told by the environment."""
        return "llama" in self.program

    @property
    def knobs(self) -> frozenset[str]:
        named = {PLACEHOLDERS[name] for name in self._names} - {""}
        return frozenset(named) | (LLAMA_KNOBS if self.is_llama else frozenset()) | {"perf_boost"}

    def command(self, setting: Setting, port: int) -> list[str]:
        values = _values(setting, port)
        return [word.format_map(values) for word in self._words]

    def _check(self, text: str) -> None:
        unknown = sorted(self._names - PLACEHOLDERS.keys())
        allowed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        if unknown:
            raise UsageError(f"--server-command: {{{unknown[0]}}} is no placeholder; there are {allowed}")
        if not self._words or "port" not in self._names:
            raise UsageError(
                f"--server-command {text!r}: it has to say {{port}}, where the server is to listen"
            )
        if "slots" not in self.knobs:
            raise UsageError(f"--server-command {text!r}: it has to say {{slots}}, or nothing could be tried")


def _values(setting: Setting, port: int) -> Mapping[str, str | int]:
    return {
        "port": port,
        "slots": setting.slots,
        "context": setting.context_tokens or 0,
        "total_context": setting.total_context_tokens or 0,
        "kv_cache": setting.kv_cache,
        "flash_attention": setting.flash_attention,
        "batch": setting.batch_tokens or 2048,
        "ubatch": setting.batch_tokens or 512,
        "threads": setting.threads or -1,
        "load_mode": "none" if setting.mmap is False else "auto",
    }
