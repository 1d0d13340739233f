"""Puente joins the records that agencies on both sides of a border hold.

Records become statements, statements become entities, entities become a network, and every look
at them is for a named purpose and leaves a trace.
"""

__version__ = "0.1.0"
