"""What vehicle records are compared by: VIN and plate as scanners and witnesses misread them."""

from __future__ import annotations

from puente.i18n import N_
from puente.resolve.spec import Field, Identifier, Key, Kind, Level

# Two VINs whose check digits both fit are two vehicles, however alike their letters: one in eleven
# misreadings keeps the digit (49 CFR 565.15(c)).
_BOTH_FIT = ' AND ("vin_valid_l" IS NULL OR "vin_valid_r" IS NULL)'


def _number(
    name: str, title: str, stated: tuple[float, float], part: str = "", unless: str = ""
) -> Field:
    """Return the field of a VIN or plate.

    Args:
        stated: how often true and unrelated pairs have the same.
        part: condition for one being a part of the other.
        unless: what a pair of look-alikes must meet besides.
    """
    left, right = f'"{name}_l"', f'"{name}_r"'
    m, u = stated
    whole = Level(label=N_("one gives a part of the other"), sql=part, m=0.04, u=u * 2)
    return Field(
        name=name, title=title, show=name, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=m, u=u),
            Level(label=N_("the same but for letters that look alike (O/0, I/1, S/5, B/8)"),
                  sql=f'"{name}_key_l" = "{name}_key_r"{unless}', m=0.05, u=u),
            *((whole,) if part else ()),
            Level(label=N_("one character apart"),
                  sql=f"({left}[1:2] = {right}[1:2] OR right({left}, 2) = right({right}, 2))"
                      f"{unless} AND damerau_levenshtein({left}, {right}) <= 1", m=0.05, u=u * 20),
            Level(label=N_("different"), sql="ELSE", m=max(0.01, 0.86 - m), u=0.999),
        ),
    )  # fmt: skip


def _trait(name: str, title: str, m: float, u: float) -> Field:
    left, right = f'"{name}_l"', f'"{name}_r"'
    return Field(
        name=name,
        title=title,
        show=name,
        null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=m, u=u, tf=name),
            Level(label=N_("different"), sql="ELSE", m=1 - m, u=1 - u),
        ),
    )


VEHICLE = Kind(
    name="Vehicle",
    fields=(
        _number(
            "vin", N_("VIN"), (0.85, 0.000001),
            'length("vin_l") >= 6 AND length("vin_r") >= 6'
            ' AND (ends_with("vin_l", "vin_r") OR ends_with("vin_r", "vin_l"))', _BOTH_FIT,
        ),
        _number("plate", N_("Plate"), (0.7, 0.00001)),
        _trait("make", N_("Make"), 0.97, 0.1),
        _trait("model", N_("Model"), 0.93, 0.02),
        _trait("color", N_("Colour"), 0.8, 0.15),
        _trait("year", N_("Year"), 0.9, 0.06),
    ),
    keys=(
        Key(name=N_("VIN"), ladder=("vin_key",), cap=400),
        Key(name=N_("last of the VIN"),
            ladder=("CASE WHEN length(vin) >= 6 THEN right(vin_key, 6) END",), cap=20),
        Key(name=N_("first of the VIN"), ladder=("vin_key[1:12]",), cap=20),
        Key(name=N_("plate"), ladder=("plate_key",), cap=100),
        Key(name=N_("first of the plate"),
            ladder=("plate_key[1:5] || make", "plate_key[1:5] || make || model"), cap=15),
        Key(name=N_("last of the plate"),
            ladder=("right(plate_key, 5) || make", "right(plate_key, 5) || make || model"), cap=15),
    ),
    training=("l.vin_valid = r.vin_valid", "l.plate = r.plate"),
    certain="l.vin = r.vin OR (l.vin IS NULL AND l.plate = r.plate)",
    identifiers=(Identifier(name="vin", column="vin_valid", unless=("make", "model", "year")),),
)  # fmt: skip
