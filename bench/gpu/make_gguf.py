#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Write a GGUF of Qwen3-32B's exact shape with random Q4_K weights: 18.4 GB in under a minute.

The shape decides power and speed, what the weights say does not. Needs numpy, and llama.cpp's own `gguf`
package on PYTHONPATH. Its tokenizer knows the 256 single bytes and no merges to speak of, so a prompt of
N ASCII characters is N tokens.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import gguf
import numpy as np

WIDTH, FEED_FORWARD, HEADS, KV_HEADS, HEAD_WIDTH, VOCABULARY = 5120, 25600, 64, 8, 128, 151936
LAYERS = 64
Q4_K = gguf.GGMLQuantizationType.Q4_K
WEIGHTS_PER_BLOCK, BYTES_PER_BLOCK = gguf.GGML_QUANT_SIZES[Q4_K]
# Half-precision scale and offset of a block (ggml-common.h, block_q4_K). With 6-bit scales drawn evenly
# these two give weights of mean zero and a spread of a few thousandths: finite logits in all layers.
SCALE, OFFSET = 6e-6, 4.5e-5


class RandomWeights:
    """Random Q4_K blocks, each tensor a view of one pool: drawing 18 GB afresh would take minutes."""

    def __init__(self, seed: int, blocks: int) -> None:
        self._random = np.random.default_rng(seed)
        self._pool = self._random.integers(0, 256, size=(blocks, BYTES_PER_BLOCK), dtype=np.uint8)
        self._pool[:, 0:2] = np.array([SCALE], dtype=np.float16).view(np.uint8)
        self._pool[:, 2:4] = np.array([OFFSET], dtype=np.float16).view(np.uint8)

    def tensor(self, rows: int, columns: int) -> np.ndarray:
        blocks = rows * columns // WEIGHTS_PER_BLOCK
        first = int(self._random.integers(0, len(self._pool) - blocks + 1))
        return self._pool[first : first + blocks].reshape(rows, -1)


def byte_tokens() -> list[str]:
    """The 256 bytes as GPT-2's byte-level vocabulary spells them, in byte order."""
    spelled = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = {byte: chr(byte) for byte in spelled}
    unspelled = [byte for byte in range(256) if byte not in letters]
    letters.update({byte: chr(256 + order) for order, byte in enumerate(unspelled)})
    return [letters[byte] for byte in range(256)]


def add_shape(writer: gguf.GGUFWriter, layers: int) -> None:
    writer.add_name("qwen3-32b-random")
    writer.add_block_count(layers)
    writer.add_context_length(40960)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)


def add_vocabulary(writer: gguf.GGUFWriter) -> None:
    tokens = byte_tokens()
    tokens += [f"t{order}x" for order in range(VOCABULARY - len(tokens) - 2)]
    tokens += ["<|endoftext|>", "<|im_end|>"]
    kinds = [gguf.TokenType.NORMAL] * (VOCABULARY - 2) + [gguf.TokenType.CONTROL] * 2
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["t h", "i n"])
    writer.add_bos_token_id(VOCABULARY - 2)
    writer.add_eos_token_id(VOCABULARY - 1)
    writer.add_add_bos_token(False)


def add_layer(writer: gguf.GGUFWriter, weights: RandomWeights, layer: int) -> None:
    for name, rows, columns in (
        ("attn_q", HEADS * HEAD_WIDTH, WIDTH),
        ("attn_k", KV_HEADS * HEAD_WIDTH, WIDTH),
        ("attn_v", KV_HEADS * HEAD_WIDTH, WIDTH),
        ("attn_output", WIDTH, HEADS * HEAD_WIDTH),
        ("ffn_gate", FEED_FORWARD, WIDTH),
        ("ffn_up", FEED_FORWARD, WIDTH),
        ("ffn_down", WIDTH, FEED_FORWARD),
    ):
        writer.add_tensor(f"blk.{layer}.{name}.weight", weights.tensor(rows, columns), raw_dtype=Q4_K)
    for name, length in (
        ("attn_norm", WIDTH),
        ("ffn_norm", WIDTH),
        ("attn_q_norm", HEAD_WIDTH),
        ("attn_k_norm", HEAD_WIDTH),
    ):
        writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(length, dtype=np.float32))


def write_model(path: Path, layers: int) -> None:
    # The largest tensor, the vocabulary's, is what the pool must hold.
    weights = RandomWeights(seed=0, blocks=VOCABULARY * WIDTH // WEIGHTS_PER_BLOCK + 100_000)
    writer = gguf.GGUFWriter(path, "qwen3")
    add_shape(writer, layers)
    add_vocabulary(writer)
    writer.add_tensor("token_embd.weight", weights.tensor(VOCABULARY, WIDTH), raw_dtype=Q4_K)
    writer.add_tensor("output.weight", weights.tensor(VOCABULARY, WIDTH), raw_dtype=Q4_K)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    for layer in range(layers):
        add_layer(writer, weights, layer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--layers", type=int, default=LAYERS, help="fewer make a small file")
    arguments = parser.parse_args()
    began_s = time.monotonic()
    write_model(arguments.path, arguments.layers)
    took_s = time.monotonic() - began_s
    print(f"{arguments.path}: {arguments.path.stat().st_size / 1e9:.2f} GB in {took_s:.0f} s")


if __name__ == "__main__":
    main()
