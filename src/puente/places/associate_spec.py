"""What is to be tested, written down before the data are looked at.

A margin chosen after looking, or a pair picked out of many that were tried, makes a test worthless.
So the margin and the number of pairs stand in a file whose hash is printed with the result.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.strict_yaml import strict_yaml
from puente.places.stats.leads import month_number

if TYPE_CHECKING:
    from pathlib import Path

MOST_SHIFTS = 24
"""Months of lags and of leads, at most. Each costs a month at both ends of every place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One question: does the outcome go with the exposure more than the control does?

    Attributes:
        exposure, outcome, control: records, by name or code (`homicidio_doloso`).
        first, last: months `YYYY-MM`, both included.
        recording: records whose sum stands for how much is recorded at all; none: all others.
        clusters: `state` or `place`: rows of one may lean on each other.
        shifts: months of lags and leads each, 0 to `MOST_SHIFTS`.
        level: of every test, 0 to 1.
        margin: of the difference, on the scale of the elasticity; 0 where none was fixed.
        pairs_planned: pairs that are tried in all, this one included; the level is shared out.
        draws: permutations and sign patterns, 99 or more.
        seed: the same seed gives the same figures.

    Source: Simmons, Nelson and Simonsohn, Psychological Science 22 (2011) 1359-1366 (why a test is
        fixed beforehand).
    """

    exposure: str
    outcome: str
    control: str = ""
    first: str = ""
    last: str = ""
    recording: tuple[str, ...] = ()
    clusters: str = "state"
    shifts: int = 6
    level: float = 0.05
    margin: float = 0.0
    pairs_planned: int = 1
    draws: int = 9999
    seed: int = 1

    @property
    def level_shared(self) -> float:
        """The level of one pair, so that all planned pairs together keep `level` (Bonferroni)."""
        return self.level / self.pairs_planned

    @property
    def hash(self) -> str:
        """SHA-256 of the whole question, whatever file or options it came from."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def read_spec(path: Path, given: dict[str, str]) -> Spec:
    """Return the question of a YAML file, completed with what the command line gives.

    Args:
        path: a mapping whose keys are the attributes of `Spec`.
        given: options that were given; one that contradicts the file is refused.

    Raises: InvalidData: no such file or mapping, an unknown key, a value that is none, or an option
        that says otherwise than the file.
    Source: see `Spec`.
    """
    try:
        held = strict_yaml(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData(_("cannot be read as UTF-8 text"), file=path) from error
    if not isinstance(held, dict):
        raise InvalidData(_("the plan of a test is a mapping"), file=path)
    known = {field.name: field for field in fields(Spec)}
    unknown = sorted(str(key) for key in held if key not in known)
    if unknown:
        text = _("unknown keys {unknown}; known: {known}")
        raise InvalidData(text.format(unknown=unknown, known=", ".join(known)), file=path)
    values = {str(key): _value(str(key), value, path) for key, value in held.items()}
    for key, text in given.items():
        if text and str(values.setdefault(key, text)) != text:
            said = _("{key} is {one} in the plan and {other} on the command line")
            raise InvalidData(said.format(key=key, one=values[key], other=text), file=path)
    for key in ("exposure", "outcome"):
        if not values.get(key):
            raise InvalidData(_("the plan names no {key}").format(key=key), file=path)
    return checked(replace(Spec(exposure="", outcome=""), **values))  # type: ignore[arg-type]


def checked(spec: Spec) -> Spec:
    """Return the question if it can be asked.

    Raises: InvalidData: says what cannot.
    Source: see `Spec`.
    """
    if not (spec.exposure and spec.outcome):
        raise InvalidData(_("name an exposure and an outcome"))
    named = [name for name in (spec.exposure, spec.outcome, spec.control) if name]
    if len(set(named)) < len(named):
        raise InvalidData(_("exposure, outcome and control must be three records"))
    months = [month_number(month) for month in (spec.first, spec.last) if month]
    if len(months) == 2 and months[0] > months[1]:
        raise InvalidData(_("the period ends before it begins"))
    bounds = (
        ("clusters", spec.clusters in ("state", "place")),
        ("shifts", 0 <= spec.shifts <= MOST_SHIFTS),
        ("level", 0 < spec.level < 1),
        ("margin", 0 <= spec.margin < float("inf")),
        ("pairs_planned", spec.pairs_planned >= 1),
        ("draws", spec.draws >= 99),
        ("seed", spec.seed >= 0),
    )
    for key, holds in bounds:
        if not holds:
            raise InvalidData(_("{key} is out of range").format(key=key))
    return spec


def _value(key: str, value: object, path: Path) -> object:
    """Return a value of the file in the type of its attribute."""
    whole, number = {"shifts", "pairs_planned", "draws", "seed"}, {"level", "margin"}
    if key == "recording":
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
        value = tuple(value) if isinstance(value, list) else value
    elif key in whole:
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif key in number:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        value = float(value) if isinstance(value, int | float) else value
    else:
        fits = isinstance(value, str)
    if not fits:
        raise InvalidData(_("{key} is of the wrong kind").format(key=key), file=path)
    return value
