# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alerts: what an administrator should look at, with advice that fits the cause."""
