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
