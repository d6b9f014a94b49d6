# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The HTTP face of the simulated model server: Ollama's own API and its OpenAI-compatible one."""
