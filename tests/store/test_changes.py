"""Changes to a list add up until the list is delivered again; who was removed stands no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from puente.ingest.load import load_folder
from puente.ingest.sources.ofac import SOURCES
from puente.store.lake import Lake

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPACE = "https://www.treasury.gov/ofac/DeltaFile/1.0"


def row(number: int, name: str) -> str:
    return f'{number},"{name}","individual","SDNTK",' + "-0- ," * 7 + "-0- \n"


def change(root: Path, day: str, *entities: tuple[int, str, str], nth: str = "") -> None:
    held = "".join(
        f'<entity id="{number}" action="{action}"><generalInfo><entityType>Individual</entityType>'
        "</generalInfo><names><name><isPrimary>true</isPrimary><translations><translation>"
        f"<formattedFullName>{name}</formattedFullName></translation></translations></name></names>"
        "</entity>"
        for number, action, name in entities
    )
    (root / f"{day}_delta{nth}.xml").write_text(
        f'<sanctionsData xmlns="{SPACE}"><publicationInfo><datePublished>{day}T00:00:00-04:00'
        f"</datePublished></publicationInfo><entities>{held}</entities></sanctionsData>"
    )


def current(root: Path, lake: Lake) -> set[tuple[str, str]]:
    reports, _others = load_folder(root, lake, now=NOW, sources=SOURCES)
    with lake.begin_build(loads=[r.load for r in reports], now=NOW) as build:
        rows = pq.read_table(build.path / "statements.parquet").to_pylist()
    return {
        (row["entity_id"], row["prop"])
        for row in rows
        if row["current"] and row["prop"] in {"name", "alias"}
    }


def test_a_removed_entry_is_no_longer_current_nor_are_its_aliases(tmp_path: Path) -> None:
    root, lake = tmp_path / "files", Lake(tmp_path / "lake", clock=lambda: NOW)
    folder = root / "2024-05-03"
    folder.mkdir(parents=True)
    (folder / "sdn.csv").write_text(row(1, "UNO, A") + row(2, "DOS, B"))
    (folder / "alt.csv").write_text('1,1,"aka","ALIAS, A",-0- \n2,2,"aka","ALIAS, B",-0- \n')
    all_of = {(f"ofac-{n}", prop) for n in (1, 2) for prop in ("name", "alias")}
    assert current(root, lake) == all_of
    change(root, "2024-06-01", (1, "remove", "UNO, A"), (3, "add", "TRES, C"))
    change(root, "2024-06-02", (4, "add", "CUATRO, D"))
    left = {item for item in all_of if item[0] == "ofac-2"}
    assert current(root, lake) == left | {("ofac-3", "name"), ("ofac-4", "name")}
    change(root, "2024-06-02", (4, "remove", "CUATRO, D"), (1, "add", "UNO, A"), nth="_2")
    assert current(root, lake) == left | {("ofac-3", "name"), ("ofac-1", "name")}
    newer = root / "2024-07-01"
    newer.mkdir()
    (newer / "sdn.csv").write_text(row(2, "DOS, B"))
    (newer / "alt.csv").write_text('2,2,"aka","ALIAS, B",-0- \n')
    assert current(root, lake) == left
