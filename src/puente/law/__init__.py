"""The law room: instruments as dated, sourced data, and what they say on a given record.

Pure: it reads nothing but its own instruments. It says what is supported under which reading, never
that a person or an organisation has done anything.
"""
