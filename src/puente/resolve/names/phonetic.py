"""How a Spanish speaker hears a name: the fold under which `Cevallos` and `Zeballos` are one."""

from __future__ import annotations

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"PH", "F"),
        (r"CH", "\x01"),
        (r"SH", "\x01"),
        (r"H", ""),
        (r"[SXZ]?C(?=[EI])", "S"),
        (r"X", "J"),
        (r"LL(?=[AEIOUY])", "Y"),
        (r"Z", "S"),
        (r"G(?=[EI])", "J"),
        (r"Q(?:U(?=[EI]))?", "K"),
        (r"C", "K"),
        (r"[VW]", "B"),
        (r"N(?=[BP])", "M"),
        (r"^S(?=[BDFGKLMNPRT])", "ES"),
        (r"Y(?![AEIOU])", "I"),
        (r"^I(?=[AEIOU])", "Y"),
        (r"([A-Z\x01])\1+", r"\1"),
        ("\x01", "CH"),
    )
)


def phonetic(token: str) -> str:
    """Return how a folded word sounds in Mexican Spanish, spelled one way.

    B, V and W are one; so are S, Z and soft C; hard C, K and QU; LL and Y; J, X and soft G; H is
    silent but in CH; doubled letters count once.

    Args:
        token: one word as `fold` gives it. A word not in Latin letters is returned as it is.

    Source: the reference rules of Spanish name blocking (LL>Y, Z>S, V>B, CE>SE, CI>SI, H silent,
        Ñ>N, X>J), widened by seseo, yeísmo and the spelling doublets of Mexican registers.
    Limits: coarse on purpose: a key to find candidates, or a second look beside the spelling.
    """
    if not token.isascii():
        return token
    heard, previous = token, ""
    while heard != previous:
        previous = heard
        for pattern, replacement in _RULES:
            heard = pattern.sub(replacement, heard)
    return heard or token
