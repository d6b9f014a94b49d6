# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One generation: what a client asked for, how far it is, and what it truly cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from green_sim.engine.tokens import count_tokens, token


class Stage(Enum):
    """Where a generation is."""

    LOADING = "loading"
    QUEUED = "queued"
    PREFILL = "prefill"
    DECODE = "decode"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Runner:
    """The launch settings of a loaded model; a request with others makes the server load it again."""

    model: str
    options: frozenset[tuple[str, int | bool]] = frozenset()
    shift: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """What a client asked for; an empty prompt only loads the model."""

    route: str
    runner: Runner
    prompt: str = ""
    thinking: str = ""
    answer: str = ""
    max_tokens: int | None = None
    keep_alive_s: float | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One generated token."""

    text: str
    thinking: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The last word on a generation."""

    stage: Stage
    error: str | None = None
    status: int = 200


Event = Piece | Ended


@dataclass(slots=True)
class Cost:
    """
    True joules of one generation; the baseline's part of them is named as well.

    `baseline_j` is the one in prefill and decode, `load_baseline_j` the one in the load.
    """

    load_j: float = 0.0
    load_baseline_j: float = 0.0
    prefill_j: float = 0.0
    decode_j: float = 0.0
    baseline_j: float = 0.0

    @property
    def above_baseline_j(self) -> float:
        """What a receipt should say."""
        return self.load_j - self.load_baseline_j + self.prefill_j + self.decode_j - self.baseline_j


@dataclass(eq=False, slots=True)
class Job:
    """A generation on its way through the server; times are monotonic seconds."""

    number: int
    order: Order
    emit: Callable[[Event], None]
    arrived_s: float
    sm_clock_at_arrival_mhz: int
    sm_locked_at_arrival: bool
    stage: Stage = Stage.LOADING
    done_reason: str = "stop"
    scheduled_s: float | None = None
    slot_s: float | None = None
    # llama-server times a prompt from the first step that has room for it.
    prompt_began_s: float | None = None
    first_token_s: float | None = None
    ended_s: float | None = None
    cached_tokens: int = 0
    prefilled_tokens: int = 0
    generated_tokens: int = 0
    cost: Cost = field(default_factory=Cost)
    # Counted once: of the prompt with its cached part, and of the answer with its thinking, uncut.
    prompt_tokens: int = field(init=False)
    natural_tokens: int = field(init=False)

    def __post_init__(self) -> None:
        self.prompt_tokens = count_tokens(self.order.prompt)
        self.natural_tokens = count_tokens(self.order.thinking) + count_tokens(self.order.answer)

    @property
    def left_to_prefill(self) -> int:
        """Prompt tokens that still have to be computed."""
        return self.prompt_tokens - self.cached_tokens - self.prefilled_tokens

    @property
    def tokens_to_generate(self) -> int:
        """Length of the answer with its thinking, cut at the client's limit."""
        limit = self.order.max_tokens
        return self.natural_tokens if limit is None else min(limit, self.natural_tokens)

    @property
    def over(self) -> bool:
        """True once the last word has been said."""
        return self.stage in (Stage.FINISHED, Stage.CANCELLED, Stage.FAILED)

    def piece(self, index: int) -> Piece:
        """The generated token at a position: first the thinking, then the answer."""
        thinking_tokens = count_tokens(self.order.thinking)
        if index < thinking_tokens:
            return Piece(token(self.order.thinking, index), thinking=True)
        return Piece(token(self.order.answer, index - thinking_tokens), thinking=False)

    def generated_text(self) -> str:
        """Everything generated so far as it lies in the slot's cache."""
        pieces = [self.piece(index) for index in range(self.generated_tokens)]
        thinking = "".join(piece.text for piece in pieces if piece.thinking)
        answer = "".join(piece.text for piece in pieces if not piece.thinking)
        return f"<think>\n{thinking}\n</think>\n\n{answer}" if thinking else answer

    def forget_texts(self) -> None:
        """Keep the counts alone: a thousand ended generations are remembered."""
        self.order = replace(self.order, prompt="", thinking="", answer="")

    def end(self, now_s: float, ended: Ended) -> None:
        """Say the last word, once."""
        if self.over:
            return
        self.stage = ended.stage
        self.ended_s = now_s
        self.emit(ended)
