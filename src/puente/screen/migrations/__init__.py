"""The guard's tables, step by step."""
