# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Every key of green-qwen.toml, with its default, its limits and its meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from green_common.config.setting import address, choice, name, number, path, url, whole


@attrs.frozen
class ProxyConfig:
    """Table [proxy]: the API before the model server."""

    listen: str = address("127.0.0.1:18789", "where the API listens")
    upstream: str = url("http://127.0.0.1:11434", "the model server: Ollama, llama-server or vLLM")
    connect_timeout_s: float = number(5, 0.1, 60, "longest wait for a connection to the model server")
    body_timeout_s: float = number(30, 1, 600, "longest wait for a request's body")
    body_limit_mib: int = whole(
        64, 1, 65536, "largest body of a generation or embedding request; blobs pass unlimited"
    )
    wake_wait_ms: int = whole(50, 0, 1000, "longest wait for lowered clocks to be released")
    drain_s: float = number(30, 0, 600, "how long a stop waits for running answers before it cuts them")


@attrs.frozen
class FeedConfig:
    """Table [feed]: the activity feed between the daemons."""

    socket: str = path("/run/green-proxy/activity.sock", "Unix socket that green-proxy binds")
    group: str = name("green-qwen", "group that may read the feed")


@attrs.frozen
class GpuConfig:
    """Table [gpu]: where the GPUs are read."""

    driver: str = choice("nvml", ("nvml", "simulated"), "the NVIDIA driver, or the simulation")
    simulated_socket: str = path("/run/green-sim/gpu.sock", "socket of the simulated GPU")


@attrs.frozen
class TelemetryConfig:
    """Table [telemetry]: sampling, receipts and windows."""

    sample_every_ms: int = whole(500, 50, 10_000, "time between two readings of each GPU")
    window_s: int = whole(60, 10, 3600, "length of a summary window in the journal")


@attrs.frozen
class IdleConfig:
    """Table [idle]: when and how the GPU rests."""

    idle_after_s: float = number(10, 1, 86_400, "quiet time after which the clocks are lowered")
    rest_sm_clock_mhz: int = whole(0, 0, 10_000, "SM clock to rest at; 0 is the lowest the card has")
    held_file: str = path("/run/green-idle/held", "written while clocks are held, removed after the reset")


@attrs.frozen
class LoggingConfig:
    """Table [logging]: what reaches the journal."""

    level: str = choice("info", ("debug", "info", "warning", "error"), "least level that is written")


@attrs.frozen
class Config:
    """The whole configuration, valid by construction."""

    proxy: ProxyConfig = attrs.field(factory=ProxyConfig)
    feed: FeedConfig = attrs.field(factory=FeedConfig)
    gpu: GpuConfig = attrs.field(factory=GpuConfig)
    telemetry: TelemetryConfig = attrs.field(factory=TelemetryConfig)
    idle: IdleConfig = attrs.field(factory=IdleConfig)
    logging: LoggingConfig = attrs.field(factory=LoggingConfig)


TABLES: dict[str, Callable[[], Any]] = {
    "proxy": ProxyConfig,
    "feed": FeedConfig,
    "gpu": GpuConfig,
    "telemetry": TelemetryConfig,
    "idle": IdleConfig,
    "logging": LoggingConfig,
}
