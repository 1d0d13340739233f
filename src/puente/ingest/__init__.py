"""The way in: a source's files become claims in the lake; what cannot be read is kept as reject."""
