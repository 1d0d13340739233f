"""The casework tables, step by step."""
