"""How a load says that it states changes to its source's list, and what ends a listing.

Whoever reads changes writes them so; whoever merges loads or reads lists finds them by it.
"""

from __future__ import annotations

CHANGES = "delta"
"""How the part of a load begins that states changes to its source's list, not the list."""

REMOVAL = ("status", "removed")
"""What a change says of a listing that it ends: property and value."""
