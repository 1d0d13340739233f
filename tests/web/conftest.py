"""A real workspace with a small made-up build, its app, and a client that behaves as a browser."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from fastapi import FastAPI

    from puente.workspace import Workspace

HOST = "http://127.0.0.1:8321"
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


def load_madeup() -> ModuleType:
    """Return the module of the made-up build, which lies beside this file."""
    name = "tests_web_madeup"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("madeup.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


class Browser:
    """Keeps cookies, follows redirects when told, and fills in forms with their token."""

    def __init__(self, app: FastAPI) -> None:
        self._runner = asyncio.Runner()
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=HOST
        )

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self.client.get(path, **options))

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self.client.request(method, path, **options))

    def submit(self, path: str, fields: dict[str, str], **options: Any) -> httpx.Response:
        return self.send("POST", path, data={"csrf": self.token(), **fields}, **options)

    def token(self) -> str:
        found = _TOKEN.search(self.get("/sign-in").text)
        assert found is not None
        return found[1]

    def sign_in(self, user: str, purpose: str, case: str = "C-2026/17") -> Browser:
        password = load_madeup().PASSWORD
        answer = self.submit("/sign-in", {"user": user, "password": password})
        assert answer.headers["location"] == "/purpose", answer.text
        answer = self.submit("/purpose", {"purpose": purpose, "case": case, "reason": "a test"})
        assert answer.headers.get("location") == "/", answer.text
        return self

    def close(self) -> None:
        self._runner.run(self.client.aclose())
        self._runner.close()


@pytest.fixture(scope="session")
def madeup() -> ModuleType:
    return load_madeup()


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made: Workspace = load_madeup().make_workspace(tmp_path_factory.mktemp("web") / "ws")
    yield made
    made.close()


@pytest.fixture(scope="session")
def app(workspace: Workspace) -> FastAPI:
    from puente.web.app import create_app

    return create_app(workspace)


@pytest.fixture
def new_browser(app: FastAPI) -> Iterator[Callable[..., Browser]]:
    """Opens browsers that nobody has signed in with, on the made-up app or another one."""
    held: list[Browser] = []

    def opened(other: FastAPI | None = None) -> Browser:
        held.append(Browser(other or app))
        return held[-1]

    yield opened
    for each in held:
        each.close()


@pytest.fixture
def browser(new_browser: Callable[..., Browser]) -> Browser:
    """A browser that nobody has signed in with."""
    return new_browser()


@pytest.fixture(scope="module")
def signed_in(app: FastAPI) -> Iterator[Callable[..., Browser]]:
    """Returns a browser signed in as one of the made-up accounts; one for each is kept."""
    held: dict[tuple[str, ...], Browser] = {}

    def opened(user: str = "ana", purpose: str = "investigation", case: str = "C-1") -> Browser:
        key = (user, purpose, case)
        if key not in held:
            held[key] = Browser(app).sign_in(*key)
        return held[key]

    yield opened
    for each in held.values():
        each.close()
