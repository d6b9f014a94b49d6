# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What clients say."""

from __future__ import annotations

from green_qwen.load.dialogues import Counted, Dialogue, Endless, Mix, MixedAuthor, salted


def first_prompt(dialogue: Dialogue) -> str:
    return str(dialogue.turns[0].messages[-1]["content"])


def test_the_same_seed_writes_the_same() -> None:
    """Before and after get the same load."""
    before, after = MixedAuthor(seed=7), MixedAuthor(seed=7)

    assert [before.dialogue(n) for n in range(20)] == [after.dialogue(n) for n in range(20)]


def test_another_seed_writes_something_else() -> None:
    """A seed that changes nothing would be none."""
    assert MixedAuthor(seed=7).dialogue(0) != MixedAuthor(seed=8).dialogue(0)


def test_a_salt_changes_words_and_no_length() -> None:
    """A server that remembers the last run has no shorter way in this one."""
    plain, other = MixedAuthor(seed=7, salt="a1"), MixedAuthor(seed=7, salt="b1")

    for number in range(50):
        left, right = plain.dialogue(number), other.dialogue(number)
        assert first_prompt(left)[:2] != first_prompt(right)[:2]
        assert len(first_prompt(left)) == len(first_prompt(right))
        assert left.turns[0].answer_tokens == right.turns[0].answer_tokens


def test_the_mix_has_its_shares() -> None:
    """Seventy of a hundred prompts are short, ten are long."""
    words = [len(first_prompt(MixedAuthor(seed=1).dialogue(n)).split()) for n in range(2000)]

    assert 0.66 < sum(count <= 150 for count in words) / 2000 < 0.74
    assert 0.08 < sum(count >= 2250 for count in words) / 2000 < 0.12
    assert all(22 <= count <= 3000 for count in words)


def test_answers_are_bounded() -> None:
    """Between 64 and 192 tokens each."""
    bounds = {MixedAuthor(seed=1).dialogue(n).turns[0].answer_tokens for n in range(2000)}

    assert bounds == set(range(64, 193))


def test_letters_for_a_model_whose_tokens_are_letters() -> None:
    """As many characters as tokens were asked for."""
    mix = Mix(prompts=((1.0, 500, 500),), characters=True)

    assert len(first_prompt(MixedAuthor(seed=1, mix=mix).dialogue(0))) == 500


def test_dialogues_of_several_turns_share_a_system_message() -> None:
    """The first turn carries it, later ones a question alone."""
    author = MixedAuthor(seed=1, mix=Mix(turns=(2, 4), prefix_tokens=100))
    dialogues = [author.dialogue(number) for number in range(30)]

    assert {len(dialogue.turns) for dialogue in dialogues} == {2, 3, 4}
    assert len({str(dialogue.turns[0].messages[0]) for dialogue in dialogues}) == 1
    assert all(dialogue.turns[0].messages[0]["role"] == "system" for dialogue in dialogues)
    assert all(len(turn.messages) == 1 for dialogue in dialogues for turn in dialogue.turns[1:])


def test_endless_clients_have_dialogues_of_their_own() -> None:
    """No two get the same, and each goes on."""
    source = Endless(MixedAuthor(seed=1))

    dealt = [source.next_for(client) for client in (0, 1) for _ in range(5)]

    assert len({str(dialogue) for dialogue in dealt}) == 10


def test_counted_dialogues_run_out() -> None:
    """Whoever is free takes the next, and after the last one there is none."""
    author = MixedAuthor(seed=1)
    source = Counted(author, 3)

    dealt = [source.next_for(client) for client in (4, 0, 4, 1)]

    assert dealt == [*(author.dialogue(number) for number in range(3)), None]


def test_a_text_that_is_shorter_than_its_salt_is_kept() -> None:
    """Nothing of a question is lost."""
    assert salted("why", "salty") == "salty why"
