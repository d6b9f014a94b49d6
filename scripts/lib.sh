# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the scripts share: install what is missing, saying what and why, and make the Python environment.

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# need REASON PACKAGE...: install those Debian packages that are not there yet.
need() {
  reason=$1
  shift
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  echo "Installing$missing: $reason" >&2
  as_root apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing >/dev/null
}

# environment runtime|dev: .venv with the locked Python packages, made again when the lock changes.
environment() {
  need "Python itself and its virtual environments" python3 python3-venv ca-certificates
  lock=requirements/$1.lock
  stamp=.venv/$1.stamp
  if ! { cat "$lock" && python3 --version; } | cmp -s - "$stamp"; then
    echo "Installing the Python packages of $lock into .venv" >&2
    python3 -m venv .venv
    # --no-deps: the lock is whole, and leaves out on purpose what tokenizers asks for (see pyproject.toml).
    # sdnotify has no wheel; without --use-pep517 the pip of Debian 12 builds it in a way it warns of.
    .venv/bin/pip install --quiet --disable-pip-version-check --use-pep517 --no-deps --require-hashes -r "$lock"
    { cat "$lock" && python3 --version; } >"$stamp"
  fi
  PYTHONPATH=shared:daemons:cli:sim
  export PYTHONPATH
}
