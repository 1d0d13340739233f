"""Files of investigation, and victims, by state and month, as the prosecutors report them.

Source: SESNSP, Incidencia delictiva del fuero común, estatal, and Víctimas del fuero común (2015 to
2025, CNSP/38/15); Registro Nacional de Incidencia Delictiva (from 2026).
Limits: what was reported and recorded, about a tenth of what happens (INEGI, ENVIPE). A victim is
counted once for each crime; a file may have several victims or none that is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from puente.ingest.source import Batch, LoadContext, SourceFile, SourceInfo
from puente.ingest.sources.sesnsp_layout import METHOD_OF_2026, WideLayout, delivered_on, find_wide
from puente.ingest.sources.sesnsp_months import read_wide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from puente.ingest.source import Handed

INFO = SourceInfo(
    name="sesnsp_state",
    title="Incidencia delictiva del fuero común, estatal, 2015-2025",
    agency="SESNSP",
    country="mx",
    record_class="fact",
    reliability="B",
    credibility="3",
    marking="TLP:CLEAR",
    stage=2,
    url="https://www.gob.mx/sesnsp/acciones-y-programas/datos-abiertos-de-incidencia-delictiva",
    licence="Libre Uso MX",
    cadence="monthly, on the 20th",
    legal_basis="Ley General del Sistema Nacional de Seguridad Pública; CNSP/38/15",
    obtained="files that prosecutors opened, as each state sends them",
)
LAYOUT = WideLayout(absent=("cve municipio", "sexo", "rango de edad"))
VICTIMS = WideLayout(
    crime=("subtipo de delito", "modalidad", "sexo", "rango de edad"),
    absent=("cve municipio",),
    prefix="victimas_",
)
_KEYS = ["place", "month", "record"]


def by_method_of_2026(layout: WideLayout) -> WideLayout:
    """Return a layout as it is from 2026: the columns stay, the catalogue is another."""
    return replace(
        layout, prefix=f"rnid_{layout.prefix}", first_year=METHOD_OF_2026, last_year=2099
    )


def info_of_2026(info: SourceInfo, title: str) -> SourceInfo:
    """Return what must be known of a source's successor."""
    return replace(
        info,
        name=f"{info.name}_2026",
        title=f"Registro Nacional de Incidencia Delictiva: {title}, from 2026",
        legal_basis="Ley General del Sistema Nacional de Seguridad Pública; RNID",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTable:
    """Reads the tables of one layout; counts what one delivery changes in the one before it."""

    info: SourceInfo
    layout: WideLayout

    def find(self, root: Path) -> list[SourceFile]:
        """Return the files at or below `root`, oldest first, each with the delivery before it."""
        files = find_wide(root, self.layout, self.info.name)
        later = [
            replace(file, siblings={"earlier": before.path}) for before, file in pairwise(files)
        ]
        return [*files[:1], *later]

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `counts`.

        Raises: InvalidData: not a table of this layout.
        """
        earlier = file.siblings.get("earlier")
        held: list[pa.RecordBatch] = []
        for item in read_wide(context, self.layout):
            if earlier is not None and isinstance(item, Batch):
                held.append(item.rows)
            yield item
        if earlier is not None and held:
            self._state_changes(earlier, held, context)

    def _state_changes(
        self, earlier: Path, held: list[pa.RecordBatch], context: LoadContext
    ) -> None:
        """State how many cells this delivery changes in the one before it."""
        published = delivered_on(earlier)
        file = SourceFile(path=earlier, source=self.info.name, published=published)
        before = [
            item.rows
            for item in read_wide(replace(context, file=file, rows=0, facts={}), self.layout)
            if isinstance(item, Batch)
        ]
        if before:
            for key, number in changes(_table(before), _table(held)).items():
                context.fact(f"cells {key} since {published}", number)


def changes(before: pa.Table, after: pa.Table) -> dict[str, int]:
    """Return how many cells that two deliveries share were changed between them.

    Args:
        before, after: place, month, record, count; null is not reported.

    Returns: `revised` (another number), `first reported` (a number for none), `withdrawn` (none for
        a number).
    """
    import pyarrow.compute as pc

    both = before.join(after, _KEYS, join_type="inner", right_suffix="_after", use_threads=False)
    old, new = both["count"], both["count_after"]
    return {
        "revised": pc.sum(pc.not_equal(old, new)).as_py() or 0,
        "first reported": pc.sum(pc.and_(pc.is_null(old), pc.is_valid(new))).as_py() or 0,
        "withdrawn": pc.sum(pc.and_(pc.is_valid(old), pc.is_null(new))).as_py() or 0,
    }


def _table(batches: list[pa.RecordBatch]) -> pa.Table:
    import pyarrow as pa

    text = pa.string()
    schema = pa.schema([*((key, text) for key in _KEYS), ("count", pa.int64())])
    return pa.concat_tables(
        pa.Table.from_batches([batch]).select([*_KEYS, "count"]).cast(schema) for batch in batches
    )


_VICTIMS_INFO = replace(
    INFO,
    name="sesnsp_victims",
    title="Víctimas del fuero común, estatal, 2015-2025",
    obtained="victims in the files that prosecutors opened, as each state sends them",
)

SOURCES = (
    StateTable(info=INFO, layout=LAYOUT),
    StateTable(info=_VICTIMS_INFO, layout=VICTIMS),
    StateTable(info=info_of_2026(INFO, "states"), layout=by_method_of_2026(LAYOUT)),
    StateTable(
        info=info_of_2026(_VICTIMS_INFO, "victims by state"), layout=by_method_of_2026(VICTIMS)
    ),
)
