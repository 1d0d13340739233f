"""The agencies and publishers of the made-up world: each writes what it knows in its own layout."""
