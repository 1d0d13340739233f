"""What the patterns look at: who holds, runs and meets whom around the designated persons.

Only what is within some steps of a designated person is read. Whoever is on record only as victim,
witness, minor, relative or defender is left out, and so is every edge that exists only because of
such a role: no pattern can name them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.resolve.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from puente.guard.view import View

FURTHEST = 6
"""Steps from a designated person up to which entities are read."""

PAPER = frozenset({"Ownership", "Directorship"})
"""Kinds of edges that registers of companies tell. Everybody may be named in a register."""

CONTACT = frozenset({
    "SharedPhone", "SharedEmail", "SharedAddress", "Detention", "Event", "Inspection", "Vehicle",
    "BankAccount", "Payment", "Associate", "LinkedTo", "Membership",
})  # fmt: skip
"""Kinds of edges by which two are seen to have to do with each other. Kin, a defence, a complaint,
a notary's act and carrying goods are none of them."""

THINGS = frozenset({"Vehicle", "BankAccount", "Address", "Firearm", "RealEstate", "Inspection",
                    "Detention", "Event", "Seizure"})  # fmt: skip
"""What two persons have in common is no step of its own."""

_POWERS = ("apoder", "attorney", "mandat", "poder", "represent", "signator", "firmante")
_RUNS = ("administrador unico", "sole director", "sole administrator", "gerente general",
         "director general", "managing director", "presidente", "president")  # fmt: skip
_PROFESSIONS = {
    "lawyer": ("defens", "abogad", "lawyer", "attorney at law", "licenciado en derecho"),
    "notary": ("notari", "corredor public"),
    "accountant": ("contador", "accountant", "comisario"),
    "carrier": ("transport", "truck driver", "carrier", "operador"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """An edge as seen from one of its ends: who is at the other, and its row."""

    other: str
    edge: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A share, or an office where `role` says which.

    Attributes:
        who, firm: cluster ids.
        low, high: percent held; 0 and 100 where it is not known, 0 and 0 for an office.
        begin, end: ISO dates, "" where open or unknown.
        role: folded; "" for a share.
    """

    who: str
    firm: str
    edge: int
    low: float = 0.0
    high: float = 0.0
    begin: str = ""
    end: str = ""
    role: str = ""

    @property
    def is_power(self) -> bool:
        """True if it lets somebody act for the firm without an office in it."""
        return any(word in self.role for word in _POWERS)

    @property
    def runs(self) -> bool:
        """True if whoever has it runs the firm alone or first."""
        return any(word in self.role for word in _RUNS)


@dataclass(slots=True, kw_only=True)
class Terrain:
    """The surroundings of the designated persons.

    Attributes:
        edges: the edges table, by row; as `network.build_edges`.
        names, schemas: by cluster id.
        listed: on a property-blocking list. blocked: held by half or more by such persons.
        shares, offices: by firm. held, offices_of: the same by who has them.
        contacts: by cluster id; never kin, defence, complaint, notary or cargo.
        positions: what each is on record as, folded.
    """

    edges: pa.Table
    names: dict[str, str]
    schemas: dict[str, str]
    listed: frozenset[str]
    blocked: frozenset[str]
    barred: frozenset[str]
    shares: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    offices: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    offices_of: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    contacts: dict[str, list[Tie]] = field(default_factory=lambda: defaultdict(list))
    positions: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    @property
    def firms(self) -> list[str]:
        """Ids of what is held or run, sorted."""
        return sorted({*self.shares, *self.offices})

    def all_of(self, firm: str) -> list[Holding]:
        """Return the shares and offices in a firm."""
        return [*self.shares.get(firm, ()), *self.offices.get(firm, ())]

    def is_principal(self, entity: str) -> bool:
        """Return True if its property is blocked: by a list, or by who holds it."""
        return entity in self.listed or entity in self.blocked

    def may_be_named(self, entity: str) -> bool:
        """Return True if a pattern may name the person: neither designated nor a bystander."""
        person = self.schemas.get(entity) in {"Person", "LegalEntity"}
        return person and entity not in self.listed and entity not in self.barred

    def near(self, entity: str, steps: int) -> dict[str, tuple[int, ...]]:
        """Return who of the listed is met within some steps of contact, with the edges on the way.

        A thing or an event that two have in common is no step of its own.
        """
        ways: dict[str, tuple[int, ...]] = {entity: ()}
        far = {entity: 0}
        queue = deque([entity])
        found = {}
        while queue:
            here = queue.popleft()
            if here in self.listed and here != entity:
                found[here] = ways[here]
                continue
            for tie in self.contacts.get(here, ()):
                thing = self.schemas.get(tie.other) in THINGS
                step = far[here] + (0 if thing else 1)
                if tie.other in far or step > steps:
                    continue
                far[tie.other], ways[tie.other] = step, (*ways[here], tie.edge)
                (queue.appendleft if thing else queue.append)(tie.other)
        return found

    def professions(self, entity: str) -> Iterator[tuple[str, str]]:
        """Yield what somebody is on record as doing for a living, and the statement behind it."""
        for position, statement in self.positions.get(entity, ()):
            for name, words in _PROFESSIONS.items():
                if any(word in position for word in words):
                    yield name, statement

    def statements(self, edges: tuple[int, ...]) -> tuple[str, ...]:
        """Return the statements behind some edges, each once."""
        if not edges:
            return ()
        held = self.edges["statement_ids"].take(list(edges)).to_pylist()
        return tuple(dict.fromkeys(one for ids in held for one in ids))


def terrain_in(view: View) -> Terrain:
    """Return the surroundings of the designated persons that this View shows.

    Cost: linear in the edges within `FURTHEST` steps of a designated person.
    """
    edges = view.sql(
        "SELECT e.* FROM edges e"
        " JOIN steps s ON s.cluster_id = e.source_id JOIN steps t ON t.cluster_id = e.target_id"
        " WHERE s.steps <= $most AND t.steps <= $most AND NOT e.non_suspect"
        " ORDER BY e.source_id, e.target_id, e.kind, e.date_from, e.date_to",
        {"most": FURTHEST},
    )
    nodes = view.sql(
        "SELECT n.cluster_id, n.caption, n.schema, n.blocked_list, n.standing FROM nodes n"
        " JOIN steps s USING (cluster_id) WHERE s.steps <= $most ORDER BY 1",
        {"most": FURTHEST},
    ).to_pylist()
    blocked = view.sql("SELECT entity FROM ownership WHERE status = 'blocked' ORDER BY 1")
    terrain = Terrain(
        edges=edges,
        names={row["cluster_id"]: row["caption"] for row in nodes},
        schemas={row["cluster_id"]: row["schema"] for row in nodes},
        listed=frozenset(row["cluster_id"] for row in nodes if row["blocked_list"]),
        blocked=frozenset(blocked["entity"].to_pylist()),
        barred=frozenset(row["cluster_id"] for row in nodes if row["standing"] == "non_suspect"),
    )
    _add_edges(terrain, _roles(view))
    terrain.positions.update(_positions(view))
    return terrain


def _roles(view: View) -> dict[str, str]:
    rows = view.sql(
        "SELECT id, value FROM statements WHERE prop = 'role' AND schema = 'Directorship'"
        " AND current ORDER BY id"
    )
    return {row["id"]: fold(row["value"]).casefold() for row in rows.to_pylist()}


def _positions(view: View) -> dict[str, tuple[tuple[str, str], ...]]:
    rows = view.sql(
        "SELECT c.cluster_id, s.value, min(s.id) AS id FROM statements s"
        " JOIN clusters c USING (entity_id) JOIN steps t ON t.cluster_id = c.cluster_id"
        " WHERE s.prop = 'position' AND s.current AND t.steps <= $most"
        " GROUP BY ALL ORDER BY ALL",
        {"most": FURTHEST},
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows.to_pylist():
        found[row["cluster_id"]].append((fold(row["value"]).casefold(), row["id"]))
    return {entity: tuple(held) for entity, held in found.items()}


def _add_edges(terrain: Terrain, roles: Mapping[str, str]) -> None:
    for number, row in enumerate(terrain.edges.to_pylist()):
        source, target, kind = row["source_id"], row["target_id"], row["kind"]
        if {source, target} & terrain.barred:
            continue
        if kind in CONTACT:
            terrain.contacts[source].append(Tie(other=target, edge=number))
            terrain.contacts[target].append(Tie(other=source, edge=number))
        if kind not in PAPER:
            continue
        told = {"begin": row["date_from"], "end": row["date_to"], "edge": number}
        if kind == "Ownership":
            low, high = row["percent"], row["percent_max"]
            share = Holding(
                who=source, firm=target, low=low or 0.0,
                high=high or (low if low is not None else 100.0), **told,
            )  # fmt: skip
            terrain.shares[target].append(share)
            terrain.held[source].append(share)
            continue
        role = next((roles[one] for one in row["statement_ids"] if one in roles), "")
        office = Holding(who=source, firm=target, role=role or "office", **told)
        terrain.offices[target].append(office)
        terrain.offices_of[source].append(office)
