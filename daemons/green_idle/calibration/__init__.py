# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Measure, then decide: whether lowered clocks save power on this card, and which."""
