"""Any files linked by a profile that says what their columns are."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.resolve.address_kind import ADDRESS, standardise_addresses
from puente.resolve.firearm_kind import FIREARM, standardise_firearms
from puente.resolve.link import KINDS
from puente.resolve.matching import connect, link_table
from puente.resolve.measure import measure
from puente.resolve.other_fields import add_others
from puente.resolve.other_values import prepare_others
from puente.resolve.phone_kind import PHONE_LINE, standardise_phones
from puente.resolve.profile_files import read_files, shown_rejects
from puente.resolve.profile_spec import read_profile
from puente.resolve.profile_values import tidy
from puente.resolve.spec import METHOD, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from puente.resolve.link import Standardise
    from puente.resolve.matching import KindResult
    from puente.resolve.measure import Quality
    from puente.resolve.profile_spec import Profile
    from puente.resolve.spark_link import SparkResult
    from puente.resolve.spark_session import SparkAt
    from puente.settings import Settings

JOIN_FROM = 1.0
"""Log2 odds from which two records of files are joined: two to one. Files are linked for counting
and clean-up, where a missed pair costs about what a wrong one does; see `link.LINK_FROM`."""

FILE_KINDS: Mapping[str, tuple[Kind, Standardise]] = {
    **KINDS,
    "Address": (ADDRESS, standardise_addresses),
    "Firearm": (FIREARM, standardise_firearms),
    "Phone": (PHONE_LINE, standardise_phones),
}
"""The kinds of record that files may hold: those of a build, and three more."""

_AMONG = {"dedupe": "a.file = b.file", "between": "a.file <> b.file", "both": "true"}
_MEASURED = {"dedupe": "within", "between": "between", "both": "all"}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReport:
    """What linking files by a profile found.

    Attributes:
        kind: schema of the records.
        counts: records, pairs, links, clusters and what was kept apart.
        rejected: rows that could not be read; the first of them stand in `rejects`.
        unread: for each column that gives dates, numbers or sex, how many of its values could not
            be read as such; they say nothing.
        quality: against the truth, where the profile names one.
        model: weights and how they were come by.
    """

    kind: str
    counts: dict[str, int]
    rejected: int
    rejects: list[dict[str, object]] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)
    quality: Quality | None = None
    model: dict[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return what `puente resolve --json` prints."""
        found: dict[str, object] = {"kind": self.kind, **self.counts, "rejected": self.rejected}
        if self.rejects:
            found["rejects"] = self.rejects
        if self.unread:
            found["unread"] = self.unread
        if self.quality is not None:
            found |= {
                "precision": round(self.quality.precision, 4),
                "recall": round(self.quality.recall, 4),
                "f1": round(self.quality.f1, 4),
                "blocking_recall": round(self.quality.blocking_recall, 4),
                "true_pairs": self.quality.true_pairs,
            }
        return {**found, "model": self.model}


def resolve_files(
    files: Sequence[Path], profile: Path, out: Path, *, spark: SparkAt | None = None,
    settings: Settings, progress: Callable[[int, int], None],
) -> ResolveReport:  # fmt: skip
    """Link the records of CSV or Parquet files and write `unique_id`, `cluster_id` to `out`.

    `cluster_id` is the smallest id in the cluster. Where an id stands in several files, both
    columns carry the file's number after it (`17 #0`), and a third, `file`, names the file.

    Args:
        files: one or more; a profile that links `between` needs two.
        profile: YAML, see `puente.resolve.profile_spec`.
        out: Parquet file to write; its folder must exist.
        spark: where to score pairs; None on this machine. The result is the same up to a million
            records; above, Spark learns from a sample of them.

    Raises:
        InvalidData: a profile or file that cannot be used; names file and line.
        NotFound: Spark, Java or the master; says what to do.
        SourceFailed: Spark could not do it.
    """
    told = read_profile(profile)
    if not files:
        raise InvalidData(_("no file to link"))
    if told.link == "between" and len(files) < 2:
        raise InvalidData(_("link: between needs two files or more"), file=profile)
    if not out.parent.is_dir():
        raise InvalidData(_("there is no such folder"), file=out.parent)
    con = connect(settings)
    try:
        progress(0, 3)
        rejects = read_files(con, files, told, settings.max_file_mb)
        report = _resolve(con, files, told, out, spark, progress)
        return replace(report, rejected=len(rejects), rejects=shown_rejects(rejects))
    finally:
        con.close()


def _resolve(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], profile: Profile, out: Path,
    spark: SparkAt | None, progress: Callable[[int, int], None],
) -> ResolveReport:  # fmt: skip
    unread = tidy(con, profile)
    progress(1, 3)
    # Links within one file need no look at the file of each pair.
    among = "true" if len(files) == 1 else _AMONG[profile.link]
    told = bool(profile.truth or profile.truth_regex)
    result: KindResult | SparkResult
    if spark is None:
        kind = standardise(con, profile)
        result = link_table(con, "records", kind, least=JOIN_FROM, among=among)
    else:
        from puente.resolve.spark_link import Asked, link_on_spark

        asked = Asked(
            rows=partial(make_records, profile=profile), kind=partial(standardise, profile=profile),
            least=JOIN_FROM, among=among, pairs=told,
        )  # fmt: skip
        result = link_on_spark(con, asked, spark)
    progress(2, 3)
    quality = None
    if told:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE truths AS SELECT r.rid, w.truth, w.file FROM records r"
            " JOIN raw w USING (entity_id)"
        )
        quality = measure(con, "truths", "homes", _MEASURED[profile.link])
    _write(con, files, out)
    progress(3, 3)
    _LOG.info("resolved", extra={"kind": profile.schema, **result.counts})
    return ResolveReport(
        kind=profile.schema, counts=result.counts, rejected=0, unread=unread, quality=quality,
        model={"method": METHOD, "link_from": JOIN_FROM, **result.model},
    )  # fmt: skip


def standardise(con: duckdb.DuckDBPyConnection, profile: Profile) -> Kind:
    """Create `records` of table `raw` and return the kind that its columns are compared by."""
    make_records(con, profile)
    kind = Kind(name=profile.schema, fields=(), keys=(), training=(), certain="")
    if profile.kind in FILE_KINDS:
        kind = FILE_KINDS[profile.kind][0]
    return add_others(con, kind, profile.other) if profile.other else kind


def make_records(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """Create `records` of table `raw`, each row by itself; Spark's workers do it with some rows."""
    if profile.kind in FILE_KINDS:
        FILE_KINDS[profile.kind][1](con, "raw", "records")
    else:
        con.execute(
            "CREATE OR REPLACE TABLE records AS SELECT (row_number() OVER (ORDER BY entity_id) - 1)"
            "::INTEGER AS rid, entity_id FROM raw ORDER BY rid"
        )
    extra = ["file", *(f"x{place}" for place in range(len(profile.other)))]
    con.execute(
        f"CREATE OR REPLACE TABLE records AS SELECT r.*, {', '.join('w.' + c for c in extra)}"
        " FROM records r JOIN raw w USING (entity_id) ORDER BY r.rid"
    )
    prepare_others(con, profile.other)


def _write(con: duckdb.DuckDBPyConnection, files: Sequence[Path], out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    met = con.execute("SELECT count(DISTINCT unique_id) < count(*) FROM raw").fetchone()
    column = "entity_id" if met and met[0] else "unique_id"
    table = con.execute(
        f"SELECT w.{column} AS unique_id, k.{column} AS cluster_id, w.file AS number"
        " FROM records r JOIN raw w USING (entity_id) JOIN homes h ON h.rid = r.rid"
        " JOIN records c ON c.rid = h.home JOIN raw k ON k.entity_id = c.entity_id"
        " ORDER BY w.file, w.entity_id"
    ).to_arrow_table()
    numbers = table["number"].to_pylist()
    shown = table.drop_columns(["number"])
    if len(files) > 1:
        names = pa.array([files[number].name for number in numbers], pa.string())
        shown = shown.append_column("file", names)
    part = out.with_name(out.name + ".part")
    pq.write_table(shown, part, compression="zstd")
    part.replace(out)
