"""What is asked of the panel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which panel is asked for.

    Attributes:
        records: crimes, or parts of crimes (`homicidio_doloso.con_arma_blanca`); none is all.
        level: one of `LEVELS`.
        first, last: months, `YYYY-MM`; "" is the first or last there is.
        sources: keeps to series of these registers; none gives each place the register with most
            months there.
        as_of: ISO day or month: only deliveries that were out by then; "" takes the current ones.
        boundaries: ISO day: municipalities founded after it are counted with those that they were
            taken from; "" leaves each its own.

    Source: see the module.
    """

    records: tuple[str, ...] = ()
    level: str = "municipality"
    first: str = ""
    last: str = ""
    sources: tuple[str, ...] = ()
    as_of: str = ""
    boundaries: str = ""
