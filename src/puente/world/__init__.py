"""A made-up two-country world, written as the files that real agencies would send.

The story, in the order in which `make.py` tells it: a map of places (`geography`), what goes on in
them and what of it is written down (`crime`), people and their families (`people`, `names`,
`identity`), their cars and firms (`vehicles`, `firms`), one hidden network among them (`network`),
what its agencies write about all this (`agencies`), with the mistakes that agencies make
(`mistakes`), and the truth (`truth`), which no other room may read.

People, cars and firms are functions of the seed and a number, not rows in memory: a world of a
million people takes no more memory than one of a thousand.
"""
