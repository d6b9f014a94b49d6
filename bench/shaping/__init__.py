# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What each shaping step of green-proxy saves, on the simulated GPU."""
