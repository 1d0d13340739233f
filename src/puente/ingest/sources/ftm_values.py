"""What FollowTheMoney has and the vocabulary lacks, and who its claims come from.

Source: FollowTheMoney data model (`followthemoney/schema/*.yaml`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.ingest.sources.exchange import Bearing, Teller

if TYPE_CHECKING:
    from puente.ingest.source import LoadContext

PREFIX = "ftm-"

NEAREST = {
    "innCode": "taxNumber", "vatCode": "taxNumber", "voenCode": "taxNumber", "irsCode": "taxNumber",
    "ogrnCode": "registrationNumber", "uscCode": "registrationNumber",
    "jibCode": "registrationNumber", "mbsCode": "registrationNumber",
    "cikCode": "registrationNumber", "dunsCode": "registrationNumber",
    "uniqueEntityId": "registrationNumber", "npiCode": "registrationNumber",
    "authorityId": "recordId", "unscId": "recordId", "abbreviation": "weakAlias",
    "subject": "title",
}  # fmt: skip
"""FollowTheMoney properties that the vocabulary lacks, and the one that says nearly the same."""


def teller(context: LoadContext, line: int, bearing: Bearing, origin: str = "") -> Teller:
    """Return what tells one row of a FollowTheMoney file."""
    return Teller(
        context=context, line=line, bearing=bearing, prefix=PREFIX, nearest=NEAREST, origin=origin
    )


def from_datasets(bearing: Bearing, datasets: object) -> tuple[Bearing, str]:
    """Return the bearing with the publisher's data set as the agency, and what stands in the row.

    An entity that several data sets describe does not say which of them makes which claim: then
    they are named in the row. Each mixture as an agency of its own would have the guard decide
    on thousands of them.
    """
    listed = datasets if isinstance(datasets, list) else []
    names = sorted({name.strip() for name in listed if isinstance(name, str)} - {""})
    if len(names) == 1:
        return replace(bearing, agency=names[0]), ""
    return bearing, f" ({', '.join(names)})" if names else ""
