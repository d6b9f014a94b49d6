# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The words of the activity feed.

A message is one JSON object, and a SEQPACKET datagram of at most 4096 bytes holds one or, from the proxy,
several of them, one a line:
`{"v": 1, "n": 17, "t_s": 1234.5, "type": "accepted", ...}`, where `v` is the protocol's version, `n` counts
the sender's messages on this connection from 1, and `t_s` is the sender's CLOCK_MONOTONIC in seconds.
No message has a field for the text of a prompt or an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

PROTOCOL_VERSION = 1
MAX_MESSAGE_BYTES = 4096
# Why a model can't be parked that has left the memory by itself, where no other one is there.
NOTHING_IN_MEMORY = "nothing is in memory"


@dataclass(frozen=True, slots=True)
class Hello:
    """
    First message of the proxy to each reader.

    `accepted` counts all requests since the proxy began; `in_flight` those that have not ended yet, and
    the proxy's own loads.
    """

    accepted: int
    in_flight: int
    held_epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """After `Hello`, one for each generation in flight; it entered its phase at `since_s` (monotonic)."""

    generation: str
    requests: tuple[str, ...]
    model: str
    phase: str
    since_s: float
    tokens: int = 0
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request to a generation or embedding route has passed its header checks; `client` as identified."""

    request: str
    route: str
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """
    A generation was sent to the model server on behalf of these requests.

    Without any it is a load on the proxy's own account, which goes on when nobody waits for it any more.
    `client` is whose they are: requests of different clients never share a generation. `prompt_bytes` is how
    large the request's body is, where it is text alone: all that is known of a prompt that nobody counts.
    """

    generation: str
    requests: tuple[str, ...]
    model: str
    client: str | None = None
    prompt_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class LoadStarted:
    """The model server has to load the model first."""

    generation: str
    model: str


@dataclass(frozen=True, slots=True)
class LoadFinished:
    """The model is resident."""

    generation: str
    model: str


@dataclass(frozen=True, slots=True)
class FirstToken:
    """
    The first content of a streamed answer arrived.

    An answer in one piece has none, since nothing shows before its end: `Finished` has what is known of it.
    """

    generation: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens have arrived so far; coalesced."""

    generation: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Finished:
    """
    The generation ended by itself.

    Counts and durations are the model server's own where it gives them; `tokens_counted` says that the
    output was counted by the proxy because the server gave no count. `prompt_tokens` holds cached ones too;
    `cached_tokens` are those of them that were not computed again, where the server tells.
    """

    generation: str
    requests: tuple[str, ...]
    model: str
    status: int
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    tokens_counted: bool = False
    load_s: float | None = None
    prefill_s: float | None = None
    decode_s: float | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """
    `requests` ended without an answer; the reason is one of those in green_common.feed.reasons.

    Without a generation they were never forwarded, or had left theirs before. With one, they are those of
    its requests that end now, and it ends too where none is left that shares it: so each request and each
    generation ends once. A generation whose place another one takes ends without any, and names in `moved`
    those that go on: the other one's `Forwarded`, or a later `Cancelled`, names them again. A load of the
    proxy's own has neither.
    """

    requests: tuple[str, ...]
    reason: str
    generation: str | None = None
    tokens: int = 0
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beat:
    """Sent every second while somebody reads; counts as in `Hello`."""

    accepted: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Granted:
    """Nothing is in flight: clocks may be lowered under this epoch."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Clocks may not be lowered under this epoch."""

    epoch: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """The proxy has unloaded this model, because a reader asked for it; the next request loads it again."""

    model: str


@dataclass(frozen=True, slots=True)
class ParkRefused:
    """To the reader that asked alone: this model was not unloaded, and why."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A reader asks whether it may lower the clocks ("hold?")."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Released:
    """The reader has restored the clocks that it held under this epoch."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Park:
    """
    The reader asks that this model be unloaded; each is answered by `Parked` or `ParkRefused`.

    The proxy unloads only with nothing in flight, only the one model that is in memory, and never against
    a client's wish to keep it there.
    """

    model: str


FromProxy = (
    Hello
    | Running
    | Accepted
    | Forwarded
    | LoadStarted
    | LoadFinished
    | FirstToken
    | Tokens
    | Finished
    | Cancelled
    | Beat
    | Granted
    | Refused
    | Parked
    | ParkRefused
)
FromReader = Hold | Released | Park
Message = FromProxy | FromReader

FROM_PROXY: dict[str, type] = {
    "hello": Hello,
    "running": Running,
    "accepted": Accepted,
    "forwarded": Forwarded,
    "load_started": LoadStarted,
    "load_finished": LoadFinished,
    "first_token": FirstToken,
    "tokens": Tokens,
    "finished": Finished,
    "cancelled": Cancelled,
    "beat": Beat,
    "granted": Granted,
    "refused": Refused,
    "parked": Parked,
    "park_refused": ParkRefused,
}
FROM_READER: dict[str, type] = {"hold?": Hold, "released": Released, "park": Park}
