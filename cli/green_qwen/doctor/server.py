# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The model server itself: whether it answers, and whether it is one whose settings are known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, WARNING, Finding
from green_qwen.doctor.mending import restart
from green_qwen.doctor.ollama import Ollama
from green_qwen.doctor.systemd import Unit

NAME, PRIVACY = "model server", "privacy"
# Since then llama-server does the work, and variables reach it.
LEAST = (0, 30)


def judge_server(ollama: Ollama, unit: Unit | None, name: str) -> Iterator[Finding]:
    yield _answers(ollama, name)
    if unit is not None and unit.there and unit.needs_reload:
        text = f"{unit.name} or a drop-in of it was changed, and is not in force:"
        yield Finding(NAME, WARNING, text, restart(unit.name))
    if unit is not None and unit.environ.get("OLLAMA_DEBUG_LOG_REQUESTS", "0").lower() not in (
        "",
        "0",
        "false",
    ):
        text = "OLLAMA_DEBUG_LOG_REQUESTS writes what people ask to disk; take it out:"
        yield Finding(PRIVACY, WARNING, text, (f"sudo systemctl edit {unit.name}",))


def _answers(ollama: Ollama, name: str) -> Finding:
    if ollama.version is None:
        text = f"no Ollama answers at {ollama.url} (proxy.upstream); nothing is judged of another server:"
        return Finding(NAME, UNKNOWN, text, (f"systemctl status {name}",))
    version = tuple(int(part) for part in re.findall(r"\d+", ollama.version)[:2])
    if version < LEAST:
        text = f"Ollama {ollama.version} is older than 0.30, for which these judgements are made: update it"
        return Finding(NAME, ADVICE, text)
    return Finding(NAME, OK, f"Ollama {ollama.version} answers at {ollama.url}")
