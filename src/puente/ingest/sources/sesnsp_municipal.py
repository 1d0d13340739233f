"""Files of investigation, and victims, by municipality and month, as the prosecutors report them.

Source: SESNSP, Incidencia delictiva del fuero común, municipal (2015 to 2025, CNSP/38/15); Registro
Nacional de Incidencia Delictiva (from 2026, with victims).
Limits: what was reported and recorded, about a tenth of what happens (INEGI, ENVIPE). A
municipality that sends nothing and one without crime may look alike.
"""

from __future__ import annotations

from dataclasses import replace

from puente.ingest.sources.sesnsp_months import WideSource
from puente.ingest.sources.sesnsp_state import (
    INFO,
    LAYOUT,
    VICTIMS,
    by_method_of_2026,
    info_of_2026,
)

_INFO = replace(
    INFO,
    name="sesnsp_municipal",
    title="Incidencia delictiva del fuero común, municipal, 2015-2025",
    reading="2",
)
_VICTIMS_INFO = replace(
    INFO,
    name="sesnsp_municipal_victims",
    reading="2",
    obtained="victims in the files that prosecutors opened, as each state sends them",
)
_LAYOUT = replace(
    LAYOUT,
    municipality="cve municipio",
    municipality_name="municipio",
    absent=("sexo", "rango de edad"),
)
_VICTIMS = replace(VICTIMS, municipality="cve municipio", municipality_name="municipio", absent=())

SOURCES = (
    WideSource(info=_INFO, layout=_LAYOUT),
    WideSource(info=info_of_2026(_INFO, "municipalities"), layout=by_method_of_2026(_LAYOUT)),
    WideSource(
        info=info_of_2026(_VICTIMS_INFO, "victims by municipality"),
        layout=by_method_of_2026(_VICTIMS),
    ),
)
