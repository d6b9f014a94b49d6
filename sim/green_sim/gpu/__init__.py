# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated GPU: curves, card, sensors, faults and the socket that stands in for the driver."""
