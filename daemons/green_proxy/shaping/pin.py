# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Removes the options whose change makes Ollama load the model again."""

from __future__ import annotations

from green_proxy.request.call import Call

# What Ollama's scheduler compares with the loaded model. Their values come from the Modelfile and the
# environment: /v1 can't carry them, and given against left out is a difference too.
PINNED = (
    "num_ctx",
    "num_batch",
    "num_gpu",
    "main_gpu",
    "use_mmap",
    "num_thread",
    "draft_num_predict",
)
_PINNED = frozenset(PINNED)

COUNTED = {
    "pinned_requests_total": "Requests from which options were removed whose change makes Ollama load again.",
}


class Pin:
    """Leaves `options` in place when it is empty, which Ollama reads as none; other options stay."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0.0)

    def apply(self, call: Call) -> None:
        removed = _remove_options(call)
        # A launch flag of the runner. It stands beside the options, never among them.
        if call.dialect.words == "ollama" and "shift" in call.fields:
            call.remove("shift")
            removed.append("shift")
        if removed:
            call.note("Pin", " ".join(removed))
            self.counts["pinned_requests_total"] += 1


def _remove_options(call: Call) -> list[str]:
    options = call.fields.get("options")
    if not isinstance(options, dict) or _PINNED.isdisjoint(options):
        return []
    call.change("options", {name: value for name, value in options.items() if name not in _PINNED})
    return [name for name in PINNED if name in options]
