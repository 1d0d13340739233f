"""The law behind a program tag of OFAC's lists. Tag, authority and day of listing stay apart.

Source: OFAC, program tag definitions; the instruments of the law room. See `lists_programs.yaml`.
Limits: only the tags that this trade meets and those that name their order; of any other the
    authority is not known here, and is said to be so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from puente.model.strict_yaml import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FILE = "lists_programs.yaml"
_NAMES_ORDER = re.compile(r"EO(\d{5})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The law under which a tag lists.

    Attributes:
        cite: as cited; "" where it is not known here.
        instrument: id of the law room's instrument; "" where it holds none.
        basis: where it stands that the tag means this law.
        confidence: verified, arithmetic, contested or memory; "" where the law is not known.

    Source: see the module.
    """

    cite: str = ""
    instrument: str = ""
    basis: str = ""
    confidence: str = ""

    @property
    def key(self) -> str:
        """Return what tells two authorities apart; "" where it is not known."""
        return self.instrument or self.cite


UNKNOWN = Authority()


def authority_of(tag: str) -> Authority:
    """Return the law behind a tag, as far as it is known here.

    Source: `lists_programs.yaml`; a tag that ends in EO and a number names its order itself.
    """
    held = _known().get(tag)
    if held is not None:
        return held
    named = _NAMES_ORDER.search(tag)
    if named:
        cite = f"E.O. {named[1]}"
        return Authority(cite=cite, basis="The tag names the order", confidence="verified")
    return UNKNOWN


def authorities_of(tags: Iterable[str]) -> frozenset[str] | None:
    """Return the keys of the laws behind tags; None where one of them is not known.

    Source: see `authority_of`.
    """
    keys = {authority_of(tag).key for tag in tags}
    return None if "" in keys else frozenset(keys)


@cache
def _known() -> Mapping[str, Authority]:
    text = files("puente.screen").joinpath(_FILE).read_text(encoding="utf-8")
    read = cast("dict[str, dict[str, str]]", strict_yaml(text, _FILE))
    return {tag: Authority(**fields) for tag, fields in read.items()}
