"""Requests made up from the interface's description, sound and broken, never break the server."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from puente.guard.actors import Purpose
from puente.guard.api_keys import KeyTerms

schemathesis = pytest.importorskip("schemathesis")

if TYPE_CHECKING:
    from fastapi import FastAPI

    from puente.workspace import Workspace

OURS = re.compile("/api/(yente|reconcile)")


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> list[Any]:
    described = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    found = [each.ok() for each in described.get_all_operations()]
    return [each for each in found if OURS.match(each.path)]


@pytest.fixture(scope="module")
def header(workspace: Workspace) -> dict[str, str]:
    terms = KeyTerms(purpose=Purpose(name="investigation", case="C-1"), per_second=100_000)
    return {"Authorization": f"ApiKey {workspace.api_keys.add('ana', terms)[1]}"}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
@pytest.mark.parametrize("examples", [5, pytest.param(300, marks=pytest.mark.deep)])
def test_no_request_makes_the_server_fail(
    operations: list[Any], header: dict[str, str], mode: Any, examples: int
) -> None:
    assert len(operations) == 18

    for operation in operations:

        @settings(
            max_examples=examples, deadline=None, derandomize=True, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            answer = case.call(headers=header)
            assert answer.status_code < 500, (case.as_curl_command(), answer.text)
            if answer.status_code >= 400:
                assert {"type", "title", "status", "detail", "error"} <= answer.json().keys()

        # Where nothing can be sent, nothing can be sent wrong.
        with suppress(Unsatisfiable):
            ask()
