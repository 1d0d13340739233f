"""A second set of made-up countries on which a ranking by record discrepancy is judged.

The first set (`bench.discrepancy_worlds`) is spent: rankings have been chosen with its scores in
sight. This one has the same formats and other mechanisms: `division_d` (a firm of many towns with
one task each), `sanctuary_e` (a home town kept calm, its work done next door) and `rent_f` (a hold
that comes and goes with the price of what the land yields); `nulls` have nothing to find. `oracle`
says how well a ranking could do that knows the mechanism. `README.md` says what each believes.

    python -m bench.discrepancy_worlds_2 --world D --seed 1 --out DIR
"""
