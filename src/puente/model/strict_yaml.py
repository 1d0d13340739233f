"""YAML read strictly: a key that stands twice is refused."""

from __future__ import annotations

import yaml

from puente.errors import InvalidData
from puente.i18n import gettext as _


class _Loader(yaml.SafeLoader):
    """PyYAML's reader, which names the line also of what its own code stumbles over."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:  # noqa: FBT001, FBT002 - PyYAML's own signature
        """Return the value of a node.

        Raises: yaml.YAMLError: it has none: a day that there is not, such as `2025-02-30`, more
            digits than a number may have, or a tag such as `!!int x`.
        """
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError):
            problem = f"{str(node.value)[:40]!r} is not what it looks like; put it in quotes"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None


def strict_yaml(text: str, origin: str) -> object:
    """Return what a YAML text says.

    Args:
        text: the YAML.
        origin: what to call it in errors.

    Raises: InvalidData: no YAML, or a mapping in which a key stands twice.
    """
    try:
        loader = _Loader(text)
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
        message = _("not YAML: {reason}").format(reason=reason)
        raise InvalidData(message, file=origin, line=line) from None
    except RecursionError:
        message = _("not YAML: {reason}").format(reason="nested too deep")
        raise InvalidData(message, file=origin) from None


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
        _note_lines(loader.get_single_node(), (), found, set())
    finally:
        loader.dispose()
    return found


def _note_lines(node: yaml.Node | None, at: Path, found: dict[Path, int], within: set[int]) -> None:
    """Note the lines of a node and of what is in it; what holds itself is not entered again."""
    if node is None or id(node) in within:
        return
    found[at] = node.start_mark.line + 1
    if not isinstance(node, yaml.CollectionNode):
        return
    within.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_lines(value, (*at, str(key.value)), found, within)
            # A mapping begins on the line after its key: what is wrong is sought at the key.
            found[(*at, str(key.value))] = key.start_mark.line + 1
    else:
        for number, value in enumerate(node.value):
            _note_lines(value, (*at, number), found, within)
