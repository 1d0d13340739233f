"""Who may see what, for which purpose; and the log of every look."""
