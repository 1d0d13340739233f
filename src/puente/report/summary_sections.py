"""Every section of the report in words: what was found, how sure it is, what it cannot say."""

from __future__ import annotations

from puente.report.summary_limits_section import limits_section
from puente.report.summary_ownership_section import ownership_section, status_label
from puente.report.summary_places_section import places_section
from puente.report.summary_quality_section import as_of_text, quality_section, read_findings
from puente.report.summary_records_section import links_section, rejects_section, sources_section
from puente.report.summary_screening_section import reasons_text, screening_section, verdict_label
from puente.report.summary_steps_section import steps_section

__all__ = [
    "as_of_text",
    "limits_section",
    "links_section",
    "ownership_section",
    "places_section",
    "quality_section",
    "read_findings",
    "reasons_text",
    "rejects_section",
    "screening_section",
    "sources_section",
    "status_label",
    "steps_section",
    "verdict_label",
]
