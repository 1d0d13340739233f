"""What a kind of record is compared by: fields with levels, blocking keys, strong identifiers.

Plain values. A kind (people, firms, vehicles, a profile's own columns) is told here once; the
blocking, the training, the scoring and the explanation all read it.
"""

from __future__ import annotations

from dataclasses import dataclass

METHOD = "puente-link/4"
"""Changes whenever the same records would be linked otherwise; stored with every result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One degree of agreement of a field.

    Attributes:
        label: what a reader is told, English msgid.
        sql: condition over `"x_l"` and `"x_r"`; the first level that holds counts.
        m: share of true pairs at this level, 0..1: where training starts and what counts without.
        u: share of unrelated pairs at this level, 0..1; likewise.
        tf: column whose frequency scales the weight (a rare surname says more); "" for none.
        fixed: True where the weight is set by a rule and never trained.
        most: upper limit of m after training. Relatives and namesakes look like true pairs that
            contradict themselves; without a limit training believes them.
        proof: condition over `l.x` and `r.x` that finds all pairs of this level; u is then counted
            among those whose identifiers show them to be two things. "" for none.
        rival: share of each of the kind's rivals' pairs at this level; () as of unrelated pairs.
        m_from, u_from: where m and u come from: `training`, or `stated` (no pair could teach it).
    """

    label: str
    sql: str
    m: float
    u: float
    tf: str = ""
    fixed: bool = False
    most: float = 1.0
    proof: str = ""
    rival: tuple[float, ...] = ()
    m_from: str = "stated"
    u_from: str = "stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that two records are compared by.

    Attributes:
        name: name in `why`, e.g. `paternal`.
        title: what a reader is told, English msgid.
        show: column whose two values are shown.
        null: condition under which nothing can be said.
        levels: from full agreement to none; the last holds for the rest (`sql` is `ELSE`).
    """

    name: str
    title: str
    show: str
    null: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One way to find pairs worth comparing: records that agree on an expression.

    Attributes:
        name: what a reader is told.
        ladder: SQL expressions, coarse first. A block of one that is too large is split by the
            next; after the last it is left out and reported. NULL or an empty list joins nobody;
            a list joins by each of its items.
        cap: records that a block may hold.
    """

    name: str
    ladder: tuple[str, ...]
    cap: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A column that names one thing for good when complete and valid (CURP, RFC, VIN).

    Attributes:
        name: what it is called in `why`.
        column: NULL where the record has none that is complete and valid.
        unless: fields of which two at their lowest level show an equal value to be copied or
            mistyped: it then proves nothing by itself.
    """

    name: str
    column: str
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another reason why two records agree: they speak of two things that share much.

    Siblings share surnames, town and telephone; weighed against strangers only, they would be
    taken for one person.

    Attributes:
        name: what a reader is told, English msgid.
        odds: such pairs for every true pair.
    """

    name: str
    odds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record and all that linking it needs.

    Attributes:
        name: FollowTheMoney schema, e.g. `Person`.
        fields: what pairs are compared by.
        keys: how pairs are found.
        training: conditions over `l.x` and `r.x`, surest first; each picks pairs, most of them
            true, to train the fields that it does not touch. A field is trained by the first.
        certain: condition over `l.x` and `r.x` that true pairs meet often and others hardly ever;
            from its count the share of true pairs is estimated.
        identifiers: what names one thing for good.
        rivals: other reasons to agree, each weighed beside plain chance.
        sieve: condition over `a` and `b`, two records, cheap to check: pairs that fail it are out
            of the question and not scored.
    """

    name: str
    fields: tuple[Field, ...]
    keys: tuple[Key, ...]
    training: tuple[str, ...]
    certain: str
    identifiers: tuple[Identifier, ...] = ()
    rivals: tuple[Rival, ...] = ()
    sieve: str = "true"
