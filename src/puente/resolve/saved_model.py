"""A trained model as one file: learnt once, used on every batch and by every engine.

The file tells a reader all that decides a link: levels, weights, key definitions, shares of common
values, what it was trained on and what stayed as stated. It is no program: conditions and key
expressions stand in it to be read and compared. What runs is this version's own, with the file's
numbers in it (`SavedModel.on`), and a file whose definitions differ is refused.

Limits: the digest shows that a file was altered by accident or by a careless hand; it is no
    signature. Values that two records or more share (a surname, a place) stand in the file: whoever
    may not see the records should not see the model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any

from puente import __version__
from puente.errors import InvalidData
from puente.guard.seal import canonical_json
from puente.i18n import gettext as _
from puente.resolve.scoring import Shares
from puente.resolve.spec import METHOD
from puente.resolve.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from puente.resolve.spec import Key, Kind, Level
    from puente.resolve.training import Model

FORM = "puente-model/1"
"""What a file calls itself; raised when its shape changes."""

_LARGEST_MB = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTold:
    """One level of a field as the file tells it; `m_from`, `u_from` as of `spec.Level`."""

    label: str
    sql: str
    m: float
    u: float
    m_from: str
    u_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTold:
    """One field as the file tells it."""

    name: str
    null: str
    levels: tuple[LevelTold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTold:
    """One blocking key as the file tells it; `cap` as used on the records it was trained on."""

    name: str
    ladder: tuple[str, ...]
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """All that decides a link.

    Attributes:
        schema: of the records, e.g. `Person`.
        method: version of the linking method; a file of another one is refused.
        least: log2 odds from which a pair is a link.
        prior: probability that two records taken at random speak of one thing, 0..1.
        shares: the same after the pairs were scored, and the odds of each rival.
        fields: levels and weights.
        keys: definitions and caps.
        terms: column to how common its values are.
        trained: False if the stated weights are in use.
        records: how many it was trained on.
        data_sha256: digest of those records (`digest_of`).
        notes: what fell back on what was stated, and why.
        version: of Puente that wrote it.
    """

    schema: str
    method: str
    least: float
    prior: float
    shares: Shares
    fields: tuple[FieldTold, ...]
    keys: tuple[KeyTold, ...]
    terms: Mapping[str, Terms]
    trained: bool
    records: int
    data_sha256: str
    notes: tuple[str, ...] = ()
    version: str = __version__

    def on(self, kind: Kind) -> Kind:
        """Return this version's own kind with the weights and caps of the model.

        Args:
            kind: as the code and the profile make it; fields that the model lacks are dropped.

        Raises: InvalidData: the model was trained for other fields, levels or keys.
        """
        mine = {each.name: each for each in kind.fields}
        keys = {key.name: key for key in kind.keys}
        fields = []
        for told in self.fields:
            own = mine.get(told.name)
            if own is None or own.null != told.null or len(own.levels) != len(told.levels):
                raise self._other(told.name)
            pairs = list(zip(own.levels, told.levels, strict=True))
            if any((level.label, level.sql) != (said.label, said.sql) for level, said in pairs):
                raise self._other(told.name)
            fields.append(
                replace(own, levels=tuple(_weighed(level, said) for level, said in pairs))
            )
        if [(key.name, key.ladder) for key in self.keys] != [(k.name, k.ladder) for k in kind.keys]:
            raise self._other(_("the keys"))
        capped = tuple(replace(keys[key.name], cap=key.cap) for key in self.keys)
        return replace(kind, fields=tuple(fields), keys=capped)

    def _other(self, name: str) -> InvalidData:
        return InvalidData(
            _("the model was trained for other columns or another definition: {name}").format(
                name=name
            )
        )


def kept(
    con: duckdb.DuckDBPyConnection, table: str, learnt: tuple[Model, Shares], least: float
) -> SavedModel:
    """Return what linking `table` has learnt, ready to be saved.

    Args:
        learnt: as `KindResult.learnt` has it.
        least: log2 odds from which a pair is a link.
    """
    model, shares = learnt
    return SavedModel(
        schema=model.kind.name, method=METHOD, least=least, prior=model.prior, shares=shares,
        fields=told_fields(model.kind), keys=told_keys(model.kind.keys), terms=model.terms,
        trained=model.trained, records=model.records, notes=model.notes,
        data_sha256=digest_of(con, table, model.kind),
    )  # fmt: skip


def told_fields(kind: Kind) -> tuple[FieldTold, ...]:
    """Return the fields of a kind as a file tells them."""
    return tuple(
        FieldTold(
            name=each.name,
            null=each.null,
            levels=tuple(
                LevelTold(
                    label=level.label, sql=level.sql, m=level.m, u=level.u,
                    m_from="rule" if level.fixed else level.m_from,
                    u_from="rule" if level.fixed else level.u_from,
                )
                for level in each.levels
            ),
        )
        for each in kind.fields
    )  # fmt: skip


def told_keys(keys: Sequence[Key]) -> tuple[KeyTold, ...]:
    """Return keys as a file tells them."""
    return tuple(KeyTold(name=key.name, ladder=key.ladder, cap=key.cap) for key in keys)


def save(model: SavedModel, path: Path) -> str:
    """Write a model as one JSON file, whole or not at all; return its digest.

    The same model gives the same bytes.

    Raises: InvalidData: there is no such folder.
    """
    if not path.parent.is_dir():
        raise InvalidData(_("there is no such folder"), file=path.parent)
    text = as_json(model)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(text, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return str(text["sha256"])


def load(path: Path) -> SavedModel:
    """Return the model that a file holds.

    Raises: InvalidData: no such file, no model, one of another form or method, or one that was
        altered after it was written.
    """
    try:
        if path.stat().st_size > _LARGEST_MB * 2**20:
            raise InvalidData(_("the file is too large to be a model"), file=path)
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be read"), file=path) from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise InvalidData(_("the file is no saved model: it is no JSON"), file=path) from None
    try:
        return from_json(content)
    except InvalidData as error:
        raise InvalidData(error.reason, file=path) from None


def as_json(model: SavedModel) -> dict[str, object]:
    """Return a model as its file holds it, the digest included."""
    told: dict[str, object] = {
        "form": FORM,
        "version": model.version,
        "method": model.method,
        "schema": model.schema,
        "records": model.records,
        "data_sha256": model.data_sha256,
        "trained": model.trained,
        "least": model.least,
        "prior": model.prior,
        "shares": {"prior": model.shares.prior, "odds": list(model.shares.odds)},
        "fields": [
            {
                "name": each.name,
                "null": each.null,
                "levels": [
                    {name: getattr(level, name) for name in LevelTold.__slots__}
                    for level in each.levels
                ],
            }
            for each in model.fields
        ],
        "keys": [
            {"name": key.name, "ladder": list(key.ladder), "cap": key.cap} for key in model.keys
        ],
        "terms": {
            column: {"rest": terms.rest, "shares": dict(sorted(terms.shares.items()))}
            for column, terms in sorted(model.terms.items())
        },
        "notes": list(model.notes),
    }
    return {**told, "sha256": sha256(canonical_json(told)).hexdigest()}


def from_json(content: object) -> SavedModel:
    """Return the model that the content of a file tells.

    Raises: InvalidData: no model, one of another form or method, or an altered one.
    """
    if not isinstance(content, dict) or not isinstance(content.get("form"), str):
        raise InvalidData(_("the file is no saved model"))
    if content["form"] != FORM:
        raise InvalidData(
            _("the file is a model of the form {form!r}; this version reads {known!r}").format(
                form=content["form"], known=FORM
            )
        )
    told = {key: value for key, value in content.items() if key != "sha256"}
    if sha256(canonical_json(told)).hexdigest() != content.get("sha256"):
        raise InvalidData(_("the model was altered after it was written: its digest does not fit"))
    if content.get("method") != METHOD:
        raise InvalidData(
            _("the model is of the method {method!r}; this version links by {known!r}: train"
              " anew").format(method=content.get("method"), known=METHOD)
        )  # fmt: skip
    try:
        return _model_of(content)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidData(_("the file is no saved model: parts of it are missing")) from None


def _model_of(content: Mapping[str, Any]) -> SavedModel:
    shares = content["shares"]
    return SavedModel(
        schema=str(content["schema"]),
        method=str(content["method"]),
        least=_number(content["least"]),
        prior=_share(content["prior"]),
        shares=Shares(
            prior=_share(shares["prior"]), odds=tuple(_number(odds) for odds in shares["odds"])
        ),
        fields=tuple(
            FieldTold(
                name=each["name"],
                null=each["null"],
                levels=tuple(_level_of(level) for level in each["levels"]),
            )
            for each in content["fields"]
        ),
        keys=tuple(
            KeyTold(name=key["name"], ladder=tuple(key["ladder"]), cap=int(key["cap"]))
            for key in content["keys"]
        ),
        terms={
            column: Terms(
                shares={str(value): _share(share) for value, share in terms["shares"].items()},
                rest=_share(terms["rest"]),
            )
            for column, terms in content["terms"].items()
        },
        trained=bool(content["trained"]),
        records=int(content["records"]),
        data_sha256=str(content["data_sha256"]),
        notes=tuple(str(note) for note in content["notes"]),
        version=str(content["version"]),
    )


def _level_of(told: Mapping[str, Any]) -> LevelTold:
    texts = {name: str(told[name]) for name in ("label", "sql", "m_from", "u_from")}
    return LevelTold(m=_share(told["m"]), u=_share(told["u"]), **texts)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(value)
    return float(value)


def _share(value: object) -> float:
    """Return a number above 0 and up to 1: a weight is the log of two of them."""
    number = _number(value)
    if not 0 < number <= 1:
        raise ValueError(value)
    return number


def _weighed(level: Level, said: LevelTold) -> Level:
    return replace(level, m=said.m, u=said.u, m_from=said.m_from, u_from=said.u_from)


def digest_of(con: duckdb.DuckDBPyConnection, table: str, kind: Kind) -> str:
    """Return a digest of the records of `table`: their ids and what the fields show, by id.

    Cost: linear in the records.
    """
    columns = ["entity_id", *dict.fromkeys(each.show for each in kind.fields)]
    row = " || chr(31) || ".join(f'coalesce("{column}"::VARCHAR, chr(30))' for column in columns)
    found = con.execute(
        f"SELECT sha256(string_agg(sha256({row}), '' ORDER BY entity_id)) FROM {table}"
    ).fetchone()
    return str(found[0]) if found and found[0] else sha256(b"").hexdigest()
