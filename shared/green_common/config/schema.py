# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Every key of green-qwen.toml, with its default, its limits and its meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from green_common.config.setting import (
    address,
    choice,
    name,
    names,
    number,
    optional_address,
    path,
    switch,
    url,
    whole,
)


@attrs.frozen
class ProxyConfig:
    """Table [proxy]: the API before the model server."""

    listen: str = address("127.0.0.1:18789", "where the API listens")
    gateway: str = optional_address("127.0.0.1:8080", "where the web gateway listens; empty for none")
    upstream: str = url("http://127.0.0.1:11434", "the model server: Ollama, llama-server or vLLM")
    keys_file: str = path(
        "/etc/green-qwen/keys", "API keys, hashed; without one the API listens on loopback alone"
    )
    conversation_header: str = name(
        "X-Green-Conversation",
        "header that names the conversation too, like Open WebUI's X-OpenWebUI-Chat-Id",
    )
    connect_timeout_s: float = number(5, 0.1, 60, "longest wait for a connection to the model server")
    body_timeout_s: float = number(30, 1, 600, "longest wait for a request's body")
    body_limit_mib: int = whole(
        64, 1, 65536, "largest body of a generation or embedding request; blobs pass unlimited"
    )
    bodies_limit_mib: int = whole(
        1024, 1, 1 << 20, "largest size of all such bodies together; above it requests are answered with 503"
    )
    wake_wait_ms: int = whole(50, 0, 1000, "longest wait for lowered clocks to be released")
    load_timeout_s: float = number(900, 1, 86_400, "longest wait for a model to be loaded")
    first_token_timeout_s: float = number(
        1800, 1, 86_400, "longest wait for the first byte of an answer, or for a whole one"
    )
    token_timeout_s: float = number(600, 1, 86_400, "longest wait between two parts of a streamed answer")
    total_timeout_s: float = number(
        0, 0, 604_800, "longest time from sending a request to the end of its answer; 0 for no limit"
    )
    drain_s: float = number(30, 0, 600, "how long a stop waits for running answers before it cuts them")


@attrs.frozen
class ShapingConfig:
    """Table [shaping]: what the proxy changes, joins, holds back or refuses on the way to the GPU."""

    pin: bool = switch("remove the options whose change makes Ollama load the model again", default=True)
    thinking: str = choice(
        "leave", ("leave", "off"), "thinking of models: as the client says, or off for all"
    )
    thinking_off_models: tuple[str, ...] = names("models that never think")
    thinking_off_clients: tuple[str, ...] = names(
        "clients, by the name of their key, for whom no model thinks"
    )
    cap: bool = switch("cap the number of tokens that a request may generate", default=True)
    max_output_tokens: int = whole(0, 0, 1 << 24, "that cap; 0 is the model's context length")
    max_images: int = whole(64, 0, 10_000, "most images in one request; 0 for no limit")
    client_in_flight: int = whole(0, 0, 100_000, "most requests of one client at a time; 0 for no limit")
    merge: bool = switch(
        "let requests share one generation where the conversation or a person's key is known", default=True
    )
    merge_window_ms: int = whole(
        800, 0, 5000, "short messages that follow each other within this time become one turn; 0 for none"
    )
    merge_characters: int = whole(120, 1, 10_000, "longest message that counts as short")
    trim: bool = switch(
        "cut old turns of long conversations where the conversation or a person's key is known", default=True
    )
    trim_to_tokens: int = whole(4096, 256, 1 << 24, "longest prompt that is not trimmed")
    answer_room_tokens: int = whole(
        1024, 0, 1 << 24, "room within the context for an answer whose length the request does not say"
    )
    admit: bool = switch("hold requests back in a fair waiting room while all slots are busy", default=True)
    slots: int = whole(16, 1, 4096, "requests at the model server at a time; its OLLAMA_NUM_PARALLEL")
    queue_limit: int = whole(512, 0, 100_000, "most requests in the waiting room; above it they get a 503")
    batch_wait_s: float = number(
        60, 0, 86_400, "longest wait of a request with X-Green-Priority: batch for a fuller batch"
    )


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
    model_server_unit: str = name(
        "ollama.service", "systemd unit of the model server; other processes on the GPU are somebody else's"
    )


@attrs.frozen
class TelemetryConfig:
    """Table [telemetry]: sampling, receipts, windows, alerts and views."""

    sample_every_ms: int = whole(500, 50, 10_000, "time between two readings of each GPU")
    window_s: int = whole(60, 10, 3600, "length of a summary window in the journal")
    gather_above_per_s: float = number(
        5, 0, 10_000, "more receipts a second than this share a journal entry; 0 for always"
    )
    listen: str = optional_address("127.0.0.1:9838", "where /metrics is served; empty for nowhere")
    live_socket: str = path("/run/green-telemetry/live.sock", "Unix socket for views")
    state: str = path("/var/lib/green-telemetry", "folder in which what was learned about costs is kept")
    cpu_energy: bool = switch(
        "account for CPU and DRAM too, by RAPL; its files are root's until a udev rule opens them",
        default=False,
    )
    pue: float = number(1, 1, 5, "power usage effectiveness of the site, for estimates")
    price_per_kwh: float = number(0, 0, 1000, "price of a kilowatt-hour, for estimates; 0 for none")
    carbon_g_per_kwh: float = number(
        0, 0, 5000, "grams of CO2 for each kilowatt-hour, for estimates; 0 for none"
    )
    power_alert_w: float = number(240, 0, 5000, "mean power over 60 s that is worth an alert; 0 for none")
    power_alert_models: tuple[str, ...] = names(
        "other limits by GPU model, as 'H100=650', where the part before '=' is in the GPU's name"
    )
    power_deviation_alert_w: float = number(
        0, 0, 5000, "standard deviation of power over 60 s that is worth an alert; 0 for none"
    )
    temperature_alert_c: int = whole(85, 0, 120, "temperature that is worth an alert; 0 for none")


@attrs.frozen
class IdleConfig:
    """Table [idle]: when and how the GPU rests."""

    idle_after_s: float = number(10, 1, 86_400, "quiet time after which the clocks are lowered")
    rest_sm_clock_mhz: int = whole(0, 0, 10_000, "SM clock to rest at; 0 is the lowest the card has")
    restore_sm_clock_mhz: int = whole(
        0, 0, 10_000, "SM clock that is locked again after a rest; 0 gives the card its own clocks back"
    )
    calibrate: bool = switch(
        "measure in quiet minutes which clocks save power on each GPU, once for a driver", default=True
    )
    decode_clock: bool = switch(
        "lower the SM clock while only decoding goes on, to where a token costs least; measured on the card",
        default=False,
    )
    decode_max_slowdown_percent: float = number(
        5, 0, 50, "how much longer the time between two tokens may get by that"
    )
    held_file: str = path("/run/green-idle/held", "written while clocks are held, removed after the reset")
    state: str = path("/var/lib/green-idle", "folder in which what was learned and measured is kept")
    park: bool = switch(
        "unload a model after a quiet whose length follows from what a load costs and its absence saves",
        default=False,
    )
    park_min_s: float = number(60, 1, 86_400, "shortest quiet after which a model is unloaded")


@attrs.frozen
class LoggingConfig:
    """Table [logging]: what reaches the journal."""

    level: str = choice("info", ("debug", "info", "warning", "error"), "least level that is written")


@attrs.frozen
class Config:
    """The whole configuration, valid by construction."""

    proxy: ProxyConfig = attrs.field(factory=ProxyConfig)
    shaping: ShapingConfig = attrs.field(factory=ShapingConfig)
    feed: FeedConfig = attrs.field(factory=FeedConfig)
    gpu: GpuConfig = attrs.field(factory=GpuConfig)
    telemetry: TelemetryConfig = attrs.field(factory=TelemetryConfig)
    idle: IdleConfig = attrs.field(factory=IdleConfig)
    logging: LoggingConfig = attrs.field(factory=LoggingConfig)


TABLES: dict[str, Callable[[], Any]] = {
    "proxy": ProxyConfig,
    "shaping": ShapingConfig,
    "feed": FeedConfig,
    "gpu": GpuConfig,
    "telemetry": TelemetryConfig,
    "idle": IdleConfig,
    "logging": LoggingConfig,
}
