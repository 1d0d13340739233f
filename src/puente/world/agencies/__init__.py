"""Fourteen agencies and three publishers: each writes what it knows in a layout of its own."""
