"""Patterns of those who stand behind: what to look at, with what speaks for it and against it."""
