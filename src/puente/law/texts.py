"""A text in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from puente.i18n import current_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of an instrument, in English and in Spanish.

    Source: Puente's own format; the words are the drafter's unless they stand in quotation marks.
    """

    en: str
    es: str

    def in_language(self, language: str = "") -> str:
        """Return the text in `en` or `es`; in the current language where none is named."""
        return self.es if (language or current_language()) == "es" else self.en

    def __str__(self) -> str:
        return self.in_language()
