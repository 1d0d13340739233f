"""Records linked by Spark, on a real master with two workers: the same as on one.

The people and firms are made up.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from puente.cli.app import build_app
from puente.errors import SourceFailed
from puente.resolve import spark, spark_link, spark_session
from puente.resolve.link import KINDS
from puente.resolve.matching import connect, link_table
from puente.resolve.profile import JOIN_FROM, make_records, standardise
from puente.resolve.profile_spec import Profile
from puente.resolve.saved_model import SavedModel, load, save, told_fields, told_keys
from puente.resolve.scoring import weighed_sql
from puente.resolve.spark_link import Asked, link_on_spark
from puente.resolve.spark_rows import Reckon, WrongVersion, weigh
from puente.resolve.spark_session import SparkAt
from puente.resolve.spec import METHOD
from puente.resolve.terms import add_terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb
    from pyspark.sql import DataFrame
    from tests.conftest import SparkCluster

    from puente.resolve.blocking import KeyReport
    from puente.resolve.matching import KindResult
    from puente.resolve.spark import Job
    from puente.resolve.spark_link import SparkResult
    from puente.resolve.spark_rows import Weigh
    from puente.resolve.training import Model
    from puente.settings import Settings

GIVEN = (
    "María", "José", "Luis", "Ana", "Pedro", "Hugo", "Elena", "Íñigo", "Noé", "Tomás", "Inés", "X",
    "Guadalupe", "Ángel", "Óscar", "Úrsula", "Ñ",
)  # fmt: skip
STARTS = (
    "Gar", "Lóp", "Pér", "Mar", "Her", "Gon", "Sán", "Ram", "Tor", "Flo", "Riv", "Cru", "Muñ",
    "Rey", "Jim", "Xóc",
)  # fmt: skip
ENDS = (
    "cía", "ez", "tín", "nández", "chez", "írez", "res", "as", "era", "z", "ales", "és", "énez",
    "uño", "ihua",
)  # fmt: skip
PLACES = ("Tijuana", "Mérida", "León", "Puebla", "Toluca", "Ciudad Juárez", "")
COLUMNS = ("given", "paternal", "maternal", "birth_date", "sex", "phone", "email", "place", "x0")
PEOPLE = Profile(
    kind="Person", schema="Person", id="id",
    columns={"given_name": "a", "paternal_surname": "b", "maternal_surname": "c",
             "birth_date": "d", "sex": "e", "phone": "f", "email": "g", "birth_place": "h"},
    other={"job": "fuzzy"},
)  # fmt: skip


def people(records: int, seed: int) -> list[dict[str, str | int | None]]:
    """Return made-up records of people who are told one to three times, with slips."""
    rng = random.Random(seed)

    def slip(text: str) -> str:
        if rng.random() < 0.8 or len(text) < 2:
            return text
        at = rng.randrange(len(text))
        return text[:at] + rng.choice(["", "a", "ñ", "é", text[at] * 2]) + text[at + 1 :]

    rows: list[dict[str, str | int | None]] = []
    while len(rows) < records:
        given = " ".join(rng.sample(GIVEN, rng.choice([1, 1, 2])))
        surnames = [rng.choice(STARTS) + rng.choice(ENDS) for _n in range(2)]
        day = f"{rng.randrange(1940, 2005)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        phone = f"55{rng.randrange(10**8):08}"
        for _copy in range(rng.choice([1, 2, 3])):
            told = [slip(given), slip(surnames[0]), slip(surnames[1]), day, rng.choice("HM"),
                    phone, f"{given[:3]}{phone[-4:]}@example.org", rng.choice(PLACES),
                    rng.choice(["obrero", "obrera", "médico", "", "taxista"])]  # fmt: skip
            if rng.random() < 0.2:
                told[3] = day[:4]
            kept = [text if rng.random() < 0.85 else None for text in told]
            number = len(rows)
            rows.append(
                {"entity_id": f"p{number}", "unique_id": f"p{number}", "file": number % 2,
                 **dict(zip(COLUMNS, kept, strict=True))}
            )  # fmt: skip
    return rows[:records]


def firms(records: int, seed: int) -> list[dict[str, str | int | None]]:
    """Return made-up records of firms, many with one name in one legal form or in another."""
    rng = random.Random(seed)
    rows: list[dict[str, str | int | None]] = []
    for number in range(records):
        words = rng.sample(("Acero", "Sol", "Grupo", "Maíz", "Norte", "Ñandú", "Sierra"), 2)
        form = rng.choice(("SA de CV", "S.A. de C.V.", "S de RL", "S.C.", ""))
        rows.append(
            {"entity_id": f"f{number}", "unique_id": f"f{number}", "file": 0,
             "name": f"{words[0]} {words[1]} {rng.choice(ENDS)} {form}".strip(),
             "rfc": rng.choice((None, f"ABC{rng.randrange(10, 99)}0101{rng.randrange(100, 999)}")),
             "phone": rng.choice((None, f"55{rng.randrange(300):08}")),
             "address": f"Calle {rng.randrange(40)}", "place": rng.choice(PLACES)}
        )  # fmt: skip
    return rows


def opened(
    settings: Settings, rows: Sequence[dict[str, str | int | None]]
) -> duckdb.DuckDBPyConnection:
    con = connect(settings)
    con.register("given_rows", pa.Table.from_pylist(list(rows)))
    con.execute("CREATE TABLE raw AS SELECT * REPLACE (file::INTEGER AS file) FROM given_rows")
    con.unregister("given_rows")
    return con


def here(con: duckdb.DuckDBPyConnection, profile: Profile, among: str = "true") -> KindResult:
    return link_table(con, "records", standardise(con, profile), least=JOIN_FROM, among=among)


def there(
    con: duckdb.DuckDBPyConnection, profile: Profile, spark: SparkAt, among: str = "true"
) -> SparkResult:
    asked = Asked(
        rows=partial(make_records, profile=profile), kind=partial(standardise, profile=profile),
        least=JOIN_FROM, among=among, pairs=True,
    )  # fmt: skip
    return link_on_spark(con, asked, spark)


def same(con: duckdb.DuckDBPyConnection, other: duckdb.DuckDBPyConnection) -> int:
    """See that both hold the same pairs, weights and clusters; return how many pairs there are."""
    for query in (
        "SELECT l, r FROM pairs ORDER BY ALL",
        "SELECT rid, home FROM homes ORDER BY ALL",
    ):
        assert con.execute(query).fetchall() == other.execute(query).fetchall()
    mine, theirs = (
        each.execute("SELECT l, r, weight FROM scored ORDER BY ALL").fetchall()
        for each in (con, other)
    )
    assert [row[:2] for row in mine] == [row[:2] for row in theirs]
    worst = max(abs(one[2] - two[2]) for one, two in zip(mine, theirs, strict=True))
    assert worst < 1e-9
    return len(mine)


def agree(
    settings: Settings, rows: list[dict[str, str | int | None]], profile: Profile, master: str
) -> int:
    """See that Spark and one machine find the same; return how many pairs were weighed."""
    mine = opened(settings, rows)
    # Spark is given the rows in another order.
    theirs = opened(settings, [*rows[len(rows) // 3 :], *rows[: len(rows) // 3]])
    one = here(mine, profile)
    two = there(theirs, profile, SparkAt(master=master))
    weighed = same(mine, theirs)
    assert one.counts == two.counts
    assert one.model == two.model
    return weighed


def test_spark_finds_the_pairs_weights_and_clusters_of_one_machine(
    spark_cluster: SparkCluster, settings: Settings
) -> None:
    assert agree(settings, people(5000, 6), PEOPLE, spark_cluster.address) > 2000


@pytest.mark.deep
def test_twenty_thousand_people_are_linked_alike(
    spark_cluster: SparkCluster, settings: Settings
) -> None:
    assert agree(settings, people(20_000, 7), PEOPLE, spark_cluster.address) > 8000


@pytest.mark.deep
def test_firms_whose_name_is_told_sole_over_all_records_are_linked_alike(
    spark_cluster: SparkCluster, settings: Settings
) -> None:
    profile = Profile(kind="Company", schema="Company", id="id")
    assert agree(settings, firms(1500, 8), profile, spark_cluster.address) > 300


@pytest.mark.deep
def test_every_field_has_the_same_level_for_every_pair(
    spark_cluster: SparkCluster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    con = opened(settings, people(1000, 9))
    told: list[pa.Table] = []

    class Listening(spark.Run):
        def levels(self) -> DataFrame:
            found = super().levels()
            told.append(found.toArrow())
            return found

    monkeypatch.setattr(spark, "Run", Listening)
    models: list[Model] = []

    def kept(*args: object) -> Weigh:
        models.append(args[0])  # type: ignore[arg-type]
        return weigh(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(spark, "weigh", kept)
    there(con, PEOPLE, SparkAt(master=spark_cluster.address))
    standardise(con, PEOPLE)
    add_terms(con, "records", models[0].terms)
    con.register("told", told[0])
    con.execute("CREATE TABLE compared AS SELECT l, r FROM told")
    con.execute(f"CREATE TABLE levels AS {weighed_sql(con, 'records', 'compared', models[0])}")
    for each in models[0].kind.fields:
        found = con.execute(
            f"SELECT count(*), count(DISTINCT t.g_{each.name}),"
            f" count(*) FILTER (t.g_{each.name} <> v.g_{each.name})"
            " FROM told t JOIN levels v USING (l, r)"
        ).fetchone()
        assert found is not None
        pairs, kinds, differ = found
        assert (pairs > 300, kinds > 1, differ) == (True, True, 0), each.name


@pytest.mark.deep
def test_a_worker_that_is_killed_costs_no_pair(
    spark_cluster: SparkCluster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = people(1000, 10)
    killed: list[str] = []

    class Cut(spark.Run):
        """A run in which a worker, with all that it holds, is gone after each of two steps."""

        def blocks(self) -> list[KeyReport]:
            found = super().blocks()
            spark_cluster.kill_worker()
            spark_cluster.start_worker()
            killed.append("after the blocks")
            return found

        def levels(self) -> DataFrame:
            threading.Timer(2, spark_cluster.kill_worker).start()
            killed.append("while pairs are weighed")
            return super().levels()

    monkeypatch.setattr(spark, "Run", Cut)
    try:
        assert agree(settings, rows, PEOPLE, spark_cluster.address) > 300
    finally:
        spark_cluster.start_worker()
    assert len(killed) == 2


@pytest.mark.deep
def test_a_job_that_no_worker_is_left_for_is_given_up_and_said(
    spark_cluster: SparkCluster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    con = opened(settings, people(300, 11))
    monkeypatch.setattr(spark_session, "_PATIENCE_S", 9.0)
    spark_cluster.kill_worker()
    spark_cluster.kill_worker()
    try:
        with pytest.raises(SourceFailed, match="no worker of Spark"):
            there(con, PEOPLE, SparkAt(master=spark_cluster.address))
    finally:
        spark_cluster.start_worker()
        spark_cluster.start_worker()


@pytest.mark.deep
def test_rows_may_go_by_a_folder_that_all_machines_see(
    spark_cluster: SparkCluster, settings: Settings, tmp_path: Path
) -> None:
    mine, theirs = (opened(settings, people(500, 12)) for _n in range(2))
    here(mine, PEOPLE)
    there(theirs, PEOPLE, SparkAt(master=spark_cluster.address, shared=tmp_path))
    assert same(mine, theirs) > 100


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_record_has_one_standard_form_whoever_stands_beside_it(
    kind: str, settings: Settings
) -> None:
    """Else a worker that sees some of the records would read them in another way."""
    rows = firms(200, 3) if kind == "Company" else people(200, 3)
    profile = Profile(kind=kind, schema=kind, id="id", other={"job": "fuzzy"})
    for row in rows:
        row["x0"] = "obrero"
    forms = []
    for parts in (1, 7):
        found: list[dict[str, object]] = []
        for part in range(parts):
            con = opened(settings, rows[part::parts])
            make_records(con, profile)
            found += con.execute("SELECT * FROM records").to_arrow_table().to_pylist()
            con.close()
        # `sole` alone looks across records; Spark reckons it over all of them.
        kept = [{k: v for k, v in row.items() if k not in {"rid", "sole"}} for row in found]
        forms.append(sorted(kept, key=lambda row: str(row["entity_id"])))
    assert forms[0] == forms[1]


def learnt(settings: Settings, rows: list[dict[str, str | int | None]], **more: Any) -> Job:
    """Return what Spark would have been asked to do."""
    jobs: list[Job] = []

    def asked(_con: duckdb.DuckDBPyConnection, job: Job) -> None:
        jobs.append(job)
        raise SourceFailed("far enough")

    con = opened(settings, rows)
    small = Asked(
        rows=partial(make_records, profile=PEOPLE), kind=partial(standardise, profile=PEOPLE),
        least=JOIN_FROM, **more,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spark_link, "score_on_spark", asked)
        with pytest.raises(SourceFailed):
            link_on_spark(con, small, SparkAt(master="spark://nowhere:1"))
    return jobs[0]


def test_the_sample_that_teaches_does_not_hang_on_the_order_of_rows(settings: Settings) -> None:
    rows = people(700, 4)
    one, two = (learnt(settings, order, sample=400) for order in (rows, rows[::-1]))
    assert one.model == two.model
    assert one.shares == two.shares
    assert one.model.records == 400


def test_a_model_saved_to_a_file_is_used_as_it_was_learnt(
    settings: Settings, tmp_path: Path
) -> None:
    first = learnt(settings, people(700, 4))
    model = first.model
    kept = SavedModel(
        schema="Person", method=METHOD, least=JOIN_FROM, prior=model.prior, shares=first.shares,
        fields=told_fields(model.kind), keys=told_keys(model.kind.keys), terms=model.terms,
        trained=True, records=model.records, data_sha256="0" * 64,
    )  # fmt: skip
    save(kept, tmp_path / "m.json")
    # Fewer records, of which two fields may have nothing to say: the model is not learnt anew.
    again = learnt(settings, people(300, 5), saved=load(tmp_path / "m.json"))
    assert again.shares == first.shares
    assert again.model.prior == model.prior
    assert again.model.terms == model.terms
    for field, other in zip(again.model.kind.fields, model.kind.fields, strict=True):
        assert [(x.m, x.u) for x in field.levels] == [(x.m, x.u) for x in other.levels]
    assert [key.cap for key in again.model.kind.keys] == [key.cap for key in model.kind.keys]


FAKE = """kind: Person
id: unique_id
columns: {given_name: first_name, paternal_surname: surname, birth_date: dob, email: email}
other: {city: fuzzy}
link: between
truth: cluster
"""


@pytest.mark.deep
def test_the_command_links_public_files_to_the_same_bytes_by_either_engine(
    spark_cluster: SparkCluster, tmp_path: Path, puente_data: Path
) -> None:
    lines = (puente_data / "linkage" / "fake_1000.csv").read_text("utf-8").splitlines()
    for part in (0, 1):
        text = "\n".join([lines[0], *lines[1 + part :: 2]])
        (tmp_path / f"part{part}.csv").write_text(text + "\n", encoding="utf-8")
    (tmp_path / "p.yaml").write_text(FAKE, encoding="utf-8")
    told = []
    for number, more in enumerate(([], ["--engine", "spark", "--master", spark_cluster.address])):
        done = CliRunner().invoke(
            build_app(),
            ["resolve", str(tmp_path / "part0.csv"), str(tmp_path / "part1.csv"),
             "--profile", str(tmp_path / "p.yaml"), "--out", str(tmp_path / f"o{number}.parquet"),
             "--json", *more],
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        told.append(json.loads(done.stdout))
    assert told[0] == told[1]
    assert told[0]["f1"] > 0.5
    assert (tmp_path / "o0.parquet").read_bytes() == (tmp_path / "o1.parquet").read_bytes()


def asks(folder: Path, master: str) -> Result:
    (folder / "p.csv").write_text("id,name\n1,Made Up\n2,Made Upp\n", encoding="utf-8")
    (folder / "p.yaml").write_text(
        "kind: Person\nid: id\ncolumns: {name: name}\n", encoding="utf-8"
    )
    return CliRunner().invoke(
        build_app(),
        ["resolve", str(folder / "p.csv"), "--profile", str(folder / "p.yaml"),
         "--out", str(folder / "o.parquet"), "--engine", "spark", "--master", master],
    )  # fmt: skip


def test_a_machine_without_java_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    done = asks(tmp_path, "spark://127.0.0.1:1")
    assert done.exit_code == 3
    assert re.search(r"Spark needs (Java 17|the package pyspark)", done.output)
    assert not list(tmp_path.glob("o.parquet*"))


def test_a_master_that_does_not_answer_is_named_at_once(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: the extra [spark]")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17: apt-get install openjdk-17-jre-headless")
    done = asks(tmp_path, "spark://127.0.0.1:1")
    assert done.exit_code == 3
    assert "spark://127.0.0.1:1" in done.output
    assert not list(tmp_path.glob("o.parquet*"))


def test_a_worker_of_another_version_is_refused_by_name() -> None:
    """It may read a name or measure a distance in another way, and nobody would see it."""
    old = Reckon(sql="1", columns=("given_l",), versions="Puente 0.0.1, DuckDB 0.9.0")
    with pytest.raises(WrongVersion, match=r"Puente 0\.0\.1"):
        old(pa.array(["a"]))


@pytest.mark.parametrize(
    "options", [["--engine", "spark"], ["--master", "spark://a:1"], ["--engine", "abacus"]]
)
def test_an_engine_without_its_master_is_refused(options: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(
        build_app(),
        ["resolve", "a.csv", "--profile", "p.yaml", "--out", str(tmp_path / "o"), *options],
    )
    assert done.exit_code == 2
