"""The pages and the interfaces, served by one process or by several.

Several share nothing but the ledger and the lake: sessions and keys stand in the ledger, the log
takes the rows of all of them in one order, and all map one index of the lists into memory.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import InvalidData, PuenteError
from puente.i18n import gettext as _
from puente.settings import load_settings
from puente.web.app import create_app
from puente.workspace import Workspace

if TYPE_CHECKING:
    from fastapi import FastAPI

    from puente.web.yente_lists import Shelves

_log = logging.getLogger(__name__)

WORKSPACE = "PUENTE_SERVED_WORKSPACE"
"""Environment variable by which the processes that serve are told what they serve."""

WORKERS_MOST = 64
OWN_LISTENERS = sys.platform == "linux"
"""Whether each process can listen at the one port; elsewhere all share one socket."""


def serve(workspace: Workspace, *, workers: int = 1) -> None:
    """Serve until stopped.

    Args:
        workspace: opened; its settings say where.
        workers: processes that serve, 1 to 64.

    Raises: InvalidData: another number of them, or nothing can listen there.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    settings = workspace.settings
    if not 1 <= workers <= WORKERS_MOST:
        raise InvalidData(_("1 to {most} processes can serve").format(most=WORKERS_MOST))
    if workers == 1:
        app = create_app(workspace)
        warm(app, workspace)
        uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
        return
    # A connection that is open here must not be shared by processes.
    workspace.close()
    os.environ[WORKSPACE] = str(settings.workspace.resolve())
    config = uvicorn.Config(
        "puente.web.serving:worker", factory=True, workers=workers, log_level="warning"
    )
    # One that shares its port with nobody: what listens there already, even another node, is found.
    with _bound(settings.host, settings.port, shared=False) as alone:
        port = alone.getsockname()[1]
    with _bound(settings.host, port) as held:
        each = [Listener(settings.host, port) if OWN_LISTENERS else held]
        Multiprocess(config, sockets=each).run()  # type: ignore[arg-type] # see Listener


class Listener:
    """Becomes, in the process that it is handed to, a socket of that process's own.

    With one socket for all, whichever process wakes first takes every connection that waits; with
    one each, the kernel deals connections out evenly, and to those that live.

    Source: socket(7), SO_REUSEPORT.
    """

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port

    def __reduce__(self) -> tuple[object, ...]:
        return _bound, self._where


def _bound(host: str, port: int, *, shared: bool = OWN_LISTENERS) -> socket.socket:
    """Return a socket that connections can be taken from.

    It names its protocol: where the library makes it, it does not, and answers then wait 40 ms for
    an acknowledgement between their head and their body.

    Raises: InvalidData: nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise InvalidData(
            _("cannot listen at {host}:{port}: {error}").format(
                host=host, port=port, error=error.strerror or error
            )
        ) from None
    made.set_inheritable(True)
    return made


def worker() -> FastAPI:
    """Return the app of one of several processes that serve."""
    settings = load_settings(Path(os.environ[WORKSPACE]))
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("puente").setLevel(settings.log_level.upper())
    workspace = Workspace.open(settings)
    app = create_app(workspace)
    warm(app, workspace)
    return app


def warm(app: FastAPI, workspace: Workspace) -> None:
    """Read the lists in a thread of its own, so that the first question need not wait for them."""
    threading.Thread(target=_warm, args=(app.state.shelves, workspace), daemon=True).start()


def _warm(shelves: Shelves, workspace: Workspace) -> None:
    try:
        if workspace.lake.current() is not None:
            shelves.fill(workspace.system_view())
    except PuenteError as error:
        # Whoever asks first waits then, and is told what is wrong.
        _log.warning("lists not ready code=%s", error.code)
