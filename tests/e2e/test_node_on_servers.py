"""The main job on a PostgreSQL ledger and an object store, through the command line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.deep

SAME = ("entities", "clusters", "statements", "kinds", "alerts", "edges", "steps", "places")


def test_a_node_on_servers_finds_what_a_node_in_a_folder_finds_and_moves_from_one_to_the_other(
    puente: Callable[..., Any], postgres: Any, object_store: Any, tmp_path: Path
) -> None:
    url, bucket = postgres.empty_database(), object_store.new_bucket()
    servers = {
        "PUENTE_LEDGER_URL": url,
        "PUENTE_LAKE_URL": f"s3://{bucket}/node",
        "PUENTE_LAKE_ENDPOINT": object_store.endpoint,
    }
    world, far, near = tmp_path / "world", tmp_path / "far", tmp_path / "near"
    assert puente("world", "--out", world, "--people", 500, "--seed", 3, "--json").code == 0
    shutil.rmtree(world / "places")
    made = {}
    for folder, environment in ((near, {}), (far, servers)):
        done = puente("build", "--data", world, "--workspace", folder, "--json", **environment)
        assert done.code == 0, done.err
        made[folder] = done.json
        added = puente(
            "user", "add", "ana", "--role", "analyst", "--workspace", folder, **environment
        )
        assert added.code == 0, added.err
        verified = puente("audit", "verify", "--workspace", folder, "--json", **environment)
        assert verified.json["ok"], verified.out
    assert {key: made[near][key] for key in SAME} == {key: made[far][key] for key in SAME}
    assert not (far / "lake").exists()
    again = puente("build", "--data", world, "--workspace", far, "--json", **servers)
    assert all(source["unchanged"] for source in again.json["sources"])
    assert {key: again.json[key] for key in SAME} == {key: made[far][key] for key in SAME}

    saved = puente(
        "backup", "--workspace", far, "--to", tmp_path / "backup", "--with-key", "--json", **servers
    )
    assert saved.code == 0, saved.err
    home = tmp_path / "home"
    restored = puente("restore", "--from", tmp_path / "backup", "--workspace", home, "--json")
    assert restored.code == 0, restored.out
    assert restored.json["audit"]["rows"] == saved.json["rows"] + 1
    listed = puente("sources", "--workspace", home, "--json")
    assert listed.code == 0
    rows = [row["rows"] for row in listed.json["sources"] if row["deliveries"]]
    assert sum(rows) == sum(source["rows"] for source in made[near]["sources"])
    postgres.drop(url)
