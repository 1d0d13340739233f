"""Writes a made-up world, or the hash of the code that makes them."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.discrepancy_worlds.write import VARIANTS, write
from bench.discrepancy_worlds_2.write import HERE, WORLDS, make, source_hash


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.discrepancy_worlds_2", description=__doc__
    )
    parser.add_argument("--world", choices=sorted(WORLDS))
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="plain")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--hash", action="store_true", help="write the hash of the code to HASH")
    asked = parser.parse_args()
    if asked.hash:
        (HERE / "HASH").write_text(source_hash() + "\n", encoding="ascii")
        print(source_hash())
    elif asked.world is None or asked.out is None:
        parser.error("give --world and --out, or --hash")
    elif asked.seed < 0:
        parser.error("a seed is a whole number from 0")
    else:
        write(make(asked.world, asked.seed, asked.variant), asked.out)


if __name__ == "__main__":
    main()
