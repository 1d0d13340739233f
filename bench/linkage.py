"""Linking measured: Puente beside the reference configuration, on the same files.

Makes the made-up world and links its people twice: with Splink and eleven plain keys (the reference
configuration of `bench/hardness.py`) and with Puente. Each runs in a process of its own, so that
CPU seconds and peak memory are its own. Where the folder of public files is there, the labelled
sets are linked too: by a plain Splink configuration fixed for each, and by Puente at its defaults.

    python bench/linkage.py [--people 100000] [--seed 7] [--data ../shared/data]

Prints one JSON object. CPU seconds of the reference leave out reading and tidying the records,
those of Puente do not.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb
    import pyarrow as pa

HERE = Path(__file__).resolve().parent
FEBRL = """kind: Person
id: rec_id
columns: {given_name: given_name, paternal_surname: surname, birth_date: date_of_birth,
          postcode: postcode, address: address_1}
other: {soc_sec_id: exact, street_number: exact, suburb: fuzzy, state: exact, address_2: fuzzy}
truth_regex: 'rec-(\\d+)-'
"""
PROFILES = {
    "fake_1000": "kind: Person\nid: unique_id\ncolumns: {given_name: first_name,"
    " paternal_surname: surname, birth_date: dob, email: email}\nother: {city: fuzzy}\n"
    "truth: cluster\n",
    "febrl_3": FEBRL + "link: dedupe\n",
    "febrl_4": FEBRL + "link: between\n",
    "transactions": "kind: Thing\nid: unique_id\nother: {memo: fuzzy, transaction_date: date,"
    " amount: number}\nlink: between\ntruth: ground_truth\n",
}
FILES = {
    "fake_1000": ("fake_1000.csv",),
    "febrl_3": ("dataset3.csv",),
    "febrl_4": ("dataset4a.csv", "dataset4b.csv"),
    "transactions": ("transactions_origin.parquet", "transactions_destination.parquet"),
}
PLAIN_AT = 0.95
"""Probability from which the plain configurations take a pair for a link."""


class Statements:
    """The statements of a lake, read as linking reads a View."""

    def __init__(self, files: Sequence[Path]) -> None:
        import duckdb

        self._con = duckdb.connect()
        listed = ", ".join(f"'{file}'" for file in files)
        self._con.execute(
            "CREATE VIEW statements AS SELECT *, true AS current FROM"
            f" read_parquet([{listed}], union_by_name = true)"
        )

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """Return what one SELECT gives."""
        return self._con.execute(query, params).to_arrow_table()


def run_reference(folder: Path, lake: Path) -> dict[str, Any]:
    """Return how the reference configuration does on the people of a world."""
    import hardness

    found = hardness.measure(folder, lake)
    wanted = ("records", "true_pairs", "precision", "recall", "f1", "blocking_recall")
    return {**{key: found[key] for key in wanted}, "cpu_seconds": found["splink_cpu_seconds"]}


def run_puente(folder: Path, lake: Path) -> dict[str, Any]:
    """Return how Puente does on the people of a world."""
    from puente.ingest.load import load_folder
    from puente.resolve.link import KINDS, LINK_FROM
    from puente.resolve.matching import connect, link_table
    from puente.resolve.measure import measure
    from puente.resolve.records import read_records
    from puente.settings import Settings
    from puente.store.lake import Lake

    load_folder(folder, Lake(lake), now=datetime(2026, 1, 1, tzinfo=UTC))
    loads = [load for load in Lake(lake).loads() if "statements" in load.tables]
    reader = Statements([load.folder / "statements.parquet" for load in loads])
    began = time.process_time()
    kind, standardise = KINDS["Person"]
    con = connect(Settings())
    con.register("raw_rows", read_records(reader, "Person"))
    standardise(con, "raw_rows", "records")
    result = link_table(con, "records", kind, least=LINK_FROM)
    spent = time.process_time() - began
    con.execute(
        "CREATE TABLE truths AS SELECT r.rid, t.person AS truth, 0 AS file FROM records r"
        f" LEFT JOIN read_csv('{folder}/truth/people.csv', all_varchar = true) t USING (entity_id)"
    )
    quality = measure(con, "truths", "homes", "all")
    return {
        "records": result.counts["records"],
        "pairs_compared": result.counts["pairs"],
        "true_pairs": quality.true_pairs,
        "precision": round(quality.precision, 4),
        "recall": round(quality.recall, 4),
        "f1": round(quality.f1, 4),
        "blocking_recall": round(quality.blocking_recall, 4),
        "cpu_seconds": round(spent, 1),
    }


def run_public(name: str, data: Path) -> dict[str, Any]:
    """Return how Puente does on a labelled public set at its default settings."""
    from puente.resolve.profile import resolve_files
    from puente.settings import Settings

    with tempfile.TemporaryDirectory(prefix="puente-linkage-") as parent:
        profile = Path(parent) / "profile.yaml"
        profile.write_text(PROFILES[name], encoding="utf-8")
        began = time.process_time()
        report = resolve_files(
            [data / "linkage" / file for file in FILES[name]], profile,
            Path(parent) / "clusters.parquet", settings=Settings(),
            progress=lambda _done, _total: None,
        ).as_json()  # fmt: skip
    wanted = ("records", "precision", "recall", "f1", "blocking_recall")
    return {
        **{key: report[key] for key in wanted},
        "cpu_seconds": round(time.process_time() - began, 1),
    }


def run_plain(name: str, data: Path) -> dict[str, Any]:
    """Return how a plain Splink configuration, fixed for the set, does on it."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator

    con = duckdb.connect()
    con.execute("SET threads = 2")
    tables = [_plain_table(con, name, data / "linkage" / file) for file in FILES[name]]
    began = time.process_time()
    comparisons, keys, training, certain = _PLAIN[name]()
    settings = SettingsCreator(
        link_type="link_only" if len(tables) > 1 else "dedupe_only",
        unique_id_column_name="record",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=keys,
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=con)
    linker = Linker([api.register(table) for table in tables], settings, log_level=logging.CRITICAL)
    train = linker.training
    train.estimate_probability_two_random_records_match(certain, recall=0.7)
    train.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in training:
        train.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, PLAIN_AT)
    spent = time.process_time() - began
    whole = " UNION ALL ".join(
        f"SELECT record, truth, {place} AS file FROM {table}" for place, table in enumerate(tables)
    )
    con.execute(
        f"CREATE TABLE said AS SELECT w.truth, w.file, c.cluster_id FROM ({whole}) w"
        f" JOIN {clusters.physical_name} c USING (record)"
    )
    return {**_quality(con, between=len(tables) > 1), "cpu_seconds": round(spent, 1)}


def _plain_table(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> str:
    """Create a table of one file's trimmed columns, with `record` and `truth`; return its name."""
    table = path.stem
    source = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    option = "" if path.suffix == ".parquet" else ", all_varchar = true"
    con.execute(f"CREATE TABLE {table}_raw AS SELECT * FROM {source}('{path}'{option})")
    columns = [row[0] for row in con.execute(f"DESCRIBE {table}_raw").fetchall()]
    shown = ", ".join(
        f"nullif(trim(\"{column}\"::VARCHAR), '') AS {column.strip()}" for column in columns
    )
    key, truth = {
        "fake_1000": ("unique_id", "cluster"),
        "transactions": ("unique_id", "ground_truth"),
    }.get(name, ("rec_id", "regexp_extract(rec_id, 'rec-(\\d+)-', 1)"))
    con.execute(
        f"CREATE TABLE {table} AS SELECT '{table} ' || {key} AS record, {truth} AS truth, *"
        f" FROM (SELECT {shown} FROM {table}_raw)"
    )
    return table


def _quality(con: duckdb.DuckDBPyConnection, *, between: bool) -> dict[str, float]:
    def pairs(by: str) -> int:
        query = (
            "SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM"
            " (SELECT count(*)::BIGINT AS n FROM said GROUP BY {})"
        )
        whole = con.execute(query.format(by)).fetchone()
        inside = con.execute(query.format(f"{by}, file")).fetchone() if between else (0,)
        return int((whole or (0,))[0]) - int((inside or (0,))[0])

    true, claimed, both = pairs("truth"), pairs("cluster_id"), pairs("truth, cluster_id")
    precision, recall = both / max(claimed, 1), both / max(true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


Plain = tuple[list[Any], list[Any], list[str], list[Any]]
"""Comparisons, blocking keys, training conditions, conditions that hardly ever err."""


def _plain_fake() -> Plain:
    import splink.comparison_library as cl

    comparisons = [
        cl.NameComparison("first_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ]
    keys = [
        *_equal("surname", "dob", "email"),
        "l.first_name = r.first_name and l.city = r.city",
    ]
    training = ["l.first_name = r.first_name and l.surname = r.surname", "l.dob = r.dob"]
    certain = ["l.first_name = r.first_name and l.dob = r.dob", "l.email = r.email"]
    return comparisons, keys, [*training, "l.email = r.email"], certain


def _plain_febrl() -> Plain:
    import splink.comparison_library as cl

    near = cl.DamerauLevenshteinAtThresholds
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        near("date_of_birth", [1, 2]),
        near("soc_sec_id", [1, 2]),
        near("postcode", [1, 2]),
        cl.ExactMatch("street_number"),
    ]
    keys = _equal("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
    return comparisons, keys, _equal("date_of_birth", "postcode"), _equal("soc_sec_id")


def _plain_transactions() -> Plain:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    amount = cl.CustomComparison(
        output_column_name="amount",
        comparison_levels=[
            cll.NullLevel("amount"),
            cll.ExactMatchLevel("amount"),
            cll.CustomLevel("abs(amount_l::double / amount_r::double - 1) < 0.01"),
            cll.CustomLevel("abs(amount_l::double / amount_r::double - 1) < 0.05"),
            cll.ElseLevel(),
        ],
    )
    date = cl.CustomComparison(
        output_column_name="transaction_date",
        comparison_levels=[
            cll.NullLevel("transaction_date"),
            cll.CustomLevel(_days_apart(3)),
            cll.CustomLevel(_days_apart(14)),
            cll.ElseLevel(),
        ],
    )
    comparisons = [amount, date, cl.JaroWinklerAtThresholds("memo", [0.92, 0.8])]
    same_month = "left(l.transaction_date, 7) = left(r.transaction_date, 7)"
    keys = [
        f"left(l.memo, 6) = left(r.memo, 6) and {same_month}",
        *_equal("amount", "memo"),
    ]
    certain = ["l.memo = r.memo and l.amount = r.amount"]
    return comparisons, keys, _equal("memo", "amount"), certain


def _days_apart(days: int) -> str:
    apart = "date_diff('day', transaction_date_l::date, transaction_date_r::date)"
    return f"abs({apart}) <= {days}"


def _equal(*columns: str) -> list[str]:
    return [f"l.{column} = r.{column}" for column in columns]


_PLAIN: Mapping[str, Callable[[], Plain]] = {
    "fake_1000": _plain_fake,
    "febrl_3": _plain_febrl,
    "febrl_4": _plain_febrl,
    "transactions": _plain_transactions,
}


def in_own_process(task: str, *where: str) -> dict[str, Any]:
    """Return what a task prints when it runs in a process of its own, with its peak memory."""
    command = [sys.executable, str(Path(__file__).resolve()), "--task", task, *where]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def task(name: str, where: Sequence[str]) -> None:
    """Run one task of this bench and print its figures as one line of JSON."""
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    if name in ("reference", "puente"):
        run = run_reference if name == "reference" else run_puente
        found = run(Path(where[0]), Path(where[1]))
    else:
        measure = run_plain if name == "plain" else run_public
        found = measure(where[0], Path(where[1]))
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


def main() -> int:
    """Run every comparison and print the figures."""
    from puente.world.make import make_world

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--task", default="", help=argparse.SUPPRESS)
    parser.add_argument("where", nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.task:
        task(chosen.task, chosen.where)
        return 0
    with tempfile.TemporaryDirectory(prefix="puente-linkage-") as parent:
        folder = Path(parent) / "world"
        make_world(folder, people=chosen.people, seed=chosen.seed)
        world = {
            name: in_own_process(name, str(folder), str(Path(parent) / name))
            for name in ("reference", "puente")
        }
    ratio = world["puente"]["cpu_seconds"] / max(world["reference"]["cpu_seconds"], 0.1)
    public = {}
    if (chosen.data / "linkage").is_dir():
        public = {
            name: {
                "plain_splink": in_own_process("plain", name, str(chosen.data.resolve())),
                "puente": in_own_process("public", name, str(chosen.data.resolve())),
            }
            for name in PROFILES
        }
    found = {
        "people": chosen.people, "seed": chosen.seed, "made_up_world": world,
        "cpu_ratio": round(ratio, 2), "public_sets": public,
    }  # fmt: skip
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
