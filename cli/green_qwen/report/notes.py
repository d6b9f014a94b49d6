# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a reader has to know of the figures: each doubt as a sentence, with its count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from green_qwen.report.books import Books
from green_qwen.report.intake import Intake

# A journal that begins this much later than the range leaves a part of it out.
LATE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Note:
    """`name` is for scripts; `count` is how many there are of it."""

    name: str
    count: int
    text: str


def notes_of(intake: Intake, books: Books, said: str = "", too_long: int = 0) -> list[Note]:
    """Only what is there."""
    found = (*_kept_out(intake, books, too_long), *_edges(books), *_flaws(books), *_trouble(intake))
    notes = [note for note in found if note.count]
    if said:
        notes.append(Note("journalctl", 1, f"journalctl says: {said}"))
    return notes


def _kept_out(intake: Intake, books: Books, too_long: int) -> Iterator[Note]:
    strangers = ", ".join(sorted(intake.strangers))
    yield Note(
        "looked_alike",
        intake.looked_alike,
        f"{counted(intake.looked_alike, 'entry looks', 'entries look')} like green-telemetry's but "
        f"{_was(intake.looked_alike)} written by {strangers}: left out",
    )
    damaged = intake.damaged + too_long
    text = f"{counted(damaged, 'entry', 'entries')} could not be read and {_was(damaged)} left out"
    yield Note("damaged", damaged, text)
    other = intake.real if books is intake.simulated else intake.simulated
    kind = "measured" if books is intake.simulated else "simulated"
    option = "without --simulated" if books is intake.simulated else "with --simulated"
    receipts = counted(other.doubts.receipts, f"{kind} receipt", f"{kind} receipts")
    left_out = f"{receipts} and {counted(other.doubts.windows, 'window', 'windows')}"
    text = f"{left_out} are left out; see them {option}"
    yield Note(f"{kind}_left_out", other.count, text)
    repeated = books.coverage.repeated
    yield Note(
        "repeated",
        repeated,
        f"{counted(repeated, 'window', 'windows')} came twice and {_was(repeated)} counted once",
    )
    overflowed = [by for by, groups in books.groups.items() if groups.overflowed]
    text = "there were more groups than a report can hold; the rest is in one called (all others)"
    yield Note("overflowed", len(overflowed), text)


def _edges(books: Books) -> Iterator[Note]:
    doubts = books.doubts
    windows, receipts = doubts.early_windows, doubts.early_receipts
    yield Note(
        "early_windows",
        windows,
        f"{counted(windows, 'window', 'windows')} ({doubts.early_windows_mj / 1000:.0f} J) began before the "
        f"range and {_was(windows)} written in it: counted whole, so that reports of adjoining times add up",
    )
    yield Note(
        "early_receipts",
        receipts,
        f"{counted(receipts, 'request', 'requests')} ({doubts.early_receipts_mj / 1000:.0f} J) ended before "
        f"the range, and the {'receipt was' if receipts == 1 else 'receipts were'} written in it: counted",
    )
    late = books.since_s is not None and books.first_s is not None and books.first_s > books.since_s + LATE_S
    text = "the first entry is more than an hour into the range: before that nothing ran, or it is not kept"
    yield Note("begins_late", int(late), text)


def _flaws(books: Books) -> Iterator[Note]:
    doubts, coverage = books.doubts, books.coverage
    text = f"{counted(doubts.partial, 'receipt is', 'receipts are')} partial: not all of the request was seen"
    yield Note("partial", doubts.partial, text)
    text = f"{counted(doubts.unmeasured, 'receipt has', 'receipts have')} no joules: no GPU could be read"
    yield Note("unmeasured", doubts.unmeasured, text)
    provisional = doubts.provisional_windows or doubts.provisional_receipts
    text = (
        f"{counted(doubts.provisional_receipts, 'receipt', 'receipts')} and "
        f"{counted(doubts.provisional_windows, 'window', 'windows')} are from when the baseline was "
        "still being learned"
    )
    yield Note("baseline_provisional", provisional, text)
    text = f"the accounts of {counted(doubts.unbalanced, 'window', 'windows')} do not add up to its joules"
    yield Note("unbalanced", doubts.unbalanced, text)
    text = f"{counted(doubts.gaps, 'gap lies', 'gaps lie')} within windows: what was drawn is in no account"
    yield Note("gaps_within", doubts.gaps, text)
    text = (
        f"{counted(coverage.holes, 'hole', 'holes')} of {_duration(coverage.holes_s)} between windows: "
        "the service did not run, the GPU could not be read, or entries are not kept"
    )
    yield Note("holes", coverage.holes, text)
    no_windows = int(not doubts.windows and doubts.receipts > 0)
    yield Note("no_windows", no_windows, "there is no window, so the GPU's whole energy is not known")


def _trouble(intake: Intake) -> Iterator[Note]:
    count, amount = intake.trouble, intake.amounts
    gaps = counted(count["gpu.gap"], "gap", "gaps")
    text = f"green-telemetry tells of {gaps} of {_duration(amount['gpu.gap'])} in all without an account"
    yield Note("gpu_gap", count["gpu.gap"], text)
    text = f"{amount['feed.gap']} messages of green-proxy's feed were lost: some requests have no receipt"
    yield Note("feed_gap", count["feed.gap"], text)
    text = f"{amount['generations.unfollowed']} generations had no room beside others and have no receipt"
    yield Note("unfollowed", count["generations.unfollowed"], text)
    text = f"{amount['journal.lost']} entries were lost while the journal was away"
    yield Note("journal_lost", count["journal.lost"], text)


def counted(count: int, one: str, several: str) -> str:
    """So many of them, in the right number."""
    return f"{count} {one if count == 1 else several}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
