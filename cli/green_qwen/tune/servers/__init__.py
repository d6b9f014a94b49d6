# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whom tune measures: a model server that it starts and stops, each kind behind the same few calls."""

from __future__ import annotations

from green_qwen.tune.servers.model_server import ModelServer, ServerFailedError

__all__ = ["ModelServer", "ServerFailedError"]
