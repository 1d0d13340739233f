"""Keys of programs: one account, one purpose, shown once, ended at once, and never too often."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from puente.cli.app import main
from puente.errors import InvalidData, NotAllowed, NotFound
from puente.guard.actors import Purpose
from puente.guard.api_keys import KEPT_SECONDS, ApiKeys, KeyTerms
from puente.settings import Settings
from puente.web.keys import Bucket, Rates, TooMany
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "una frase larga"
SCREENING = KeyTerms(purpose=Purpose(name="screening", reason="pagos de la noche"))


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 10, 5, 12, tzinfo=UTC))
    seconds: float = 0.0

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("keys")
    with Workspace.open(Settings(workspace=folder), clock=lambda: clock.now) as opened:
        opened.users.add("banco", PASSWORD, roles=("compliance",), country="MX")
        yield opened


@pytest.fixture
def keys(workspace: Workspace, clock: Clock) -> ApiKeys:
    return another(workspace, clock)


def another(workspace: Workspace, clock: Clock) -> ApiKeys:
    """The keys as another process of the node sees them."""
    return ApiKeys(
        workspace.ledger, workspace.audit, workspace.policy,
        clock=lambda: clock.now, monotonic=lambda: clock.seconds,
    )  # fmt: skip


def test_a_key_opens_its_account_for_its_purpose_and_no_other(keys: ApiKeys) -> None:
    key, token = keys.add("banco", SCREENING)
    opened = keys.opened_by(token)
    assert opened == key
    assert (opened.actor.name, opened.purpose.name) == ("banco", "screening")


def test_the_secret_of_a_key_is_nowhere_in_the_ledger(keys: ApiKeys, workspace: Workspace) -> None:
    _key, token = keys.add("banco", SCREENING)
    workspace.audit.flush()
    secret = token.rpartition("_")[2] if token.count("_") == 2 else token.split("_", 2)[2]
    held = b"".join(p.read_bytes() for p in workspace.settings.workspace.glob("ledger.sqlite*"))
    assert secret.encode() not in held


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("puente_", "puente-"),
        lambda token: token + "A",
        lambda token: token[:7] + "0" * 12 + token[19:],
        lambda _token: "",
        lambda _token: "puente_\x00",
        lambda _token: "é" * 60,
    ],
)
def test_what_is_not_the_key_opens_nothing_and_is_told_no_more(keys: ApiKeys, change: Any) -> None:
    _key, token = keys.add("banco", SCREENING)
    with pytest.raises(NotAllowed) as wrong:
        keys.opened_by(change(token))
    with pytest.raises(NotAllowed) as none:
        keys.opened_by("nothing")
    assert str(wrong.value) == str(none.value)


def test_a_revoked_key_opens_nothing_here_at_once_and_elsewhere_within_a_second(
    keys: ApiKeys, workspace: Workspace, clock: Clock
) -> None:
    elsewhere = another(workspace, clock)
    key, token = keys.add("banco", SCREENING)
    elsewhere.opened_by(token)
    keys.opened_by(token)
    assert keys.revoke(key.id).revoked_at
    with pytest.raises(NotAllowed):
        keys.opened_by(token)
    clock.pass_(seconds=KEPT_SECONDS)
    with pytest.raises(NotAllowed):
        elsewhere.opened_by(token)


def test_a_key_ends_by_itself(keys: ApiKeys, clock: Clock) -> None:
    _key, token = keys.add("banco", KeyTerms(purpose=SCREENING.purpose, days=1))
    clock.pass_(hours=23)
    keys.opened_by(token)
    clock.pass_(hours=1)
    with pytest.raises(NotAllowed):
        keys.opened_by(token)


def test_a_closed_account_takes_its_keys_with_it(
    keys: ApiKeys, workspace: Workspace, clock: Clock
) -> None:
    workspace.users.add("caja", PASSWORD, roles=("compliance",))
    _key, token = keys.add("caja", SCREENING)
    keys.opened_by(token)
    workspace.users.disable("caja")
    clock.pass_(seconds=KEPT_SECONDS)
    with pytest.raises(NotAllowed):
        keys.opened_by(token)


def test_no_key_is_made_for_a_purpose_that_its_account_may_not_claim(keys: ApiKeys) -> None:
    before = keys.all()
    with pytest.raises(NotAllowed):
        keys.add("banco", KeyTerms(purpose=Purpose(name="investigation", case="C-1")))
    with pytest.raises(NotFound):
        keys.add("nadie", SCREENING)
    assert keys.all() == before


@pytest.mark.parametrize("bad", [{"days": 0}, {"days": 99_999}, {"per_second": 0}, {"label": "\n"}])
def test_terms_that_will_not_do_are_refused(keys: ApiKeys, bad: dict[str, Any]) -> None:
    terms = KeyTerms(**({"purpose": SCREENING.purpose} | bad))
    if bad != {"label": "\n"}:
        with pytest.raises(InvalidData):
            keys.add("banco", terms)
        return
    assert keys.add("banco", terms)[0].label == ""


def test_that_a_key_was_made_and_revoked_stands_in_the_log_and_its_reason_is_sealed(
    keys: ApiKeys, workspace: Workspace
) -> None:
    key, _token = keys.add("banco", SCREENING)
    keys.revoke(key.id)
    made, ended = workspace.audit.newest(2)[::-1]
    assert (made.action, ended.action) == ("key_added", "key_revoked")
    assert made.ids == ended.ids == (f"key:{key.id}",)
    assert "pagos" not in json.dumps([str(row) for row in workspace.audit.newest(5)])


def test_a_bucket_gives_what_it_holds_and_says_when_there_is_more() -> None:
    bucket = Bucket(rate=2, size=4, held=4, at=0)
    assert [bucket.take(1, 0) for _n in range(4)] == [0, 0, 0, 0]
    assert bucket.take(1, 0) == pytest.approx(0.5)
    assert bucket.take(1, 0.5) == 0
    assert bucket.take(4, 100) == 0


def test_a_key_that_asks_too_often_is_told_when_to_come_back(keys: ApiKeys) -> None:
    key, _token = keys.add("banco", KeyTerms(purpose=SCREENING.purpose, per_second=10))
    now = 0.0
    rates = Rates(clock=lambda: now)
    rates.spend(key, 100)
    with pytest.raises(TooMany) as refused:
        rates.spend(key, 5)
    assert refused.value.retry_after == 1
    now = 0.5
    rates.spend(key, 5)


def test_the_commands_make_list_and_revoke_a_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> dict[str, Any]:
        at = ["--workspace", str(workspace.settings.workspace), "--json"]
        monkeypatch.setattr("sys.argv", ["puente", "key", *words, *at])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in {0, None, 4}
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    made = run("add", "banco", "--purpose", "screening", "--label", "pagos")
    assert workspace.api_keys.opened_by(made["token"]).label == "pagos"
    listed = run("list")["keys"]
    assert made["id"] in {one["id"] for one in listed}
    assert all("token" not in one for one in listed)
    assert run("revoke", made["id"])["revoked_at"]
    assert run("add", "banco", "--purpose", "audit")["error"]["code"] == "not_allowed"
