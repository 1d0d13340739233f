"""The resolve tables, step by step."""
