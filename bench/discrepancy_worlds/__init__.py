"""Made-up countries on which a ranking of places by record discrepancy is judged.

The truth is known because it was put there: which places a group controls, for how long and how
deeply. Three worlds hide it in three ways (`suppression_a`, `suppression_b`, `suppression_c`), two
have nothing to find (`nulls`), and `holes` spoils any of them. `README.md` says what each believes
and what it makes hard. The code was fixed, and its hash written to `HASH`, before any ranking was
scored on it.

    python -m bench.discrepancy_worlds --world A --seed 1 --out DIR
"""
