# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A simulated GPU and a simulated Ollama, with the power and speed curves of one measured H100."""
