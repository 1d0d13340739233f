"""The register: blocked, seized and forfeited property, rejected transactions, licences, referrals.

Nothing is overwritten. What was a mistake is withdrawn with reasons by one person and confirmed by
another; so is an unblocking, and a referral to a consular section. A register is its agency's own.

Source: 31 CFR 501.601, 501.603, 501.604, 501.801; 8 USC 1182(a)(2)(C).
Limits: it does the arithmetic and keeps the days; it files nothing with anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.guard.policy import refusal
from puente.i18n import gettext as _
from puente.law.instrument import get_instrument
from puente.model.dates import parse_date
from puente.screen.decisions import said
from puente.screen.journal import Head, Pen, check_whole, read_threads
from puente.screen.register_forms import (
    FORMS,
    ITEMS,
    LICENCE,
    PREFIX,
    PROPERTY,
    REFERRAL,
    TRAFFICKER,
    read_form,
)
from puente.screen.register_items import (
    AHEAD,
    CONFIRMED,
    EXPIRED,
    HELD,
    MADE,
    MISTAKE,
    ON_FILE,
    Item,
    item_of,
)
from puente.store.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.screen.journal import Draft, Thread

READ, KEEP, EXPORT = "read_register", "keep_register", "export"
"""Deeds that the policy is asked about."""
TWO_PERSONS = "the-register-asks-for-two-persons"
NO_MINORS = "no-minor-is-referred"
"""Rules of the house, by which the log names a refusal."""
ADULT_YEARS = 18


def register_cell(agency: str) -> Cell:
    """Return what the policy decides on for an agency's register.

    Source: see `register-is-kept-by-its-agency` in the policy.
    """
    return Cell(source="kept:register", record_class="fact", marking="TLP:AMBER", agency=agency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register of a person's agency, for one purpose; every deed is decided and logged.

    Source: see the module.
    """

    guard: Guard
    actor: Actor
    purpose: Purpose

    @property
    def today(self) -> date:
        """Return the day, in UTC, by the node's clock."""
        return date.fromisoformat(self.guard.today())

    def threads(self, action: str = READ) -> tuple[Thread, ...]:
        """Return the items of this agency as they are kept, by id; one look in the log.

        Raises: NotAllowed: the policy refuses it.
        """
        self._may(action, ())
        audit = self.guard.audit
        held = read_threads(audit.engine, audit.sealer, kinds=tuple(ITEMS))
        return tuple(t for t in held.values() if t.agency == self.actor.agency)

    def items(self, as_of: date | None = None) -> tuple[Item, ...]:
        """Return the items as they stood on a day; today where None is given.

        Raises: NotAllowed: the policy refuses it.
        """
        return items_on(self.threads(), as_of or self.today)

    def item(self, name: str) -> Item:
        """Return one item as it stands today; one look in the log.

        Raises:
            NotAllowed: the policy refuses it.
            NotFound: this agency has no such item.
            Conflict: it was altered.
        """
        self._may(READ, (name,))
        return self._item(name)

    def add(self, form: str, given: Mapping[str, str], *, on: str = "") -> Item:
        """Write an entry; return the item that it opens, or that it is added to.

        Args:
            form: one of `puente.screen.register_forms.FORMS`.
            given: texts by field.
            on: id of the item that it is added to; "" where it opens one.

        Raises:
            NotAllowed: the policy, or a rule of the house, refuses it.
            InvalidData: a field at fault, or that fits no other.
            NotFound: there is no such item.
            Conflict: it does not fit how the item stands.
        """
        if form not in FORMS:
            message = _("no kind of entry {name!r}; one of {known}")
            raise InvalidData(message.format(name=form, known=", ".join(FORMS)))
        known = FORMS[form]
        if bool(known.opens) == bool(on):
            message = (
                _("{form} opens an item of its own")
                if on
                else _("say to which item {form} is added")
            )
            raise InvalidData(message.format(form=form))
        fields = read_form(known, given, self.today)
        self._may(KEEP, (on,) if on else ())
        if known.opens:
            self._check_opening(known.opens, fields)
            prefix = f"{PREFIX[known.opens]}-{self.today.year}"
            head = Head(kind=known.opens, prefix=prefix, entry=fields.get("entry", ""))
            return self._item(self.pen.begin(head, KEEP, (form, {"fields": fields})))
        item = self._item(on)
        if item.kind not in known.on:
            kind = _(ITEMS[item.kind])
            raise Conflict(_("{form} does not go with a {kind}").format(form=form, kind=kind))
        self._check_later(item, form, fields)
        self.pen.append(on, KEEP, lambda thread: self._later(thread, form, fields))
        return self._item(on)

    def confirm(self, name: str, number: int, reasons: str, *, agrees: bool) -> Item:
        """Say as the second person whether an entry may count.

        Raises:
            NotAllowed: the policy refuses it, or the person wrote the entry.
            Conflict: it does not wait. NotFound: there is no such item.
            InvalidData: no reasons.
        """
        self._may(KEEP, (name,))
        self._item(name)
        text = said(reasons)

        def make(thread: Thread) -> Draft:
            item = item_of(thread, self.today)
            if item is None or number not in item.waiting:
                raise Conflict(_("entry {number} does not wait").format(number=number))
            entry = next(e for e in thread.entries if e.number == number)
            if entry.by == self.actor.name:
                raise NotAllowed(_("the second person is another one"), rule=TWO_PERSONS)
            body = {"on": number, "sha256": entry.digest, "agrees": agrees, "reasons": text}
            return CONFIRMED, body

        self.pen.append(name, KEEP, make)
        return self._item(name)

    @property
    def pen(self) -> Pen:
        """Return what this person's entries are made with."""
        return Pen(guard=self.guard, actor=self.actor, purpose=self.purpose)

    # --- what fits -------------------------------------------------------------------------------

    def _check_opening(self, kind: str, fields: Mapping[str, str]) -> None:
        if kind in {PROPERTY, "rejected"}:
            if fields["nexus"] != "none" and not fields.get("programs"):
                raise InvalidData(_("what is blocked under United States law names its program"))
            if fields.get("basis") == "listed" and not fields.get("entry"):
                raise InvalidData(_("name the listed entry by its id"))
        elif kind == LICENCE and fields.get("expires", "9999") < fields["day"]:
            raise InvalidData(_("the licence ends before it begins"))
        elif kind == REFERRAL:
            try:
                self._check_referral(fields)
            except NotAllowed as refused:
                self.pen.log_refusal("referral", KEEP, refused.rule)
                raise

    def _check_referral(self, fields: Mapping[str, str]) -> None:
        """Hold a referral against the ground; a minor is never referred.

        Source: 8 USC 1182(a)(2)(C); the notes of the instrument `us-visa`.
        """
        if fields["nationality"] == "us":
            raise InvalidData(_("the grounds reach aliens; a citizen needs no visa"))
        if any(mark in fields["name"] for mark in ";/&\n"):
            raise InvalidData(_("one person a referral: it is no list"))
        grade = fields["grade"].upper()
        if not (len(grade) == 2 and grade[0] in "ABCDEF" and grade[1] in "123456"):
            raise InvalidData(_("a grade is a letter A to F and a figure 1 to 6"))
        day = date.fromisoformat(fields["day"])
        _check_adult(fields["birth_date"], day)
        family = ("principal", "relation", "benefit_day", "benefit", "knew")
        if fields["ground"] == TRAFFICKER:
            if any(fields.get(name) for name in family):
                raise InvalidData(_("relation and benefit belong to the family ground alone"))
            return
        missing = [name for name in family if not fields.get(name)]
        if missing:
            message = _("the family ground needs {name}: nobody is referred for being a relative")
            raise InvalidData(message.format(name=missing[0]))
        principal = self._item(fields["principal"])
        stands = principal.kind == REFERRAL and principal.standing == MADE
        if not stands or principal.said["ground"] != TRAFFICKER:
            raise InvalidData(_("the referral of the trafficker must stand first"))
        benefit = date.fromisoformat(fields["benefit_day"])
        _check_adult(fields["birth_date"], benefit)
        value = get_instrument("us-visa").parameter("family_benefit_years").value_on(day)
        years = int(str(value.value)) if value else 0
        if not _years_after(benefit, years) >= day >= benefit:
            message = _("the benefit was not within the {years} years before")
            raise InvalidData(message.format(years=years))

    def _check_later(self, item: Item, form: str, fields: Mapping[str, str]) -> None:
        if form != "withdrawn" and fields.get("day", item.day) < item.day:
            raise InvalidData(
                _("the day comes before that of the item, {day}").format(day=item.day)
            )
        if fields.get("licence"):
            licence = self._item(fields["licence"])
            day = date.fromisoformat(fields["day"])
            held = item_of(self._thread(fields["licence"]), day)
            if licence.kind != LICENCE or held is None or held.standing != ON_FILE:
                why = held.standing if held else MISTAKE
                names = {AHEAD: _("not yet in force"), EXPIRED: _("expired")}
                message = _("{licence} is no licence in force on {day}: {why}")
                raise InvalidData(
                    message.format(
                        licence=fields["licence"], day=fields["day"], why=names.get(why, why)
                    )
                )
        if form == "released" and fields["under"] == "licence" and not fields.get("licence"):
            raise InvalidData(_("name the licence on file"))
        if form == "reported" and (fields["report"] == "annual") != bool(fields.get("year")):
            raise InvalidData(_("an annual report, and no other, names its year"))
        if form == "reported" and (fields["report"] == "reject") != (item.kind == "rejected"):
            raise InvalidData(_("that report is of another kind of item"))

    def _later(self, thread: Thread, form: str, fields: Mapping[str, str]) -> Draft:
        item = item_of(thread, self.today)
        standing = item.standing if item else MISTAKE
        if item is None or standing == MISTAKE or form not in addable(item):
            raise Conflict(
                _("{item} does not stand so that this could be added").format(item=thread.id)
            )
        if any(e.number in item.waiting and e.kind == form for e in thread.entries):
            raise Conflict(_("the same waits for a second person already"))
        if form == "released" and "value" in fields:
            _check_part(item, fields)
        return form, {"fields": dict(fields)}

    # --- reading ---------------------------------------------------------------------------------

    def _thread(self, name: str) -> Thread:
        audit = self.guard.audit
        held = read_threads(audit.engine, audit.sealer, kinds=tuple(ITEMS), ids=(name,)).get(name)
        if held is None or held.agency != self.actor.agency:
            raise NotFound(_("the register has no {item}").format(item=name))
        check_whole(held)
        return held

    def _item(self, name: str) -> Item:
        found = item_of(self._thread(name), max(self.today, date.min))
        if found is None:
            raise NotFound(_("the register has no {item}").format(item=name))
        return found

    def _may(self, action: str, ids: tuple[str, ...]) -> None:
        cell = register_cell(self.actor.agency)
        decision = self.guard.policy.decide(self.actor, self.purpose, action, cell)
        self.guard.audit.record(
            self.actor,
            self.purpose,
            action,
            ids=tuple(f"register:{name}" for name in ids) or ("register",),
            decision=decision,
        )
        self.guard.audit.flush()
        if not decision.allowed:
            raise refusal(decision, self.actor, self.purpose, action)


def addable(item: Item) -> tuple[str, ...]:
    """Return the kinds of entries that may be added to an item as it stands.

    Source: see the module.
    """
    fits = {"reported", "withdrawn"}
    if item.standing == HELD:
        fits |= {"valued", "measured", "licensed", "released"}
    if item.standing == MADE:
        fits.add("answered")
    return tuple(name for name, form in FORMS.items() if item.kind in form.on and name in fits)


def items_on(threads: tuple[Thread, ...], day: date) -> tuple[Item, ...]:
    """Return the items as they stood on a day.

    Source: see the module.
    """
    found = (item_of(thread, day) for thread in threads)
    return tuple(item for item in found if item is not None)


def _check_adult(birth: str, day: date) -> None:
    """Pass if whoever was born then was of age on a day, whatever the day of the birth may be.

    Source: the notes of the instrument `us-visa`, on children.
    """
    youngest = parse_date(birth).end
    if _years_after(youngest, ADULT_YEARS) > day:
        raise NotAllowed(
            _("a minor is never referred, nor for what was received as a minor"), rule=NO_MINORS
        )


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _check_part(item: Item, fields: Mapping[str, str]) -> None:
    from decimal import Decimal

    if item.value is None or item.currency != fields["currency"]:
        raise InvalidData(_("value it in that currency first"))
    if not 0 < Decimal(fields["value"]) < item.value:
        raise InvalidData(_("a part is more than nothing and less than all of it"))
