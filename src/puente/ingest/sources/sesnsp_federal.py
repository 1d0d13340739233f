"""Federal crimes by state and month: drugs, weapons, fuel, organised crime.

Source: SESNSP, Incidencia delictiva del fuero federal, from files that the Fiscalía General de la
República opened.
Limits: what the federation took up, which follows its own operations as much as crime.
"""

from __future__ import annotations

from dataclasses import replace

from puente.ingest.sources.sesnsp_layout import WideLayout
from puente.ingest.sources.sesnsp_months import WideSource
from puente.ingest.sources.sesnsp_state import INFO

_INFO = replace(
    INFO,
    name="sesnsp_federal",
    title="Incidencia delictiva del fuero federal",
    legal_basis="Ley General del Sistema Nacional de Seguridad Pública",
    obtained="files that the federal prosecutor opened",
)
_LAYOUT = WideLayout(
    state="inegi",
    crime=("concepto", "tipo"),
    absent=("modalidad",),
    prefix="federal_",
    last_year=2099,
)

SOURCES = (WideSource(info=_INFO, layout=_LAYOUT),)
