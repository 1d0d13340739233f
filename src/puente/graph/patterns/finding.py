"""What a pattern is, and what is said when one is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.graph.paths import FoundPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A way of standing behind somebody, by its name.

    Attributes:
        id: its name in data.
        name, text: English; shown in the reader's language.
        innocent: what explains it innocently, always told with it.
        role: the role of `law/roles.yaml` whose instruments could reach it.
        source: where the pattern is described.
    """

    id: str
    name: str
    text: str
    innocent: tuple[str, ...]
    role: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing on record that speaks for a finding, or against it.

    Attributes:
        text: English sentence with names in braces; shown in the reader's language.
        about: what the braces stand for: ids of entities, days, numbers.
        edges: rows of the network's edges that say so.
        statements: ids of the statements that say so.
    """

    text: str
    about: Mapping[str, str] = field(default_factory=dict)
    edges: tuple[int, ...] = ()
    statements: tuple[str, ...] = ()

    def told(self, names: Mapping[str, str]) -> str:
        """Return the sentence in the current language; ids are told by name where one is known."""
        return _(self.text).format(**{k: names.get(v, v) for k, v in self.about.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A pattern found on record. It is a reason to look, and neither a score nor a verdict.

    Attributes:
        subjects: cluster ids, the one that the finding is about first.
        principals: designated persons that it leads back to.
        signs: what speaks for it; against: what speaks against it, on record.
        path: the best path by evidence from a designated person to the first subject.
    """

    pattern: Pattern
    subjects: tuple[str, ...]
    principals: tuple[str, ...]
    signs: tuple[Sign, ...]
    against: tuple[Sign, ...]
    path: FoundPath | None = None
