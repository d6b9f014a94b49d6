# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What others may see of the telemetry: /metrics, the live socket, history."""
