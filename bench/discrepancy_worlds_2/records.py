"""The records of the second set, and the country before any control.

Geography, ordinary crime, habits of reporting and the general innocent look-alikes are those of
the earlier set; the records added here are kept by offices that the earlier set did not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bench.discrepancy_worlds.ground import RECORDS as EARLIER
from bench.discrepancy_worlds.ground import (
    Record,
    Scene,
    hard,
    month_names,
    set_crime,
    set_recorded,
    told,
)
from bench.discrepancy_worlds.lookalikes import add_lookalikes
from bench.discrepancy_worlds_2.innocent import add_innocent

if TYPE_CHECKING:
    from bench.discrepancy_worlds.geography import Land

ADDED = (
    hard("cargo_claims", "insurers", 8, disorder=0.4, urban=0.2, route=0.9, scatter=0.7),
    hard("fuel_taps", "oil_company", 5, disorder=0.3, route=0.5, scatter=1.5),
    hard("school_leavers", "education_ministry", 420, violence=0.1, urban=-0.1, scatter=0.05),
    hard("asylum_claims", "refugee_office_abroad", 9, violence=0.6, urban=-0.1, scatter=0.6),
    told("homicide_files", "state_prosecutor", 22, 0.75, violence=1.0, urban=0.1, scatter=0.4),
    Record(
        name="tip_line",
        source="citizens_council",
        law_enforcement=False,
        hard=False,
        yearly=420,
        share=0.12,
        violence=0.4,
        disorder=0.4,
        urban=0.4,
        scatter=0.4,
    ),
)
RECORDS = EARLIER | {record.name: record for record in ADDED}


def open_country(
    land: Land, seed: int, label: str, names: tuple[str, ...], first_year: int, months: int
) -> Scene:
    """The country with its ordinary crime, habits and every innocent look-alike; no control.

    Args:
        land: the map.
        seed: the world's seed.
        label: names the world's random streams.
        names: record types, keys of `RECORDS`.
        first_year: the records begin in its January.
        months: how many months they run.
    """
    records = tuple(RECORDS[name] for name in names)
    shape = (len(records), land.size, months)
    scene = Scene(
        land=land,
        seed=seed,
        label=label,
        records=records,
        months=month_names(first_year, months),
        crime=np.ones(shape),
        recorded=np.ones(shape),
        sent=np.ones(shape, bool),
        control=np.zeros(shape[1:]),
        violence=np.zeros(land.size),
    )
    set_crime(scene)
    set_recorded(scene)
    add_lookalikes(scene)
    add_innocent(scene)
    return scene
