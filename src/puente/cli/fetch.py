"""The command that brings official files: fetch."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import WorkspaceOption, settings_at
from puente.cli.output import JsonFlag, add_command, print_json, print_table, progress_bars, say
from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.ingest.fetch_addresses import Listing
    from puente.ingest.fetch_outcome import Fetched
    from puente.ingest.fetch_wire import Pace
    from puente.settings import Settings


def declare(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    add_command(
        app,
        "fetch",
        fetch,
        text=_("Download official files; a file that has not changed is not written again."),
        example="puente fetch ofac_sdn un_consolidated --workspace WS",
    )


def fetch(
    sources: Annotated[
        list[str] | None, typer.Argument(help=_("Sources or publishers; see --list."))
    ] = None,
    every: Annotated[bool, typer.Option("--all", help=_("All that have an address."))] = False,
    show: Annotated[
        bool, typer.Option("--list", help=_("Show the addresses; download nothing."))
    ] = False,
    url: Annotated[
        str, typer.Option(help=_("Download this address, for the source named, if one is."))
    ] = "",
    hosts: Annotated[
        list[str] | None,
        typer.Option("--host", help=_("Host that the address may redirect to; repeatable.")),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help=_("Folder to write; else `files` in the workspace."))
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente fetch`."""
    from puente.ingest.fetch_addresses import choose, load_listings

    settings = settings_at(workspace)
    own = Path(settings.fetch_addresses) if settings.fetch_addresses else None
    known = load_listings(own)
    if url:
        chosen = [_by_url(known, sources or [], url, hosts or [])]
    elif every or (show and not sources):
        chosen = list(known)
    else:
        chosen = choose(known, sources or [])
    if show:
        _show_addresses(chosen, json_output=json_output)
        return
    if not chosen:
        raise typer.BadParameter(_("name a source, or --all, or --url; --list shows what there is"))
    folder = to or Path(settings.fetch_folder or settings.workspace / "files")
    if folder.is_relative_to(settings.workspace):
        # Made here first, it would be open to everybody once the node's key and records lie in it.
        settings.workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    outcomes = _fetch_all(chosen, folder, settings, json_output=json_output)
    if any(outcome.bad for outcome in outcomes):
        raise typer.Exit(1)


def _fetch_all(
    chosen: Sequence[Listing], folder: Path, settings: Settings, *, json_output: bool
) -> list[Fetched]:
    """Return what came of the files, printed as they come."""
    import logging

    from puente.ingest.fetch import fetch as run

    # The library logs whole addresses, and a redirect's query is a signature that opens doors.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    outcomes: list[Fetched] = []
    with progress_bars() as progress:
        for outcome in run(chosen, folder, settings, pace=_pace(), progress=progress):
            outcomes.append(outcome)
            if json_output:
                print_json(outcome.as_json())
    if not json_output:
        _show(outcomes)
    return outcomes


def _pace() -> Pace:
    import random
    import time
    from datetime import UTC, datetime

    from puente.ingest.fetch_wire import Pace

    return Pace(
        now=lambda: datetime.now(UTC),
        ticks=time.monotonic,
        sleep=time.sleep,
        rng=random.Random(),  # noqa: S311 - spreads waiting times, guards nothing
    )


def _by_url(
    known: Sequence[Listing], sources: Sequence[str], url: str, hosts: Sequence[str]
) -> Listing:
    """Return a listing of one address that the user gives.

    Raises: InvalidData: more than one source, or no name or address that can be.
    """
    from puente.ingest.fetch_addresses import Address, Listing, is_source_name
    from puente.ingest.fetch_wire import parse_url

    if len(sources) > 1:
        raise InvalidData(_("--url is for one source"))
    # Without a source the folder is called by the host.
    name = sources[0] if sources else re.sub(r"[^a-z0-9.-]", "-", parse_url(url).host)
    if sources and not is_source_name(name):
        raise InvalidData(_("{value!r} cannot name a source").format(value=name))
    listing = next((item for item in known if item.source == name), Listing(source=name))
    return replace(
        listing,
        hosts=(*listing.hosts, *(host.lower() for host in hosts)),
        together=False,
        files=(Address(urls=(url,)),),
    )


def _show_addresses(listings: Sequence[Listing], *, json_output: bool) -> None:
    rows = [
        {
            "source": listing.source,
            "publisher": listing.publisher,
            "title": listing.title,
            "name": address.name if address else "",
            "url": address.urls[0] if address else "",
            "also": list(address.urls[1:]) if address else [],
            "type": address.type if address else "",
            "typical_mb": address.typical_mb if address else 0,
            "verified": address.verified if address else "",
            "licence": listing.licence,
            "cadence": listing.cadence,
            "page": listing.page,
            "note": listing.note,
        }
        for listing in listings
        for address in listing.files or (None,)
    ]
    if json_output:
        for row in rows:
            print_json(row)
        return
    for listing in listings:
        _show_listing(listing)
    say(_("Verified: the day on which a public record says that the address gave this file."))


def _show_listing(listing: Listing) -> None:
    """Print who publishes a source, and where, one address a line so that it can be copied."""
    about = (listing.publisher, listing.title, listing.licence, listing.cadence)
    typer.echo(f"{listing.source}: {'; '.join(filter(None, about))}")
    for line in filter(None, (listing.page, listing.note)):
        typer.echo(f"  {line}")
    for address in listing.files:
        typer.echo(
            _("  - {name} ({kind}, {size} MB, verified: {verified})").format(
                name=address.name or _("named by the publisher"),
                kind=address.type,
                size=address.typical_mb or "?",
                verified=address.verified,
            )
        )
        for url in address.urls:
            typer.echo(f"    {url}")
    if not listing.files:
        typer.echo(_("  - no lasting address: find one on the page and give it by --url"))
    typer.echo("")


def _show(outcomes: Sequence[Fetched]) -> None:
    from puente.ingest.fetch_outcome import (
        FAILED,
        NEW,
        NO_ADDRESS,
        NOT_PUBLISHED,
        UNCHANGED,
        WAITING,
    )

    words = {
        NEW: _("new"),
        UNCHANGED: _("unchanged"),
        FAILED: _("failed"),
        WAITING: _("kept aside"),
        NOT_PUBLISHED: _("not published"),
        NO_ADDRESS: _("no address"),
    }
    print_table(
        _("Fetched"),
        [_("source"), _("file"), _("state"), _("published"), _("bytes")],
        [[o.source, o.name or "-", words[o.state], o.published or "-", o.bytes] for o in outcomes],
    )
    for outcome in outcomes:
        if outcome.reason:
            what = f"{outcome.source} {outcome.name}".strip()
            say(f"{what}: {outcome.reason}", style="red" if outcome.bad else "")
