"""A table by municipality and type of crime that someone derived from SESNSP's and passed on.

It is read as it stands, so that checks of quality have it to check. Its copy of 2025 holds 12 of
SESNSP's 40 types (no injuries, extortion, fraud, drug dealing or domestic violence), half of the
robberies, 2,335 of 2,478 municipalities, and zeros for a December that was not yet reported.

Limits: no one answers for it. Not to be used where SESNSP's own table is at hand.
"""

from __future__ import annotations

from puente.ingest.source import SourceInfo
from puente.ingest.sources.sesnsp_layout import WideLayout
from puente.ingest.sources.sesnsp_months import WideSource

_INFO = SourceInfo(
    name="municipal_feed",
    title="Municipal table by type of crime, derived from SESNSP's by an unnamed compiler",
    agency="compiler unknown",
    country="mx",
    record_class="fact",
    reliability="E",
    credibility="4",
    marking="TLP:CLEAR",
    stage=2,
    licence="MIT",
    cadence="once",
    legal_basis="open data passed on",
    obtained="derived from SESNSP's municipal table in a way that is not told",
    reading="2",
)
_LAYOUT = WideLayout(
    state="entidadid",
    municipality="municipioid",
    municipality_name="municipio",
    crime=("tipo",),
    absent=("subtipo de delito",),
    settle=False,
)

SOURCES = (WideSource(info=_INFO, layout=_LAYOUT),)
