"""What firm records are compared by: distinctive words, trade, legal form, tax number, contact."""

from __future__ import annotations

from puente.i18n import N_
from puente.resolve.spec import Field, Identifier, Key, Kind, Level, Rival

_BOTH = '"{0}_l" IS NULL OR "{0}_r" IS NULL'

_WHOLE = '("whole_l" = "whole_r" AND "own_l" AND "own_r")'

# A firm's whole name is its own by law: no two may be registered alike (Reglamento para la
# Autorización de Uso de Denominaciones y Razones Sociales, DOF 14 September 2012, art. 3).
# Beside chance stands the sister firm: one founder's second company, the same name with another
# trade or one more word, at the same address.
NAME = Field(
    name="name", title=N_("Distinctive name"), show="core", null=_BOTH.format("core"),
    levels=(
        Level(label=N_("the same name and legal form, which no two registered firms bear"),
              sql=f'{_WHOLE} AND "form_l" = "form_r" AND "sole_l"', m=0.55, u=0.0000002,
              fixed=True, rival=(0.0001,)),
        Level(label=N_("the same name and legal form"),
              sql=f'{_WHOLE} AND "form_l" = "form_r"', m=0.05, u=0.000001, fixed=True,
              proof="l.whole = r.whole AND l.form = r.form AND l.own", rival=(0.0005,)),
        Level(label=N_("the same name"), sql=_WHOLE, m=0.15, u=0.000005, fixed=True,
              proof="l.whole = r.whole AND l.own AND l.form IS DISTINCT FROM r.form",
              rival=(0.01,)),
        Level(label=N_("the same distinctive words"), sql='"core_l" = "core_r"', m=0.1, u=0.0005,
              tf="core", rival=(0.35,)),
        Level(label=N_("the same, joined or parted"), sql='"joined_l" = "joined_r"', m=0.05,
              u=0.00001, rival=(0.005,)),
        Level(label=N_("sounds the same"), sql='"sound_l" = "sound_r"', m=0.05, u=0.00001,
              rival=(0.005,)),
        Level(label=N_("a letter or two apart"),
              sql='"joined_l"[1:1] = "joined_r"[1:1] AND length("joined_l") > 4'
                  ' AND damerau_levenshtein("joined_l", "joined_r")'
                  ' <= CASE WHEN length("joined_l") > 9 THEN 2 ELSE 1 END'
                  # Fund 3 and fund 4 are two: a number in a name is no misprint.
                  " AND regexp_replace(\"joined_l\", '[^0-9]', '', 'g')"
                  " = regexp_replace(\"joined_r\", '[^0-9]', '', 'g')",
              m=0.07, u=0.00002, rival=(0.02,)),
        Level(label=N_("one name has more words"),
              sql='list_has_all("words_l", "words_r") OR list_has_all("words_r", "words_l")',
              m=0.05, u=0.001, most=0.06, rival=(0.2,)),
        Level(label=N_("share a word, differ in another"), sql='list_has_any("words_l", "words_r")',
              m=0.02, u=0.01, most=0.02, rival=(0.2,)),
        Level(label=N_("different"), sql="ELSE", m=0.02, u=0.98, most=0.03, rival=(0.22,)),
    ),
)  # fmt: skip

TRADE = Field(
    name="trade", title=N_("Trade words"), show="trade",
    null=f"{_BOTH.format('trade')} OR {_WHOLE}",
    levels=(
        Level(label=N_("the same"), sql='"trade_l" = "trade_r"', m=0.85, u=0.05, tf="trade",
              rival=(0.15,)),
        Level(label=N_("one has more"),
              sql='contains("trade_l", "trade_r") OR contains("trade_r", "trade_l")', m=0.12,
              u=0.05, rival=(0.15,)),
        Level(label=N_("different"), sql="ELSE", m=0.03, u=0.9, most=0.05, rival=(0.7,)),
    ),
)  # fmt: skip

FORM = Field(
    name="legal_form", title=N_("Legal form"), show="form",
    null=f"{_BOTH.format('form')} OR {_WHOLE}",
    levels=(
        Level(label=N_("the same"), sql='"form_l" = "form_r"', m=0.85, u=0.4, rival=(0.5,)),
        Level(label=N_("different"), sql="ELSE", m=0.15, u=0.6, most=0.3, rival=(0.5,)),
    ),
)  # fmt: skip

RFC = Field(
    name="rfc", title=N_("RFC"), show="rfc", null=_BOTH.format("rfc"),
    levels=(
        Level(label=N_("the same"), sql='"rfc_l" = "rfc_r" AND length("rfc_l") > 9', m=0.9,
              u=0.000001, fixed=True, rival=(0.00001,)),
        Level(label=N_("one or two characters apart"),
              sql='("rfc_l"[1:3] = "rfc_r"[1:3] OR "rfc_l"[4:9] = "rfc_r"[4:9])'
                  ' AND damerau_levenshtein("rfc_l", "rfc_r") <= 2', m=0.06, u=0.0001, fixed=True,
              rival=(0.002,)),
        Level(label=N_("the same up to the last three"), sql='"rfc_l"[1:9] = "rfc_r"[1:9]',
              m=0.02, u=0.0001, fixed=True, rival=(0.002,)),
        Level(label=N_("different"), sql="ELSE", m=0.02, u=0.99, fixed=True, rival=(0.99,)),
    ),
)  # fmt: skip


def _contact(name: str, title: str, m: float, u: float, sister: float) -> Field:
    """Return the field of something that sister firms share."""
    left, right = f'"{name}_l"', f'"{name}_r"'
    return Field(
        name=name,
        title=title,
        show=name,
        null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=m, u=u, rival=(sister,)),
            Level(label=N_("different"), sql="ELSE", m=1 - m, u=1 - u, rival=(1 - sister,)),
        ),
    )


COMPANY = Kind(
    name="Company",
    fields=(
        NAME, TRADE, FORM, RFC,
        _contact("phone", N_("Phone"), 0.6, 0.0001, 0.4),
        _contact("email", N_("E-mail"), 0.6, 0.0001, 0.3),
        _contact("address", N_("Address"), 0.4, 0.0003, 0.5),
        _contact("postcode", N_("Postcode"), 0.7, 0.002, 0.6),
        _contact("place", N_("Municipality"), 0.75, 0.01, 0.7),
        _contact("country", N_("Country"), 0.97, 0.5, 0.9),
    ),
    keys=(
        Key(name=N_("RFC"), ladder=("rfc",), cap=400),
        Key(name=N_("RFC up to the last three"), ladder=("rfc[1:9]",), cap=20),
        Key(name=N_("distinctive words"), ladder=("core", "core || coalesce(trade, '')"), cap=40),
        Key(name=N_("name in one"), ladder=("joined",), cap=40),
        Key(name=N_("sound of the name"), ladder=("sound",), cap=40),
        Key(name=N_("a distinctive word"), ladder=("list_filter(words, lambda w: length(w) > 3)",),
            cap=15),
        Key(name=N_("first letters"), ladder=("joined[1:5]", "joined[1:8]"), cap=15),
        Key(name=N_("phone"), ladder=("phone",), cap=15),
        Key(name=N_("e-mail"), ladder=("email",), cap=15),
        Key(name=N_("address"), ladder=("address",), cap=15),
    ),
    training=(
        "l.rfc_valid = r.rfc_valid",
        "l.whole = r.whole",
        "l.phone = r.phone",
        "l.address = r.address",
    ),
    certain="l.whole = r.whole AND l.own AND r.own",
    identifiers=(Identifier(name="rfc", column="rfc_valid"),),
    rivals=(Rival(name=N_("as likely a sister firm"), odds=1.0),),
)  # fmt: skip
