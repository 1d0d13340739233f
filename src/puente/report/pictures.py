"""Every picture of Puente, as static SVG with its data as a table beside it."""

from __future__ import annotations

from puente.report.pictures_map import map_picture, map_svg, map_table
from puente.report.pictures_map_classes import MapLegend
from puente.report.pictures_network import (
    ego_network_picture,
    ego_network_svg,
    ego_network_table,
)
from puente.report.pictures_sources import (
    SourceCoverage,
    sources_picture,
    sources_svg,
    sources_table,
)
from puente.report.pictures_steps import steps_picture, steps_svg, steps_table
from puente.report.pictures_waterfall import waterfall_picture, waterfall_svg, waterfall_table
from puente.report.svg import Picture, Table

__all__ = [
    "MapLegend",
    "Picture",
    "SourceCoverage",
    "Table",
    "ego_network_picture",
    "ego_network_svg",
    "ego_network_table",
    "map_picture",
    "map_svg",
    "map_table",
    "sources_picture",
    "sources_svg",
    "sources_table",
    "steps_picture",
    "steps_svg",
    "steps_table",
    "waterfall_picture",
    "waterfall_svg",
    "waterfall_table",
]
