"""A served app and a real Chromium that looks at it; nothing outside this machine is asked."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def load_madeup() -> Any:
    """Return the module of the made-up build, which the page tests share."""
    name = "tests_web_madeup"
    if name not in sys.modules:
        path = Path(__file__).resolve().parents[1] / "web" / "madeup.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the made-up build is served."""
    import uvicorn

    from puente.web.app import create_app

    workspace = load_madeup().make_workspace(tmp_path_factory.mktemp("browser") / "ws")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(workspace), port=port, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)
    workspace.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


class Watched:
    """A page, with all that went wrong on it: console, policy, other hosts, script errors."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith(self.address):
            self.wrong.append(f"other host: {request.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, user: str = "ana", purpose: str = "investigation") -> Watched:
        self.open("/sign-in")
        self.page.fill("#f-user", user)
        self.page.fill("#f-password", load_madeup().PASSWORD)
        self.page.click(".gate-form button")
        self.page.select_option("#f-purpose", purpose)
        self.page.fill("#f-case", "C-2026/17")
        self.page.click(".gate-form button")
        return self


@pytest.fixture(scope="module")
def watched(chromium: Any, address: str) -> Iterator[Callable[..., Watched]]:
    """Opens a signed-in page for the options given; one for each set of options is kept."""
    held: dict[str, Watched] = {}
    contexts: list[Any] = []

    def opened(user: str = "ana", purpose: str = "investigation", **options: Any) -> Watched:
        key = repr((user, purpose, sorted(options.items())))
        if key not in held:
            context = chromium.new_context(**options)
            contexts.append(context)
            held[key] = Watched(context.new_page(), address).sign_in(user, purpose)
        return held[key]

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def faults() -> Callable[[Any], list[str]]:
    """What axe finds wrong on a page."""
    from axe_playwright_python.sync_playwright import Axe

    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def faults_of(page: Any) -> list[str]:
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": rules}})
        return [
            f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for fault in found.response["violations"]
            for node in fault["nodes"][:3]
        ]

    return faults_of
