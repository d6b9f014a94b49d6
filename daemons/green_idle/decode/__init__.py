# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The decode clock: while only decoding goes on, lower clocks that cost little time and save joules."""
