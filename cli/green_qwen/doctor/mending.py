# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Commands that several findings have in common."""

from __future__ import annotations

OWN = "/usr/share/green-qwen/ollama.service.d/green-qwen.conf"


def set_variable(unit: str, name: str, value: str) -> tuple[str, ...]:
    """In a drop-in of its own, which `systemctl revert` takes away again; read after what `edit` has made."""
    folder = f"/etc/systemd/system/{unit}.d"
    return (
        f"sudo mkdir -p {folder}",
        rf"printf '[Service]\nEnvironment={name}={value}\n' | sudo tee {folder}/zz-{name.lower()}.conf",
        *restart(unit),
    )


def restart(unit: str) -> tuple[str, ...]:
    return (f"sudo systemctl daemon-reload && sudo systemctl restart {unit}",)


def set_key(table: str, key: str, value: str, *services: str) -> tuple[str, ...]:
    """A drop-in of green-qwen.toml."""
    drop_in = f"/etc/green-qwen/green-qwen.d/{key}.toml"
    return (
        rf"printf '[{table}]\n{key} = {value}\n' | sudo tee {drop_in}",
        f"sudo systemctl reload {' '.join(services)}",
    )
