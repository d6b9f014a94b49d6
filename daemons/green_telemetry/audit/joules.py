# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The entries with the joules: receipts, one by one or gathered, and windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from green_common.logs import Log
from green_telemetry.audit.gathering import Batch
from green_telemetry.audit.wording import duration_text, figure, plain
from green_telemetry.receipt import Receipt
from green_telemetry.window import MEASURES

# What of a receipt and of a window is worth a search in the journal; the rest is in one field with them.
RECEIPT_INDEX = ("request", "client", "model", "outcome", "energy_j")
# Names so long that a feed must be lying; they stand in the JSON alone, so that a receipt takes 2 kB at most.
LONG_NAMES_BYTES = 128
GPU_FIELDS = ("gpu", "gpu_uuid")
# How much the rest varies within a window is worth less than the room it takes.
VARYING = ("power", "temperature")
UNTOLD = frozenset(
    [f"{name}_deviation_{unit}" for name, unit, _ in MEASURES if name != "power"]
    + [f"{name}_greatest_{unit}" for name, unit, _ in MEASURES if name not in VARYING]
)


def receipt_fields(receipt: Receipt) -> dict[str, Any]:
    """All that is known of it, with its line for people."""
    fields = {
        field.name: figure(field.name, value)
        for field in dataclasses.fields(receipt)
        if (value := getattr(receipt, field.name)) is not None
    }
    return {"say": _line(receipt), **fields}


def write_receipts(log: Log, batch: Batch, mark: str) -> None:
    """An entry each, or one for those that were gathered; `mark` stands at the line's end."""
    if len(batch) == 1:
        log.info("receipt", keep=True, indexed=_receipt_index(batch[0]), **batch[0])
        return
    energy_j = round(sum(receipt.get("energy_j", 0.0) for receipt in batch), 3)
    clients = len({receipt.get("client") for receipt in batch})
    tokens = sum(receipt.get("output_tokens", 0) for receipt in batch)
    of = f"{clients} clients" if clients > 1 else "one client"
    say = f"{len(batch)} receipts of {of}: {energy_j:.1f} J, {tokens} tokens{mark}"
    receipts = [{name: value for name, value in one.items() if name != "say"} for one in batch]
    log.info("receipts", keep=True, say=say, count=len(batch), energy_j=energy_j, receipts=receipts)


def write_window(log: Log, fields: Mapping[str, Any], mark: str) -> None:
    told = {
        name: figure(name, value)
        for name, value in fields.items()
        if value is not None and name not in UNTOLD
    }
    say = f"window GPU {fields['gpu']}: {_window_line(fields)}{mark}"
    log.info("window", say=say, keep=True, indexed=(), apart=GPU_FIELDS, **told)


def _line(receipt: Receipt) -> str:
    """Its line for people, in which long names are cut."""
    reason = None if receipt.reason is None else plain(receipt.reason, 48)
    brief = dataclasses.replace(
        receipt, request=plain(receipt.request, 48), model=plain(receipt.model, 48), reason=reason
    )
    return plain(brief.say, 256)


def _receipt_index(fields: Mapping[str, Any]) -> tuple[str, ...]:
    names = len((fields.get("client", "") + fields["model"]).encode())
    return RECEIPT_INDEX if names <= LONG_NAMES_BYTES else ("request", "outcome", "energy_j")


def _window_line(fields: Mapping[str, Any]) -> str:
    mean_w = fields["power_mean_w"]
    percent = fields["unattributed_percent"]
    others_j = fields.get("others_j") or 0.0
    parts = [
        f"baseline {fields['baseline_j']:.0f}",
        f"generations {fields['generations_j']:.0f}",
        *([f"others {others_j:.0f}"] if others_j else []),
        f"unattributed {fields['unattributed_j']:+.0f}" + ("" if percent is None else f" ({percent:+.1f} %)"),
    ]
    power = "power unknown" if mean_w is None else f"{mean_w:.1f} W"
    return f"{duration_text(fields['duration_s'])}, {power}, {fields['energy_j']:.0f} J = {' + '.join(parts)}"
