"""The command line: one command per verb of the trade."""
