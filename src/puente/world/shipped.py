"""Lists and texts that ship with the world: names, words, what the folders say of themselves."""

from __future__ import annotations

from importlib.resources import files


def shipped(name: str) -> str:
    """Return a text that ships with the world."""
    return files("puente.world").joinpath("data", name).read_text(encoding="utf-8")


def lines_of(name: str) -> list[str]:
    """Return the lines of a list, without blanks and comments."""
    lines = [line.strip() for line in shipped(name).splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def words_of(name: str) -> list[str]:
    """Return the words of a list; a hyphen stands for a space within one."""
    return [word.replace("-", " ") for word in " ".join(lines_of(name)).split()]


def sections(name: str) -> dict[str, list[str]]:
    """Return the lines of a list by the `[heading]` that they stand under."""
    found: dict[str, list[str]] = {}
    for line in lines_of(name):
        if line.startswith("["):
            found[line.strip("[]")] = []
        else:
            found[next(reversed(found))].append(line)
    return found
