"""Sample content for the design sheet; all of it is made up."""

from __future__ import annotations

from typing import Any

from puente.guard.actors import PURPOSES
from puente.i18n import gettext as _
from puente.model.provenance import TLP_ORDER, Credibility, RecordClass, Reliability
from puente.report.pictures import steps_picture, waterfall_picture
from puente.web.words import purpose_label


def specimen() -> dict[str, Any]:
    """Return what the design sheet shows: every part that pages are made of."""
    why = [
        {"field": "prior", "left": "", "right": "", "level": "", "weight": -13.2},
        {"field": "name", "left": "A", "right": "B", "level": _("same name"), "weight": 11.4},
        {"field": "birth_date", "left": "", "right": "", "level": _("same day"), "weight": 8.1},
        {"field": "sex", "left": "", "right": "", "level": _("differs"), "weight": -2.6},
    ]
    return {
        "kinds": ["Person", "Company", "Organization", "Vehicle", "Vessel", "Airplane", "Address",
                  "BankAccount", "Detention", "Ownership", "Thing"],
        "markings": [*TLP_ORDER, "TLP:AMBER//REL MX US"],
        "grades": list(zip([r.value for r in Reliability], [c.value for c in Credibility],
                           strict=True)),
        "verdicts": ["same", "possible", "kin", "not"],
        "classes": [c.value for c in RecordClass],
        "strengths": ["confirmed", "probable", "possible"],
        "figures": [
            {"figure": "7", "name": _("sources"), "of": _("made up"), "href": ""},
            {"figure": "1,204", "name": _("statements"), "of": _("made up"), "href": "/design"},
            {"figure": "310", "name": _("entities"), "of": _("made up"), "href": ""},
        ],
        "purposes": [(name, purpose_label(name)) for name in PURPOSES],
        # A picture's ids come from its content and size: one page must not hold it twice alike.
        "pictures": {
            theme: (
                steps_picture({0: 12, 1: 40, 2: 96, 3: 31}, unreached=131, width=width),
                waterfall_picture(why, width=width),
            )
            for theme, width in (("light", 580), ("dark", 581))
        },
        "colours": ["bg", "surface", "well", "ink", "ink-soft", "line", "edge", "river",
                    "river-strong", "river-wash", "amber", "amber-wash", "brick", "brick-wash",
                    "c-seq-1", "c-seq-2", "c-seq-3", "c-seq-4", "c-seq-5"],
    }  # fmt: skip
