"""Report: what was found, for people (pictures, page, PDF) and for other tools (formats)."""
