"""The sources that Puente reads, one file each. A new source is a new file and a line in `ALL`.

A source whose files need no code at all is a YAML mapping beside this folder, in `mappings/`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from puente.errors import NotFound
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.source import Source

ALL: tuple[str, ...] = (
    "population",
    "crosswalks",
    "polygons",
    "ofac",
    "un",
    "sat_69b",
    "bacrim",
    "sesnsp_lethal",
    "sesnsp_state",
    "sesnsp_federal",
    "sesnsp_municipal",
    "municipal_feed",
    "municipios_big",
    "inegi_homicide",
    "envipe",
    "rivalry_deaths",
    "press_monitor",
    "cbp_crossings",
    "bts_crossings",
    "ftm",
    "bods",
)
"""Modules of this package, each with a tuple `SOURCES`; imported only when sources are asked for.

The order is that of loading within a stage: places come before what is joined to them.
"""


def all_sources(mappings: Path | None = None) -> tuple[Source, ...]:
    """Return every source: those of `ALL`, then the shipped mappings, then those in `mappings`.

    Raises: InvalidData: a mapping at fault.
    """
    if mappings is None:
        return _shipped()
    from puente.ingest.mapping import mapped_sources

    return (*_coded(), *mapped_sources(mappings))


def get_source(name: str) -> Source:
    """Return the shipped source called `name`.

    Raises: NotFound: there is none.
    """
    for source in _shipped():
        if source.info.name == name:
            return source
    raise NotFound(_("no source is called {name!r}").format(name=name))


@cache
def _shipped() -> tuple[Source, ...]:
    from puente.ingest.mapping import mapped_sources

    return (*_coded(), *mapped_sources())


@cache
def _coded() -> tuple[Source, ...]:
    found: list[Source] = []
    for name in ALL:
        found += import_module(f"{__name__}.{name}").SOURCES
    return tuple(found)
