"""The made-up world's hardness gate: it must not be easy for a good, plain linker.

Makes a world, reads its files through the shipped mappings, and links the people with Splink and
eleven plain blocking keys: exact or phonetic combinations of what the records hold, no Spanish name
knowledge beyond a phonetic fold. If that already finds nearly everybody, the world flatters every
linker; if it finds too few, the errors are not those of real files.

    python bench/hardness.py [--people 100000] [--seed 7]

Prints one JSON object and ends with 1 where the gate does not hold: cluster F1 from .90 to .97,
blocking recall at most .94.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import sys
import tempfile
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

EASIEST_F1, HARDEST_F1, MOST_RECALL = 0.97, 0.90, 0.94
CLUSTER_AT = 0.98
TRAIN_PAIRS = 3e6
PARTICLES = {"DE", "DEL", "LA", "LAS", "LOS", "Y", "SAN"}
FIELDS = ("given", "paternal", "maternal", "birth_date", "sex", "curp", "phone", "municipality")
_BOTH_SURNAMES = "l.ph_paternal = r.ph_paternal and l.ph_maternal = r.ph_maternal"
_SWAPPED = "l.ph_paternal = r.ph_maternal and l.ph_maternal = r.ph_paternal"
_PATERNAL_THERE = "l.ph_paternal = r.ph_paternal and l.municipality = r.municipality"
KEYS = (
    "l.curp = r.curp",
    "l.phone = r.phone",
    "l.curp10 = r.curp10",
    "l.birth_date = r.birth_date and l.ph_paternal = r.ph_paternal",
    "l.birth_date = r.birth_date and l.first_given = r.first_given",
    "l.birth_date = r.birth_date and l.ph_maternal = r.ph_maternal",
    f"l.first_given = r.first_given and {_BOTH_SURNAMES}",
    f"l.first_given = r.first_given and {_SWAPPED}",
    f"l.birth_year = r.birth_year and {_BOTH_SURNAMES}",
    f"l.first_given = r.first_given and {_PATERNAL_THERE}",
    f"l.last_given = r.last_given and {_BOTH_SURNAMES}",
)
"""The eleven plain keys of the reference configuration."""


def plain(text: str) -> str:
    """Return `text` in ASCII capitals."""
    text = unicodedata.normalize("NFD", text.upper())
    return "".join(c for c in text if c == " " or ("A" <= c <= "Z")).strip()


def phonetic(name: str) -> str:
    """Return the plain phonetic fold: LL>Y, Z>S, V>B, CE>SE, CI>SI, H dropped, X>J."""
    folded = name.replace(" ", "").replace("LL", "Y").replace("Z", "S").replace("V", "B")
    return folded.replace("CE", "SE").replace("CI", "SI").replace("H", "").replace("X", "J")


def split_names(said: dict[str, str]) -> tuple[str, str, str]:
    """Return given names, paternal and maternal surname of a record, by the plainest rule.

    Parts are taken as given; of a last name the first surname is paternal and the rest maternal;
    of a whole name the last two surnames are taken.
    """
    if said.get("fatherName"):
        return (
            plain(said.get("firstName", "")),
            plain(said["fatherName"]),
            plain(said.get("motherName", "")),
        )
    if said.get("lastName"):
        surnames = _surnames(plain(said["lastName"]).split())
        return plain(said.get("firstName", "")), surnames[0], " ".join(surnames[1:])
    words = _surnames(plain(said.get("name", "")).split())
    if len(words) < 3:
        return words[0] if words else "", words[1] if len(words) > 1 else "", ""
    return " ".join(words[:-2]), words[-2], words[-1]


def _surnames(words: list[str]) -> list[str]:
    """Return words with the particles before a word joined to it."""
    found: list[str] = []
    held: list[str] = []
    for word in words:
        held.append(word)
        if word not in PARTICLES:
            found.append(" ".join(held))
            held = []
    return [*found, " ".join(held)] if held or not found else found


def people_of(folder: Path, lake: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the entity id and the first value of each property of every person on file.

    Subjects of criminal intelligence are left out: no linker is given them.

    Args:
        folder: the files of a world.
        lake: an empty folder to load them into.
    """
    import pyarrow.parquet as pq

    from puente.ingest.load import load_folder
    from puente.model.provenance import APART
    from puente.store.lake import Lake

    reports, _unknown = load_folder(folder, Lake(lake), now=datetime(2026, 1, 1, tzinfo=UTC))
    wanted = {report.load for report in reports}
    columns = ["entity_id", "schema", "prop", "value"]
    said: dict[str, dict[str, str]] = {}
    for load in Lake(lake).loads():
        if load.load not in wanted or "statements" not in load.tables:
            continue
        if load.record_class in APART:
            continue
        table = pq.read_table(load.folder / "statements.parquet", columns=columns)
        cells = (table[column].to_pylist() for column in columns)
        for entity_id, schema, prop, value in zip(*cells, strict=True):
            if schema == "Person":
                said.setdefault(entity_id, {}).setdefault(prop, value)
    yield from said.items()


def flat_table(folder: Path, lake: Path) -> pa.Table:
    """Return one row a person on file, with the columns that the keys and comparisons use."""
    import pyarrow as pa

    rows = []
    for entity_id, said in people_of(folder, lake):
        given, paternal, maternal = split_names(said)
        words = given.split()
        birth, curp = said.get("birthDate", ""), said.get("curpCode", "")
        rows.append(
            {
                "unique_id": entity_id,
                "given": given,
                "paternal": paternal,
                "maternal": maternal,
                "birth_date": birth if len(birth) == 10 else "",
                "birth_year": birth[:4],
                "sex": said.get("gender", ""),
                "curp": curp if len(curp) == 18 else "",
                "curp10": curp[:10] if len(curp) >= 10 else "",
                "phone": said.get("phone", ""),
                "municipality": said.get("place", ""),
                "first_given": words[0] if words else "",
                "last_given": words[-1] if words else "",
                "ph_paternal": phonetic(paternal),
                "ph_maternal": phonetic(maternal),
            }
        )
    # An empty text is not a value that two records can share.
    return pa.Table.from_pylist([{k: v or None for k, v in row.items()} for row in rows])


def splink_clusters(table: pa.Table, connection: duckdb.DuckDBPyConnection) -> str:
    """Return the name of a table `unique_id, cluster_id` that the reference configuration makes."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator

    level = cl.JaroWinklerAtThresholds
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given"),
            level("paternal", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            level("maternal", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("curp", [1, 3]),
            cl.ExactMatch("phone"),
            cl.ExactMatch("municipality"),
            cl.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=list(KEYS),
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register(table, table_name="records"), settings, log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match([KEYS[0], KEYS[6]], recall=0.6)
    training.estimate_u_using_random_sampling(max_pairs=TRAIN_PAIRS, seed=1)
    for rule in (
        "l.birth_date = r.birth_date and l.paternal = r.paternal",
        "l.curp = r.curp",
        "l.given = r.given and l.maternal = r.maternal and l.municipality = r.municipality",
    ):
        training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, CLUSTER_AT)
    return str(clusters.physical_name)


def measure(folder: Path, lake: Path) -> dict[str, Any]:
    """Return how well the reference configuration links the people of a world."""
    import duckdb

    table = flat_table(folder, lake)
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET memory_limit = '2500MB'")
    began = time.process_time()
    clusters = splink_clusters(table, connection)
    spent = time.process_time() - began
    truth = f"read_csv('{folder}/truth/people.csv', all_varchar = true)"
    connection.execute(
        f"CREATE TABLE said AS SELECT r.*, t.person, c.cluster_id FROM records r"
        f" JOIN {truth} t ON t.entity_id = r.unique_id JOIN {clusters} c USING (unique_id)"
    )

    def one(query: str) -> Any:  # noqa: ANN401 - a number of DuckDB's choice
        row = connection.execute(query).fetchone()
        return row[0] if row else 0

    def pairs(*columns: str) -> int:
        groups = f"SELECT count(*) AS n FROM said GROUP BY {', '.join(columns)}"
        return int(one(f"SELECT sum(n * (n - 1) // 2) FROM ({groups})"))

    true, claimed, both = pairs("person"), pairs("cluster_id"), pairs("person", "cluster_id")
    blocked = one(
        "SELECT count(*) FROM said l JOIN said r ON l.person = r.person"
        f" AND l.unique_id < r.unique_id WHERE {' OR '.join(f'({key})' for key in KEYS)}"
    )
    precision, recall = both / claimed, both / true
    return {
        "records": table.num_rows,
        "unlabelled": table.num_rows - one("SELECT count(*) FROM said"),
        "persons": one("SELECT count(DISTINCT person) FROM said"),
        "largest": one("SELECT max(n) FROM (SELECT count(*) AS n FROM said GROUP BY person)"),
        "true_pairs": true,
        "filled": {f: round(one(f"SELECT count({f}) / count(*) FROM said"), 3) for f in FIELDS},
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4),
        "blocking_recall": round(blocked / true, 4),
        "splink_cpu_seconds": round(spent, 1),
    }


def main() -> int:
    """Make a world, measure it, print the figures; return 1 where the gate does not hold."""
    from puente.world.make import make_world

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="puente-hardness-") as parent:
        folder = Path(parent) / "world"
        began = time.process_time()
        make_world(folder, people=chosen.people, seed=chosen.seed)
        made = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        found = measure(folder, Path(parent) / "lake")
    holds = HARDEST_F1 <= found["f1"] <= EASIEST_F1 and found["blocking_recall"] <= MOST_RECALL
    print(
        json.dumps(
            {
                "people": chosen.people,
                "seed": chosen.seed,
                "world_cpu_seconds": round(made, 1),
                "world_peak_mb": peak,
                **found,
                "gate": {"f1": [HARDEST_F1, EASIEST_F1], "blocking_recall": MOST_RECALL},
                "holds": holds,
            },
            indent=1,
        )
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
