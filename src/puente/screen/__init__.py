"""Screening: is this person, firm or ship one that a list names, and why one may think so."""
