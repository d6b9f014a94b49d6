# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The configuration: one schema for reading, checking, printing and the sample file."""

from __future__ import annotations

from green_common.config.load import (
    DEFAULT_PATH,
    LoadedConfig,
    keys_that_need_a_restart,
    load_config,
    salvage_config,
)
from green_common.config.schema import (
    Config,
    FeedConfig,
    GpuConfig,
    IdleConfig,
    LoggingConfig,
    ProxyConfig,
    ShapingConfig,
    TelemetryConfig,
)
from green_common.config.setting import split_address
from green_common.config.show import canonical_text, digest, effective_lines, sample_lines

__all__ = [
    "DEFAULT_PATH",
    "Config",
    "FeedConfig",
    "GpuConfig",
    "IdleConfig",
    "LoadedConfig",
    "LoggingConfig",
    "ProxyConfig",
    "ShapingConfig",
    "TelemetryConfig",
    "canonical_text",
    "digest",
    "effective_lines",
    "keys_that_need_a_restart",
    "load_config",
    "salvage_config",
    "sample_lines",
    "split_address",
]
