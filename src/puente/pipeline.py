"""The main job: files in, one linked, sourced, screened picture out. Read `STEPS` for the story."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.model.provenance import APART

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import pyarrow as pa

    from puente.guard.view import View
    from puente.ingest.load import LoadReport
    from puente.store.lake import BuildWriter
    from puente.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class Build:
    """One run of the main job: what it works on and what it has found so far."""

    workspace: Workspace
    data: Path
    now: datetime
    report_progress: Callable[[str, int, int], None]
    language: str = "en"
    skip_bad_files: bool = False
    writer: BuildWriter | None = None
    loads: list[LoadReport] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)
    found: dict[str, object] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    step: str = ""

    def view(self) -> View:
        """Return a View of the unfinished build, as the pipeline, for the purpose of building."""
        return self.workspace.system_view(build_path=self.out.path)

    @property
    def out(self) -> BuildWriter:
        """Return the build's writer; the steps after `assemble` have one."""
        if self.writer is None:
            raise InvalidData(_("the build has not been assembled yet"))
        return self.writer

    def progress(self, done: int, total: int) -> None:
        """Report progress within the step that runs now."""
        self.report_progress(self.step, done, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One named step of the main job."""

    name: str
    title: str
    run: Callable[[Build], None]


def load(build: Build) -> None:
    """Load every file of the data folder that a source recognises; the same file only once."""
    from puente.ingest.load import Loading, limits_of, load_all

    if build.loads:
        return
    workspace = build.workspace
    limits = limits_of(workspace.settings)
    try:
        reports, unrecognised = load_all(
            build.data,
            Loading(lake=workspace.lake, now=build.now, limits=limits, only=set()),
            workspace.known_sources(),
            build.progress,
            skip_bad=build.skip_bad_files,
        )
    except InvalidData as error:
        raise _how_to_go_on(error) from None
    if not reports:
        raise InvalidData(_("no file that any source recognises"), file=build.data)
    if all(report.error for report in reports):
        first = reports[0]
        raise InvalidData(
            _("no file could be read; {file}: {reason}").format(
                file=first.path, reason=first.error
            ),
            file=build.data,
        )
    build.loads.extend(reports)
    build.unrecognised.extend(str(path) for path in unrecognised)


def _how_to_go_on(error: InvalidData) -> InvalidData:
    """Return the error with what the user can do about it."""
    hint = _(
        "nothing was built. Get the file anew, move it away, or leave it out and say so with"
        " `puente build --skip-bad-files`"
    )
    return InvalidData(f"{error.reason}; {hint}", file=error.file, line=error.line)


def assemble(build: Build) -> None:
    """Merge the loads: one row per claim, with when it was first and last published."""
    build.writer = build.workspace.lake.begin_build(now=build.now)


def check(build: Build) -> None:
    """Check the figures of every source; say what is wrong, odd or absent, with figure and norm."""
    from puente.ingest.quality import check_quality

    view = build.view()
    known = [source.info for source in build.workspace.known_sources()]
    _write(build, view, quality=check_quality(view, known, today=build.now.date()))


def link(build: Build) -> None:
    """Join the records that speak of one person, firm or vehicle; say why."""
    from puente.resolve.history import Moment
    from puente.resolve.state_build import Linking

    workspace, view = build.workspace, build.view()
    linking = Linking(
        settings=workspace.settings, guard=workspace.guard, progress=build.progress,
        moment=Moment(build=build.out.build_id, at=build.now),
    )  # fmt: skip
    found = linking.run(view, _last(build))
    _write(build, view, **found.tables)
    build.found["link"] = found.model


def _last(build: Build) -> View | None:
    """Return a View of the build that stands, as the pipeline; None before the first one."""
    from puente.guard.actors import BUILD, PIPELINE

    standing = build.workspace.lake.current()
    return build.workspace.view(PIPELINE, BUILD, standing) if standing else None


def nodes(build: Build) -> None:
    """Describe every linked entity once: what it is called, where it stands, who says so."""
    from puente.graph.nodes import build_nodes

    view = build.view()
    _write(build, view, nodes=build_nodes(view))


def screen(build: Build) -> None:
    """Compare every entity with every listed one."""
    from puente.screen.entities import screen_entities

    view = build.view()
    hits = screen_entities(view, settings=build.workspace.settings, progress=build.progress)
    _write(build, view, hits=hits)


def network(build: Build) -> None:
    """Fold what joins two entities into typed, dated, sourced edges."""
    from puente.graph.network import build_edges, edge_facts

    view = build.view()
    edges = build_edges(view)
    build.found["edges_left_out"] = asdict(edge_facts(edges))
    _write(build, view, edges=edges)


def steps(build: Build) -> None:
    """Count the steps from the listed entities; nobody barred is passed through."""
    from puente.graph.steps import steps_from_listed

    view = build.view()
    _write(build, view, steps=steps_from_listed(view))


def own(build: Build) -> None:
    """Apply the 50 percent rule to the holdings of today."""
    from puente.graph.ownership import blocked_in

    view = build.view()
    _write(build, view, ownership=blocked_in(view, as_of=build.now.date()))


def places(build: Build) -> None:
    """Lay the counts out by place and month; say where registers cannot both be right."""
    from puente.places.conflicts import ARTEFACT, find_conflicts
    from puente.places.panel import ORDER, panel_parts

    view = build.view()
    build.out.write_parts("panel", panel_parts(view), ORDER, lambda: view.lineage)
    # Of the deliveries, which it reads too, it holds the dates of the panel's counts alone: it is
    # open to whoever may see the panel.
    build.out.write(ARTEFACT, find_conflicts(build.view()), cells=view.lineage)


def relieve(build: Build) -> None:
    """Give notice on every earlier finding that rested on an entry no longer listed."""
    from puente.screen.relief_decisions import decided_on
    from puente.screen.relief_findings import notify

    before, guard = _last(build), build.workspace.guard
    if before is not None:
        notify(guard, before, build.view(), build.now, others=(decided_on(guard),))


def summarise(build: Build) -> None:
    """Write what was found, with the figures that each source is known for."""
    summary = summary_of(build)
    (build.out.path / "summary.json").write_text(
        json.dumps(summary, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8"
    )


def report(build: Build) -> None:
    """Write the report for people: a page and a PDF, with pictures."""
    from puente.report.summary_report import write_report

    write_report(
        build.view(),
        json.loads((build.out.path / "summary.json").read_text(encoding="utf-8")),
        build.out.path,
        language=build.language,
        now=build.now,
        known=[source.info for source in build.workspace.known_sources()],
    )


def publish(build: Build) -> None:
    """Make the build the current one, in one atomic move."""
    build.out.publish()
    build.workspace.audit.flush()


STEPS: tuple[Step, ...] = (
    Step(name="load", title=N_("Load the files"), run=load),
    Step(name="assemble", title=N_("Merge the deliveries"), run=assemble),
    Step(name="check", title=N_("Check the figures"), run=check),
    Step(name="link", title=N_("Link the records"), run=link),
    Step(name="nodes", title=N_("Describe the entities"), run=nodes),
    Step(name="screen", title=N_("Screen against the lists"), run=screen),
    Step(name="network", title=N_("Build the network"), run=network),
    Step(name="steps", title=N_("Count steps from listed entities"), run=steps),
    Step(name="own", title=N_("Apply the 50 percent rule"), run=own),
    Step(name="places", title=N_("Lay out places and months"), run=places),
    Step(name="relief", title=N_("Give notice of what was taken off a list"), run=relieve),
    Step(name="summary", title=N_("Sum up"), run=summarise),
    Step(name="report", title=N_("Write the report"), run=report),
    Step(name="publish", title=N_("Publish the build"), run=publish),
)
"""The main job, in order. Each step reads through a View and hands on one plain thing."""


def run(build: Build) -> dict[str, object]:
    """Run the main job and return its summary, the object that `puente build --json` prints.

    A failure at any step leaves the previous build as it was.

    Raises: InvalidData: no recognised file, or input that a step cannot use.
        Conflict: another build of this workspace is running.
    """
    try:
        for step in STEPS:
            build.step = _(step.title)
            began = time.perf_counter()
            build.progress(0, 1)
            step.run(build)
            build.progress(1, 1)
            build.spent[step.name] = round(time.perf_counter() - began, 3)
    finally:
        if build.writer is not None:
            build.writer.close()
    return _told(build, json.loads((build.out.path / "summary.json").read_text("utf-8")))


def standing_summary(build: Build) -> dict[str, object] | None:
    """Return the summary of the current build if the same files and code would make it again.

    Loads the files to find out (the same file changes nothing), else returns None.

    Raises: InvalidData: no recognised file, or one that cannot be read.
    """
    from puente.resolve.state_build import judged_in, judged_now

    build.step = _(STEPS[0].title)
    load(build)
    current = build.workspace.lake.current()
    if current is None:
        return None
    summary = current.summary()
    loads = {item.load for item in build.workspace.lake.loads()}
    if {*current.manifest()["loads"]} != loads or summary.get("code") != fingerprint(
        build.language
    ):
        return None
    if judged_now(build.workspace.guard) != judged_in(summary):
        return None
    return _told(build, summary)


def _told(build: Build, summary: Mapping[str, object]) -> dict[str, object]:
    """Return what whoever builds is told: all of their files, also those that nobody else sees."""
    return {**summary, "sources": [report.as_json() for report in build.loads], **_cost(build)}


def fingerprint(language: str) -> str:
    """Return what the code, its vocabulary and its mappings are, in 16 hex digits.

    A build of other code is another build, even of the same files.
    """
    root = files("puente")
    digest = sha256(language.encode())
    for path in sorted(Path(str(root)).rglob("*")):
        if path.suffix in {".py", ".yaml", ".cedar", ".po", ".typ", ".html"}:
            digest.update(path.relative_to(str(root)).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def summary_of(build: Build) -> dict[str, object]:
    """Return the figures of an unfinished build."""
    view = build.view()

    def counted(query: str) -> dict[str, int]:
        return {str(row["key"]): int(row["n"]) for row in view.sql(query).to_pylist()}

    whole = view.sql(
        "SELECT count(*) AS clusters, sum(statements) AS statements,"
        " count(*) FILTER (WHERE listed) AS listed FROM nodes"
    ).to_pylist()[0]
    hits = counted("SELECT verdict AS key, count(*) AS n FROM hits GROUP BY 1 ORDER BY 1")
    panel = view.sql(
        "SELECT count(*) AS rows, count(DISTINCT place) FILTER (level = 'municipality') AS places,"
        " min(month) AS first,"
        " max(month) AS last, count(DISTINCT record) AS records FROM panel"
    ).to_pylist()[0]
    return {
        "build": build.out.build_id,
        "built_at": build.now.isoformat(timespec="seconds"),
        "code": fingerprint(build.language),
        "sources": [report.as_json() for report in _shared_loads(build, view)],
        "unrecognised": build.unrecognised,
        "entities": view.sql("SELECT count(*) AS n FROM clusters").to_pylist()[0]["n"],
        "clusters": whole["clusters"],
        "statements": int(whole["statements"] or 0),
        "listed": whole["listed"],
        "kinds": counted("SELECT schema AS key, count(*) AS n FROM nodes GROUP BY 1 ORDER BY 1"),
        "alerts": hits.get("same", 0) + hits.get("possible", 0),
        "hits": hits,
        "link": build.found["link"],
        "edges": counted("SELECT kind AS key, count(*) AS n FROM edges GROUP BY 1 ORDER BY 1"),
        "edges_left_out": build.found["edges_left_out"],
        "steps": counted("SELECT steps AS key, count(*) AS n FROM steps GROUP BY 1 ORDER BY 1"),
        "ownership": counted(
            "SELECT status AS key, count(*) AS n FROM ownership GROUP BY 1 ORDER BY 1"
        ),
        "places": panel,
        "findings": counted(
            "SELECT severity AS key, count(*) AS n FROM quality GROUP BY 1 ORDER BY 1"
        ),
    }


def _shared_loads(build: Build, view: View) -> list[LoadReport]:
    """Return the reports of the files that the shared picture was made from, or wanted for it."""
    shared = set(view.sql("SELECT load FROM loads")["load"].to_pylist())
    infos = [source.info for source in build.workspace.known_sources()]
    apart = {info.name for info in infos if info.record_class in APART}
    return [
        report
        for report in build.loads
        if report.load in shared or (report.error and report.source not in apart)
    ]


def _write(build: Build, view: View, **tables: pa.Table) -> None:
    """Write what was derived; it carries the marking of the sources that `view` has read."""
    for name, table in tables.items():
        build.out.write(name, table, cells=view.lineage)


def _cost(build: Build) -> dict[str, object]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    per_mb = 1024 if sys.platform != "darwin" else 1024 * 1024
    return {
        "seconds": round(sum(build.spent.values()), 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / per_mb),
        "step_seconds": build.spent,
    }
