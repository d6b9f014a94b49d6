# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Prints the completion of green-qwen's command line, made from its parser; the package's build runs it.

    PYTHONPATH=shared:cli .venv/bin/python packaging/completion.py bash|zsh
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from green_qwen.__main__ import parser_of

# By its name in a usage line or by its type an argument is known to be a file.
FILES = ("FILE", "PATH", "DIR", "FOLDER")
BASH = """\
# bash completion for green-qwen; made from its parser when the package is built.
_green_qwen() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} at="" words="" files="" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$at/${{COMP_WORDS[i]}}" in
{walk}
        esac
    done
    COMPREPLY=()
    case "$at/$before" in
{values}
    esac
    case "$at" in
{words}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [[ $files && $word != -* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen -f -- "$word")
    fi
}}
complete -F _green_qwen green-qwen
"""
ZSH = """\
#compdef green-qwen
# zsh completion for green-qwen; made from its parser when the package is built.
_green_qwen() {{
    local at="" word files=""
    local -a found
    for word in ${{words[2,CURRENT-1]}}; do
        case "$at/$word" in
{walk}
        esac
    done
    case "$at/${{words[CURRENT-1]}}" in
{values}
    esac
    case "$at" in
{words}
    esac
    _describe green-qwen found
    [[ -z $files ]] || _files
}}
_green_qwen "$@"
"""


@dataclass(frozen=True, slots=True)
class Place:
    """One parser, by the words that lead to it with slashes between; what may come there, with its help."""

    path: str
    words: dict[str, str]
    nested: tuple[str, ...]
    # By option: the values that it takes; none where nobody knows them, None where they are files.
    values: dict[str, tuple[str, ...] | None]
    # True where a file may stand without an option.
    files: bool = False


def places(parser: argparse.ArgumentParser, path: str = "") -> Iterator[Place]:
    """The parser, and those of its commands."""
    words: dict[str, str] = {}
    values: dict[str, tuple[str, ...] | None] = {}
    nested: dict[str, argparse.ArgumentParser] = {}
    files = False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            nested.update(action.choices)
            words.update({name: helps.get(name, "") for name in action.choices})
        elif action.option_strings and action.help != argparse.SUPPRESS:
            words.update(dict.fromkeys(action.option_strings, action.help or ""))
            if action.nargs != 0:
                values.update(dict.fromkeys(action.option_strings, _values(action)))
        elif not action.option_strings:
            words.update(dict.fromkeys(_values(action) or (), action.help or ""))
            files |= _values(action) is None
    yield Place(path, words, tuple(nested), values, files)
    for name, one in nested.items():
        yield from places(one, f"{path}/{name}")


def bash_text(parser: argparse.ArgumentParser) -> str:
    def value(values: tuple[str, ...] | None) -> str:
        if values is None:
            files = 'mapfile -t COMPREPLY < <(compgen -f -- "$word")'
            return f"compopt -o filenames 2>/dev/null; {files}; return"
        return f'mapfile -t COMPREPLY < <(compgen -W "{" ".join(values)}" -- "$word"); return'

    def words(place: Place) -> str:
        return f'words="{" ".join(place.words)}"{_files(place)}'

    return _filled(BASH, parser, value, words)


def zsh_text(parser: argparse.ArgumentParser) -> str:
    def value(values: tuple[str, ...] | None) -> str:
        return "_files; return" if values is None else f"compadd -- {' '.join(values)}; return"

    def words(place: Place) -> str:
        return (
            f"found=({' '.join(_described(name, text) for name, text in place.words.items())}){_files(place)}"
        )

    return _filled(ZSH, parser, value, words)


def _filled(
    template: str,
    parser: argparse.ArgumentParser,
    value: Callable[[tuple[str, ...] | None], str],
    words: Callable[[Place], str],
) -> str:
    found = list(places(parser))
    walk = [f'"{place.path}/{name}") at="{place.path}/{name}" ;;' for place in found for name in place.nested]
    values = [
        f'"{place.path}/{option}") {value(known)} ;;'
        for place in found
        for option, known in place.values.items()
    ]
    each = [f'"{place.path}") {words(place)} ;;' for place in found]
    return template.format(walk=_indented(walk, 12), values=_indented(values, 8), words=_indented(each, 8))


def _files(place: Place) -> str:
    return " files=yes" if place.files else ""


def _values(action: argparse.Action) -> tuple[str, ...] | None:
    if action.choices is not None:
        return tuple(map(str, action.choices))
    return None if action.type is Path or str(action.metavar).upper() in FILES else ()


def _described(name: str, text: str) -> str:
    """A word and its meaning as zsh's _describe takes them, in single quotes."""
    meaning = text.replace("%%", "%").replace("'", "'\\''")
    return f"'{name}:{meaning}'"


def _indented(lines: list[str], spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in lines)


if __name__ == "__main__":
    sys.stdout.write({"bash": bash_text, "zsh": zsh_text}[sys.argv[1]](parser_of()))
