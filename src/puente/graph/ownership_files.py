"""The 50 percent rule on files: a holdings file and a file of blocked persons in, answers out."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from puente.errors import NotFound
from puente.graph.delimited import write_table
from puente.graph.ownership_derivation import Deriver
from puente.graph.ownership_holdings import read_holdings
from puente.graph.ownership_printed import printed
from puente.graph.ownership_ruling import STATUSES, rule_on
from puente.graph.ownership_seeds import read_seeds
from puente.graph.ownership_tables import answer_texts, counts_of
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from puente.graph.ownership_derivation import Derivation
    from puente.graph.ownership_ruling import Ruling
    from puente.graph.ownership_seeds import Seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """What the rule made of two files.

    Attributes:
        counts: entities by status.
        controlled: entities that a blocked person controls otherwise, and that it does not block.
        contradicted, repeated: see `puente.graph.ownership_shares.Shares`.
        notices: what a reader should know of the files, in the current language.
        derivations: of the entities asked for.

    Source: OFAC guidance of 13 August 2014; FAQ 398 to 402.
    """

    counts: dict[str, int]
    controlled: int
    contradicted: int
    repeated: int
    notices: tuple[str, ...]
    derivations: tuple[Derivation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFiles:
    """Which files to read and to write.

    Attributes:
        holdings: CSV `owner,asset,percent[,percent_max,from,to,kind,class]`.
        seeds: CSV `id[,list,from,to]`: blocked persons, from property-blocking lists only.
        out: CSV `entity,status,low,high,because` to write; shares in percent.
        derivation: JSON lines to write, one for each entity that blocking touches.

    Source: see `OwnReport`.
    """

    holdings: Path
    seeds: Path
    out: Path
    derivation: Path | None = None


def own_report(
    files: OwnFiles, *, as_of: date, also: Sequence[str] = (), explain: Sequence[str] = ()
) -> OwnReport:
    """Write the answers, and the derivations where asked for; return what was found.

    Args:
        also: names of lists whose entries count though they block no property.
        explain: ids whose derivation to return.

    Raises:
        InvalidData: see `read_holdings` and `read_seeds`.
        NotFound: an id to explain that neither file names.
    Source: see `OwnReport`.
    """
    table = read_holdings(files.holdings)
    seeds = read_seeds(files.seeds, as_of=as_of, also=also)
    ruling = rule_on(table, seeds.ids, as_of=as_of)
    nodes = [_number_of(ruling, entity) for entity in dict.fromkeys(explain)]
    deriver = Deriver(ruling) if nodes or files.derivation else None
    write_table(answer_texts(ruling), files.out)
    if deriver and files.derivation:
        _write_derivations(deriver, files.derivation)
    status = ruling.status
    blocks = STATUSES.index("blocked")
    return OwnReport(
        counts=counts_of(ruling),
        controlled=len({n for n in ruling.control.asset.tolist() if status[n] != blocks}),
        contradicted=len(ruling.shares.contradicted),
        repeated=len(ruling.shares.repeated),
        notices=tuple(_notices(table, seeds, ruling)),
        derivations=tuple(deriver.derive(node) for node in nodes) if deriver else (),
    )


def _number_of(ruling: Ruling, entity: str) -> int:
    node = ruling.number_of(entity)
    if node is None:
        raise NotFound(_("neither file names {entity}").format(entity=entity))
    return node


def _write_derivations(deriver: Deriver, path: Path) -> None:
    """Write one line an entity; of the steps behind it only its own, for the others have theirs."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as handle:
        for node in deriver.touched():
            line = deriver.derive(node, whole=False)
            told = {**line.as_json(), "text": printed(line)}
            handle.write(json.dumps(told, ensure_ascii=False) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


def _notices(table: pa.Table, seeds: Seeds, ruling: Ruling) -> list[str]:
    found = [
        _("{count} rows of {name} left out: that list blocks no property").format(
            count=count, name=name
        )
        for name, count in seeds.left_out.items()
    ]
    if seeds.not_then:
        found.append(
            _("{count} rows left out: not listed on that day").format(count=seeds.not_then)
        )
    if seeds.doubtful:
        found.append(
            _("{count} ids count because they are named, on a list that blocks no property").format(
                count=len(seeds.doubtful)
            )
        )
    if len(ruling.shares.contradicted):
        found.append(
            _("{count} entities held above 100 percent: their shares count as possible").format(
                count=len(ruling.shares.contradicted)
            )
        )
    if len(ruling.shares.repeated):
        found.append(
            _("{count} entities with a holding recorded several times alike").format(
                count=len(ruling.shares.repeated)
            )
        )
    if _like_fractions(table):
        found.append(
            _("no share is above 1: are these fractions? The rule was applied to them as percent")
        )
    return found


def _like_fractions(table: pa.Table) -> bool:
    """Return True if all shares are at most 1 and those of some asset make 1, or nearly."""
    most = pc.max(table["percent"]).as_py()
    if most is None or most > 1:
        return False
    sums = table.group_by("asset").aggregate([("percent", "sum")])["percent_sum"].to_pylist()
    return any(one is not None and 0.995 <= one <= 1.005 for one in sums)
