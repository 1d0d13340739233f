"""An instrument of law on the terminal: a tree of its elements, and tables."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from puente.cli.output import print_table
from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.law.references import CONFIDENCE_WORDS, CONTESTED, MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Shown = dict[str, Any]


def print_instrument(found: Shown) -> None:
    """Print an instrument as `instrument_json` gives it; what is not verified is marked."""
    console = Console(highlight=False)
    console.print(Text(f"{found['title']} ({found['short']})", style="bold"))
    span = _("{id}, in force from {start}").format(id=found["id"], start=format_date(found["from"]))
    if found["to"]:
        span = _("{id}, in force from {start} to {end}").format(
            id=found["id"], start=format_date(found["from"]), end=format_date(found["to"])
        )
    span_line = Text(span, style="dim")
    if found["in_force_reference"]:
        span_line.append(f"  {_source(found['in_force_reference'])}", style="yellow")
    console.print(span_line)
    if found["applies"] is False:
        words = _("Not in force on {day}.").format(day=format_date(found["on"]))
        console.print(Text(words, style="bold red"))
    if found["authority"] == "persuasive_only":
        console.print(Text(_("Persuasive only: it fills no element."), style="yellow"))
    if found["elements"]:
        console.print(_branch(found["elements"], None))
    _print_readings(found["readings"], console)
    for title, rows in _tables(found):
        if rows:
            print_table(title, [_("what"), _("text"), _("source")], rows)
            console.print()


def _branch(node: Shown, parent: Tree | None, before: str = "") -> Tree:
    """Return the tree of a node, added to `parent` where there is one."""
    label = Text(before)
    words = {"all": _("all of"), "any": _("one of"), "unless": _("unless"), "element": ""}
    shape = words[node["shape"]]
    if shape:
        label.append(f"{shape}: ", style="cyan")
    label.append(node["text"] or node["id"] or "")
    if node["reference"]:
        label.append(f"  {node['reference']}", style="dim")
    label.append(marked(node), style="yellow")
    tree = parent.add(label) if parent else Tree(label)
    for child in node.get("nodes", ()):
        _branch(child, tree)
    if node["shape"] == "unless":
        _branch(node["main"], tree)
        _branch(node["exception"], tree, _("exception: "))
    return tree


def _print_readings(questions: Sequence[Shown], console: Console) -> None:
    for question in questions:
        tree = Tree(Text(_("Open question: {text}").format(text=question["text"]), style="bold"))
        for option in question["options"]:
            label = Text(f"{option['id']}: ", style="cyan")
            label.append(f"{option['text']} ({option['proponent']})", style="default")
            label.append(f"  {option['reference']}", style="dim")
            label.append(marked(option), style="yellow")
            tree.add(label)
        console.print(tree)
    if questions:
        console.print()


def marked(item: Mapping[str, Any]) -> str:
    """Return how a claim that is not verified is marked; "" for one that is."""
    confidence = item.get("confidence")
    if confidence not in {MEMORY, CONTESTED}:
        return ""
    to_check = f": {item['to_check']}" if item.get("to_check") else ""
    return f"  [{_(CONFIDENCE_WORDS[confidence])}{to_check}]"


def _tables(found: Shown) -> list[tuple[str, list[list[object]]]]:
    """Return the tables of an instrument: title and rows of what, text, source."""

    def rows(items: Sequence[Shown], key: str) -> list[list[object]]:
        return [[item[key], item["text"], _source(item)] for item in items]

    steps = [{**step, "name": step["name"] or step["id"]} for step in found["procedure"]]
    listed = [
        [item["organisation"], format_date(item["effective"]), _source(item)]
        for item in found["designations"]
    ]
    events = [{**event, "date": format_date(event["date"])} for event in found["timeline"]]
    sources = [
        [item["key"], f"{item['pinpoint']}: {item['title']}", item["address"] or ""]
        for item in found["references"]
    ]
    return [
        (_("Definitions"), rows(found["definitions"], "term")),
        (_("What is to be done"), rows(steps, "name")),
        (_("Figures"), _figures(found["parameters"])),
        (_("Organisations designated"), listed),
        (_("What became of it"), rows(events, "date")),
        (_("Notes"), [["", note["text"], _source(note)] for note in found["notes"]]),
        (_("Sources"), sources),
    ]


def _figures(parameters: Sequence[Shown]) -> list[list[object]]:
    rows: list[list[object]] = []
    for parameter in parameters:
        rows.append([parameter["name"] or parameter["id"], parameter["text"], ""])
        for value in parameter["values"]:
            amount = amount_words(value["value"], parameter["unit"])
            text = f"{amount}. {value['note']}" if value["note"] else amount
            rows.append([f"  {format_date(value['effective'])}", text, _source(value)])
        for stale in parameter["stale"]:
            quoted = _("{amount}, quoted by {who}. {why}").format(
                amount=amount_words(stale["value"], parameter["unit"]),
                who=stale["quoted_by"],
                why=stale["reason"],
            )
            rows.append([f"  {_('out of date')}", quoted, stale["reference"]])
    return rows


def amount_words(value: object, unit: str) -> str:
    """Return a figure of law with its unit; a text as it stands."""
    if not isinstance(value, int | float | Decimal):
        return str(value)
    words = {"USD": _("US dollars"), "years": _("years"), "days": _("days"), "percent": "%"}
    digits = 0 if value == int(value) else 2
    return f"{format_number(value, digits)} {words.get(unit, unit)}"


def _source(item: Mapping[str, Any]) -> str:
    return f"{item['reference']}{marked(item)}"
