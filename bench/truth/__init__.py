# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts of green-telemetry against the simulation, which knows the true joules of every request."""
