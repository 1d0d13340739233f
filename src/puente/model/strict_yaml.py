"""YAML read strictly: a key that stands twice is refused."""

from __future__ import annotations

import yaml

from puente.errors import InvalidData


def strict_yaml(text: str, origin: str) -> object:
    """Return what a YAML text says.

    Args:
        text: the YAML.
        origin: what to call it in errors.

    Raises: InvalidData: no YAML, or a mapping in which a key stands twice.
    """
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            _check_keys(node, set())
            return loader.construct_document(node) if node else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        reason = getattr(error, "problem", None) or "cannot be read"
        raise InvalidData(f"not YAML: {reason}", file=origin, line=line) from None


def _check_keys(node: yaml.Node | None, seen: set[int]) -> None:
    """Check that no key stands twice: of two `events:` the first would be lost without a word."""
    if node is None or id(node) in seen or not isinstance(node, yaml.CollectionNode):
        return
    seen.add(id(node))
    children = node.value
    if isinstance(node, yaml.MappingNode):
        keys = [str(key.value) for key, _value in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            message = f"the keys {twice} stand twice"
            raise yaml.MarkedYAMLError(problem=message, problem_mark=node.start_mark)
        children = [value for _key, value in node.value]
    for child in children:
        _check_keys(child, seen)


Path = tuple[str | int, ...]


def yaml_lines(text: str) -> dict[Path, int]:
    """Return the 1-based line on which each value of a YAML text begins.

    Args:
        text: YAML that `strict_yaml` has read.

    Returns: by the keys and 0-based list positions that lead to it; () is the whole.
    """
    found: dict[Path, int] = {}
    loader = yaml.SafeLoader(text)
    try:
        _note_lines(loader.get_single_node(), (), found)
    finally:
        loader.dispose()
    return found


def _note_lines(node: yaml.Node | None, at: Path, found: dict[Path, int]) -> None:
    if node is None:
        return
    found[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_lines(value, (*at, str(key.value)), found)
            # A mapping begins on the line after its key: what is wrong is sought at the key.
            found[(*at, str(key.value))] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _note_lines(value, (*at, number), found)
