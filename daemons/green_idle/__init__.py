# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Rests the GPU when nobody needs it, and has it awake before the next request arrives there."""
