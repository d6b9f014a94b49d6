# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-proxy beside other proxies: speed, latency, CPU and memory, in one run on one machine."""
