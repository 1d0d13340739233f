"""Evidence beside the name: birth date, sex, country, identifiers. Missing is unknown, not against.

Each part adds to the log-odds of the match. An identifier that two people cannot share decides;
what many share (a country) adds little; what a form often gets wrong (day and month exchanged)
takes little away.

Source: Fellegi and Sunter (1969), for weights that add up; the weights follow the shares of errors
    that Herzog, Scheuren and Winkler (2007, ch. 9) report for dates and sex in registers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.model.dates import PartialDate, parse_date
from puente.model.ids import compact, curp_birth_date, parse_curp, parse_rfc, rfc_dates
from puente.screen.part import AGAINST, DECIDES, SUPPORTS, Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.screen.entry import ListEntry, Query

BIRTH, SEX, COUNTRY = N_("date of birth"), N_("sex"), N_("country")
CURP, RFC, OTHER_ID = N_("CURP"), N_("RFC"), N_("identifier")
FROM_CURP, FROM_RFC = N_("date of birth in the CURP"), N_("date of birth in the RFC")
SEX_FROM_CURP = N_("sex in the CURP")
SAME_DAY, SAME_SPAN = N_("same day"), N_("agrees as far as it goes")
NEAR, DIFFERENT = N_("nearly the same: a slip of the pen"), N_("different")
ANOTHER_ID = N_("another number: another one, unless one is wrong")

DAY_WEIGHT, SPAN_WEIGHT, NEAR_WEIGHT, APART_WEIGHT, FAR_WEIGHT = 6.0, 2.0, 1.0, -1.8, -4.0
"""Log-odds of birth dates: of two strangers one pair in 20,000 shares the day and one in fifty the
year, of one person's records nine in ten do; the day is held below that, for families and lists
repeat dates."""
OTHER_DAY_WEIGHT = -2.5
"""The same for two whole dates of about one year that differ in more than a slip: a namesake's.
Records of one person differ so once in a hundred times, a namesake's of that year nearly always.
"""
SEX_WEIGHT, COUNTRY_WEIGHT, OTHER_COUNTRY_WEIGHT = -2.5, 0.3, -0.5
SAME_ID_WEIGHT, OTHER_ID_WEIGHT = 8.0, -5.0
CIRCA_YEARS = 2
"""Years each way that a *circa* may be out. Source: OFAC's own search treats "circa" as +/- 2."""
SLIP_YEARS = 1
_NEW_YEAR = (1, 1)
"""What registers write for a day of birth that is not known."""


def evidence(asked: Query, listed: ListEntry) -> tuple[Part, ...]:
    """Return what the particulars say, part by part; nothing for what either side lacks.

    Source: OFAC FAQ 5, steps 3 to 5 (compare all particulars before calling a match).
    """
    parts: list[Part] = []
    parts.extend(_identifiers(CURP, asked.curps, listed.curps, _whole_curps))
    parts.extend(_identifiers(RFC, asked.rfcs, listed.rfcs, _whole_rfcs))
    shared = sorted({_plain(i) for i in asked.other_ids} & {_plain(i) for i in listed.other_ids})
    if shared:
        parts.append(
            Part(
                part=OTHER_ID,
                asked=shared[0],
                listed=shared[0],
                effect=DECIDES,
                weight=SAME_ID_WEIGHT,
            )
        )
    parts.extend(_births(asked, listed))
    parts.extend(_sexes(asked, listed))
    if asked.countries and listed.countries:
        common = sorted(set(asked.countries) & set(listed.countries))
        parts.append(
            Part(
                part=COUNTRY,
                asked=", ".join(common or asked.countries),
                listed=", ".join(common or listed.countries),
                effect=SUPPORTS if common else AGAINST,
                weight=COUNTRY_WEIGHT if common else OTHER_COUNTRY_WEIGHT,
            )
        )
    return tuple(parts)


def decides_same(parts: Iterable[Part]) -> bool:
    """Return True if a shared identifier or a birth date to the day backs the name.

    Source: FinCEN and OFAC name a date of birth and an identifying number as what settles a name
        match (OFAC FAQ 5).
    """
    return any(
        part.effect == DECIDES or (part.effect == SAME_DAY and part.weight >= DAY_WEIGHT)
        for part in parts
    )


def _identifiers(
    part: str, asked: tuple[str, ...], listed: tuple[str, ...], whole: object
) -> list[Part]:
    mine, theirs = whole(asked), whole(listed)  # type: ignore[operator]
    common = sorted(mine & theirs)
    if common:
        return [
            Part(
                part=part, asked=common[0], listed=common[0], effect=DECIDES, weight=SAME_ID_WEIGHT
            )
        ]
    if mine and theirs:
        return [
            Part(
                part=part,
                asked=min(mine),
                listed=min(theirs),
                effect=ANOTHER_ID,
                weight=OTHER_ID_WEIGHT,
            )
        ]
    return []


def _whole_curps(values: tuple[str, ...]) -> set[str]:
    return {i.value for i in map(parse_curp, filter(None, values)) if i.valid}


def _whole_rfcs(values: tuple[str, ...]) -> set[str]:
    return {i.value for i in map(parse_rfc, filter(None, values)) if i.valid}


def _plain(value: str) -> str:
    try:
        return compact(value)
    except InvalidData:
        return value


def _births(asked: Query, listed: ListEntry) -> list[Part]:
    """Return the part of the birth date; a CURP's or RFC's stands in where a date is missing."""
    mine, mine_from = _dates(asked)
    theirs, theirs_from = _dates(listed)
    if not mine or not theirs:
        return []
    part = mine_from if mine_from != BIRTH else theirs_from
    scored = [(*_compare(a, b), a, b) for a in mine for b in theirs]
    weight, effect, left, right = max(scored, key=lambda found: found[0])
    return [Part(part=part, asked=left.iso, listed=right.iso, effect=effect, weight=weight)]


def _dates(one: Query | ListEntry) -> tuple[list[PartialDate], str]:
    dates = []
    for text in one.birth_dates:
        try:
            dates.append(parse_date(text))
        except InvalidData:
            continue
    if dates:
        return dates, BIRTH
    days = [curp_birth_date(value) for value in sorted(_whole_curps(one.curps))]
    if any(days):
        return [PartialDate(start=d, end=d) for d in days if d], FROM_CURP
    tax = [day for value in one.rfcs if len(value) in {10, 13} for day in rfc_dates(value)]
    return [PartialDate(start=d, end=d) for d in tax], FROM_RFC


def _compare(left: PartialDate, right: PartialDate) -> tuple[float, str]:
    if left.overlaps(right, CIRCA_YEARS):
        if left.precision == right.precision == "day" and not (left.circa or right.circa):
            return DAY_WEIGHT, SAME_DAY
        return SPAN_WEIGHT, SAME_SPAN
    if left.precision == right.precision == "day":
        one, other = left.start, right.start
        turned = one.year == other.year and (one.month, one.day) == (other.day, other.month)
        digits = sum(a != b for a, b in zip(left.iso, right.iso, strict=True))
        agree = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
        if turned or digits == 1 or (agree == 2 and abs(one.year - other.year) <= SLIP_YEARS):
            return NEAR_WEIGHT, NEAR
        if one.year == other.year and _NEW_YEAR in {(d.month, d.day) for d in (one, other)}:
            return SPAN_WEIGHT, SAME_SPAN
        if not (left.circa or right.circa) and abs(one.year - other.year) <= SLIP_YEARS:
            return OTHER_DAY_WEIGHT, DIFFERENT
    years = abs(left.start.year - right.start.year)
    apart = min(
        years,
        abs(left.end.year - right.end.year),
        abs(left.start.year - right.end.year),
        abs(left.end.year - right.start.year),
    )
    return (APART_WEIGHT if apart <= SLIP_YEARS else FAR_WEIGHT), DIFFERENT


def _sexes(asked: Query, listed: ListEntry) -> list[Part]:
    mine, mine_from = _sex(asked)
    theirs, theirs_from = _sex(listed)
    if not mine or not theirs:
        return []
    part = mine_from if mine_from != SEX else theirs_from
    same = bool(mine & theirs)
    return [
        Part(
            part=part,
            asked=", ".join(sorted(mine)),
            listed=", ".join(sorted(theirs)),
            effect=SUPPORTS if same else AGAINST,
            weight=0.0 if same else SEX_WEIGHT,
        )
    ]


def _sex(one: Query | ListEntry) -> tuple[set[str], str]:
    if one.genders:
        return set(one.genders), SEX
    letters = {value[10] for value in _whole_curps(one.curps)}
    return {{"H": "male", "M": "female"}[c] for c in letters if c in "HM"}, SEX_FROM_CURP
