"""Commands of reviews: review draw, review next, review answer, review back, review result."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import (
    CaseOption,
    PurposeOption,
    UserOption,
    WorkspaceOption,
    open_workspace,
    signed_in,
)
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.resolve.judgements_bench import Bench
    from puente.resolve.review import Estimate
    from puente.resolve.review_kept import Review

NameArgument = Annotated[str, typer.Argument(help=_("Name of the review."))]

_ASKED = "--user ana --purpose investigation"


def declare(group: typer.Typer) -> None:
    """Add this module's commands to the group `clusters`."""
    review = typer.Typer(
        help=_("How good the links are, by a sample that people judge without seeing scores."),
        no_args_is_help=True,
    )
    add_command(
        review,
        "draw",
        draw,
        text=_("Draw a sample by strata of the score: links, and pairs that are none."),
        example=f"puente clusters review draw spring --kind Person --size 200 {_ASKED}",
    )
    add_command(
        review,
        "next",
        show_next,
        text=_("Show the next pair to judge, without its score."),
        example=f"puente clusters review next spring {_ASKED}",
    )
    add_command(
        review,
        "answer",
        give_answer,
        text=_("Answer for a pair: same, not or unsure; its score is told afterwards."),
        example=f"puente clusters review answer spring 12 same {_ASKED}",
    )
    add_command(
        review,
        "back",
        back,
        text=_("Take the last answer back."),
        example=f"puente clusters review back spring {_ASKED}",
    )
    add_command(
        review,
        "result",
        result,
        text=_("Show precision and recall with their intervals, and how far reviewers agree."),
        example=f"puente clusters review result spring {_ASKED}",
    )
    group.add_typer(review, name="review")


@contextmanager
def at_bench(workspace: Path, user: str, purpose: str, case: str) -> Iterator[Bench]:
    """Open the bench of a person who proves who they are."""
    from puente.guard.actors import Purpose
    from puente.resolve.judgements_bench import Bench

    with open_workspace(workspace) as held:
        actor, why = signed_in(held, user), Purpose(name=purpose, case=case)
        with held.view(actor, why) as view:
            yield Bench(guard=held.guard, actor=actor, purpose=why, view=view)


@contextmanager
def _opened(
    name: str, workspace: Path, user: str, purpose: str, case: str
) -> Iterator[tuple[Bench, Review]]:
    from puente.resolve.review_kept import read_review

    with at_bench(workspace, user, purpose, case) as bench:
        bench.require_house()
        yield bench, read_review(bench, name)


def draw(
    name: NameArgument,
    kind: Annotated[str, typer.Option(help=_("Person, Company or Vehicle."))] = "Person",
    size: Annotated[int, typer.Option(min=1, max=10_000, help=_("Pairs to draw."))] = 200,
    seed: Annotated[int, typer.Option(min=0, help=_("The same seed draws the same."))] = 1,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters review draw`."""
    from puente.resolve.review_kept import begin_review

    with at_bench(workspace, user, purpose, case) as bench:
        review = begin_review(bench, name, kind, size=size, seed=seed)
    strata = sorted({one.stratum for one in review.sample})
    if json_output:
        print_json({"review": name, "pairs": len(review.sample), "strata": strata})
        return
    say(_("{count} pairs of {strata} strata are to be judged").format(
        count=len(review.sample), strata=len(strata)))  # fmt: skip


def show_next(
    name: Annotated[str, typer.Argument(help=_("Name of the review."))],
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters review next`."""
    from puente.resolve.review_evidence import side_by_side
    from puente.resolve.review_kept import next_place

    with _opened(name, workspace, user, purpose, case) as (bench, review):
        place = next_place(bench, review)
        if place is None:
            (print_json({"pair": None}) if json_output else say(_("You have judged every pair.")))
            return
        drawn = review.sample[place]
        bench.require_pair(drawn.left, drawn.right)
        rows = side_by_side(bench.view, drawn.left, drawn.right)
    if json_output:
        values = [{"prop": r.prop, "left": list(r.left), "right": list(r.right)} for r in rows]
        print_json({"pair": place, "left": drawn.left, "right": drawn.right, "values": values})
        return
    title = _("Pair {number} of {count}").format(number=place, count=len(review.sample))
    shown = [[row.prop, " | ".join(row.left), " | ".join(row.right)] for row in rows]
    print_table(title, [_("What"), drawn.left, drawn.right], shown)


def give_answer(
    name: NameArgument,
    pair: Annotated[int, typer.Argument(help=_("Number of the pair."))],
    outcome: Annotated[str, typer.Argument(help=_("same, not or unsure."))],
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters review answer`."""
    from puente.resolve.review_kept import answer

    with _opened(name, workspace, user, purpose, case) as (bench, review):
        answer(bench, review, pair, outcome)
    drawn = review.sample[pair]
    if json_output:
        print_json({"pair": pair, "weight": drawn.weight, "linked": drawn.linked})
        return
    linked = _("linked") if drawn.linked else _("not linked")
    say(_("The records are {linked}, at {weight} bits.").format(
        linked=linked, weight=round(drawn.weight, 1)))  # fmt: skip


def back(
    name: Annotated[str, typer.Argument(help=_("Name of the review."))],
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters review back`."""
    from puente.resolve.review_kept import take_back

    with _opened(name, workspace, user, purpose, case) as (bench, review):
        place = take_back(bench, review)
    if json_output:
        print_json({"pair": place})
        return
    say(_("Your answer on pair {number} is taken back.").format(number=place))


def result(
    name: Annotated[str, typer.Argument(help=_("Name of the review."))],
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters review result`."""
    from puente.resolve.review_kept import findings

    with _opened(name, workspace, user, purpose, case) as (bench, review):
        found = findings(bench, review)
    agreement = [
        {"one": one, "other": other, "kappa": value} for (one, other), value in found.kappa.items()
    ]
    if json_output:
        print_json(
            {
                "pairs": len(review.sample),
                "answered": dict(found.answered),
                "precision": _estimate(found.precision),
                "recall": _estimate(found.recall),
                "kappa": agreement,
                "differ": list(found.differ),
            }
        )
        return
    rows = [
        [label, f"{one.share:.4f}", f"{one.low:.4f} – {one.high:.4f}", one.judged]
        for label, one in ((_("Precision"), found.precision), (_("Recall"), found.recall))
        if one
    ]
    print_table(_("By judged pairs"), ["", _("Share"), _("95 % interval"), _("Pairs")], rows)
    told = [
        [a["one"], a["other"], f"{a['kappa']:.3f}"] for a in agreement if a["kappa"] is not None
    ]
    print_table(_("Agreement"), [_("Reviewer"), _("Reviewer"), _("Cohen's kappa")], told)
    say(_("Recall is of the pairs that were compared; what no key brought together is not seen."))


def _estimate(found: Estimate | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"share": found.share, "low": found.low, "high": found.high, "judged": found.judged}
