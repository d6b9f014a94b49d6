# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether a setting still gives the same answers: against the unquantised cache, on the same model."""
