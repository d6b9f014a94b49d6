# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-telemetry: what the GPU draws, and which request it drew it for."""
