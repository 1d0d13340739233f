"""What the parts of the memo share: what went in, the short names of readings, the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import N_, format_date
from puente.i18n import gettext as _
from puente.law.elements import find
from puente.law.evidence import Side
from puente.law.readings import AS_WRITTEN
from puente.law.references import CONFIDENCE_WORDS
from puente.law.status import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    from puente.casework.determinations import Determination
    from puente.casework.held import HeldCase
    from puente.law.assess import Assessment, BranchResult
    from puente.law.elements import Node
    from puente.law.references import Citation

    T = TypeVar("T")

SHORT_STATUS: Mapping[Word, str] = {
    Word.UNSUPPORTED: N_("not supported"),
    Word.SUPPORTED: N_("supported"),
    Word.REBUTTED: N_("rebutted"),
    Word.CONTESTED: N_("contested"),
    Word.NOT_ASSESSED: N_("not assessed"),
}
"""A status in a table whose heading says that it is on this record."""

SIDES: Mapping[Side, str] = {Side.PRO: N_("for it"), Side.CON: N_("against it")}
"""The side of an element, in a table whose row names the element."""

NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoFacts:
    """What the memo is made from.

    Attributes:
        held: the case, nothing in it altered.
        run: what its record supports.
        determinations: what people determined, oldest first.
        run_digest: SHA-256 of the run.
        public_key: of the node, hexadecimal.
    """

    held: HeldCase
    run: Assessment
    determinations: tuple[Determination, ...]
    run_digest: str
    public_key: str

    def short(self, result: BranchResult) -> str:
        """Return the short name of a reading in this memo, `R1` for the first."""
        return f"R{self.run.results.index(result) + 1}"

    def short_of(self, branch: str) -> str:
        """Return the short name of a reading by its id; the id itself where it is not run here."""
        for result in self.run.results:
            if result.branch.id == branch:
                return self.short(result)
        return branch


def reading_text(result: BranchResult) -> str:
    """Return what a reading is called in words: its id, or that it is the text as written."""
    return _("the text as written") if result.branch.id == AS_WRITTEN else result.branch.id


def node_text(run: Assessment, name: str) -> str:
    """Return what a node asks for, with its citation; its id where it has no text.

    Of a group without an id, which is named by its elements (`a+b`), what each of them asks for.
    """
    return " + ".join(_one_text(run, part) for part in name.split("+"))


def _one_text(run: Assessment, name: str) -> str:
    trees = (result.branch.tree for result in run.results)
    found: Node | None = next((node for tree in trees if (node := find(tree, name))), None)
    if found is None and name in run.record:
        found = run.record[name].element
    if found is None or found.text is None:
        return name
    return f"{found.text} [{found.cite}]" if found.cite else str(found.text)


def confidence_text(citation: Citation) -> str:
    """Return how sure the drafter of a claim of law is, and what is to be checked."""
    word = _(CONFIDENCE_WORDS[citation.confidence])
    return f"{word}: {citation.to_check}" if citation.to_check else word


def short_status(word: Word) -> str:
    """Return a status in one or two words, in the current language."""
    return _(SHORT_STATUS[word])


def day_text(iso: str) -> str:
    """Return a day as the current language writes it."""
    return format_date(iso[:10], "long")


def listed(names: Iterable[str]) -> str:
    """Return names as one text, parted by commas; a dash for none."""
    return ", ".join(names) or NOTHING


def broken(name: str) -> str:
    """Return an id that may go on in the next line after each underscore."""
    return name.replace("_", "_\u200b")


def alike(facts: MemoFacts, key: Callable[[BranchResult], T]) -> list[tuple[str, BranchResult]]:
    """Return one result for each group of readings that `key` makes equal, and their names.

    Rival readings that come to the same say it once.
    """
    groups: list[tuple[T, list[BranchResult]]] = []
    for result in facts.run.results:
        value = key(result)
        same = next((group for known, group in groups if known == value), None)
        if same is None:
            groups.append((value, [result]))
        else:
            same.append(result)
    return [(", ".join(facts.short(one) for one in group), group[0]) for _key, group in groups]
