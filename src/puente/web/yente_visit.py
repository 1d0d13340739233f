"""Requests of programs that are answered from the lists in memory, or from the records."""

# ruff: noqa: TC001 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader
from starlette.concurrency import run_in_threadpool

from puente.web.keys import KeyDoor, KeyVisit
from puente.web.yente_lists import Shelf, Shelves

KEY_HEADER = APIKeyHeader(
    name="Authorization",
    scheme_name="ApiKey",
    description="`ApiKey <key>`, or `Bearer <key>`; a key is made by `puente key add`.",
    auto_error=False,
)
"""How the interface's description says that a key is sent; `KeyDoor` reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVisit(KeyVisit):
    """A key's request that is answered from the lists in memory."""

    shelf: Shelf


async def list_visit(request: Request) -> ListVisit:
    """Return the visit of a key to the lists that it may see.

    While the lists of a new build are read, those of the one before answer.
    """
    return await visit_lists(request)


async def visit_lists(request: Request, *, parameter: str = "") -> ListVisit:
    """Return the visit of a key to the lists; see `KeyDoor.key` for `parameter` and failures."""
    door: KeyDoor = request.app.state.key_door
    shelves: Shelves = request.app.state.shelves
    key = door.key(request, parameter=parameter)
    view = door.view(key)
    shelf = shelves.ready(view)
    if shelf is None:
        before = shelves.standing(view)
        if before is None:
            shelf = await run_in_threadpool(shelves.fill, view)
        else:
            shelves.fill_behind(view)
            shelf = before
    return ListVisit(key=key, view=view, shelf=shelf)


def key_visit(request: Request) -> KeyVisit:
    """Return the visit of a key to the records that it may see."""
    door: KeyDoor = request.app.state.key_door
    key = door.key(request)
    return KeyVisit(key=key, view=door.view(key))


AtLists = Annotated[ListVisit, Depends(list_visit)]
ByKey = Annotated[KeyVisit, Depends(key_visit)]
