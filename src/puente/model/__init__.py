"""The vocabulary: statements, entities, identifiers, dates and places. Pure: it opens nothing."""
