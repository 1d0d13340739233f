"""What is sent to yente's routes and what comes back, as the interface's description tells it.

Source: yente 5 (OpenSanctions), OpenAPI description of its routes; yente-client 0.2, models.
"""

# ruff: noqa: TC003 - pydantic reads these annotations when the models are made

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_QUERIES = 100
MAX_VALUES = 100
MAX_TEXT = 1_000
MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest body of a batch: 100 questions of 20 KB."""

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Key = Annotated[str, StringConstraints(max_length=200)]
Scalar = Text | int | float | bool | None
Values = Scalar | Annotated[list[Scalar], Field(max_length=MAX_VALUES)]


class Example(BaseModel):
    """Someone or something to look for, described by what is known: FollowTheMoney properties."""

    model_config = ConfigDict(populate_by_name=True)

    id: Text | None = None
    schema_: Text = Field(alias="schema", examples=["Person"])
    properties: Annotated[dict[Key, Values], Field(max_length=MAX_VALUES)] = Field(
        default_factory=dict,
        examples=[{"name": ["Evaristo Montaño Quiroz"], "birthDate": ["1974-03-19"]}],
    )


class MatchBody(BaseModel):
    """A batch of questions, each under a key of the asker's own."""

    queries: Annotated[dict[Key, Example], Field(min_length=1, max_length=MAX_QUERIES)]
    weights: dict[Key, float] = Field(default_factory=dict)
    config: dict[Key, Any] = Field(default_factory=dict)


class Status(BaseModel):
    """Whether a part of the node works."""

    status: str


class Total(BaseModel):
    """How many there are in all; always exact here."""

    value: int
    relation: str = "eq"


class EntityJson(BaseModel):
    """An entity in FollowTheMoney JSON. `referents` are other ids of the same one."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    id: str
    caption: str
    schema_: str = Field(alias="schema")
    properties: dict[str, list[Any]]
    datasets: list[str]
    referents: list[str]
    target: bool
    first_seen: datetime | None
    last_seen: datetime | None
    last_change: datetime | None


class Explanation(BaseModel):
    """What one comparison said: from -1 (speaks against) to 1 (supports); 0 only explains."""

    score: float
    detail: str
    query: str
    candidate: str


class ScoredJson(EntityJson):
    """An entity of a list that resembles the one asked for; `score` is a probability.

    `match` is true where the verdict is `same`, or `possible` at the threshold or above. Kin and
    namesakes that the roles of the names rule out are answered, never matched.
    """

    score: float
    match: bool
    verdict: str
    likeness: float
    ofac_score: float
    method: str
    features: dict[str, float]
    explanations: dict[str, Explanation]


class MatchAnswer(BaseModel):
    """The answer to one question. Where `status` is not 200, `detail` says why there is none."""

    status: int
    results: list[ScoredJson]
    total: Total
    query: dict[str, Any]
    not_used: dict[str, list[str]] = Field(default_factory=dict)
    detail: str = ""


class MatchAnswers(BaseModel):
    """The answers to a batch, under the keys that were sent."""

    responses: dict[str, MatchAnswer]
    matcher: dict[str, Any]
    limit: int
    index_version: str


class FacetItem(BaseModel):
    """One value of a facet and how many entities have it."""

    name: str
    label: str
    count: int


class FacetJson(BaseModel):
    """One way to narrow a search."""

    label: str
    values: list[FacetItem]


class SearchAnswer(BaseModel):
    """A page of entities."""

    results: list[EntityJson]
    facets: dict[str, FacetJson]
    total: Total
    limit: int
    offset: int


class AdjacentProperty(BaseModel):
    """A page of what is joined to an entity in one way."""

    results: list[EntityJson]
    total: Total
    limit: int
    offset: int


class AdjacentAnswer(BaseModel):
    """An entity and what is joined to it, by how."""

    entity: EntityJson
    adjacent: dict[str, AdjacentProperty]


class StatementJson(BaseModel):
    """One claim of one record. `canonical_id` is the entity that the records were joined to."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    id: str
    entity_id: str
    canonical_id: str
    prop: str
    prop_type: str
    schema_: str = Field(alias="schema")
    value: str
    original_value: str | None
    dataset: str
    lang: str | None
    origin: str | None
    first_seen: datetime
    last_seen: datetime


class StatementsAnswer(BaseModel):
    """A page of claims."""

    results: list[StatementJson]
    total: Total
    limit: int
    offset: int


class AlgorithmJson(BaseModel):
    """A way to compare; `docs` says what each feature is."""

    name: str
    description: str
    docs: dict[str, Any]


class AlgorithmsAnswer(BaseModel):
    """The ways to compare that there are."""

    algorithms: list[AlgorithmJson]
    default: str
    best: str


class DatasetJson(BaseModel):
    """A list, or a collection of lists (`children`)."""

    model_config = ConfigDict(extra="allow")

    name: str
    title: str
    load: bool
    entity_count: int
    children: list[str]


class CatalogAnswer(BaseModel):
    """The datasets that are open to this key."""

    datasets: list[DatasetJson]
    current: list[str]
    outdated: list[str]
    index_stale: bool
