"""Published results against what this package measures, one row a result.

    python -m benchmarks.literature [--quick] [--only NAME]

A row is *ok* where the measured value lies in the interval behind it; the exit status is 1 where a row is off. Nothing
depends on the clock or on chance: every random number has a fixed seed. The last table trains some four hundred small
networks and takes minutes; ``--quick`` takes fewer, with intervals that are wider accordingly.
"""

from __future__ import annotations

import argparse

from benchmarks.literature_results import REPRODUCTIONS
from benchmarks.literature_rows import Row

QUICK_SEEDS = 5


def main() -> int:
    """Print the tables; returns how many rows are off, at most 1."""
    parser = argparse.ArgumentParser(description="Published results against what this package measures.")
    parser.add_argument(
        "--quick", action="store_true", help=f"at most {QUICK_SEEDS} networks where several are averaged"
    )
    parser.add_argument("--only", choices=REPRODUCTIONS, action="append", help="these alone; may be given repeatedly")
    arguments = parser.parse_args()
    rows: list[Row] = []
    print(f"{'':54}{'published':>17}{'measured':>14}         allowed (why)\n")
    for name in arguments.only or REPRODUCTIONS:
        entry = REPRODUCTIONS[name]
        seeds = min(entry.seeds, QUICK_SEEDS) if arguments.quick else entry.seeds
        networks = f"; {seeds} networks" if entry.seeds > 1 else ""
        print(f"{entry.title} ({entry.source}{networks})")
        found = entry.rows(seeds)
        for row in found:
            print("  " + line(row), flush=True)
        print()
        rows += found
    print(f"{sum(row.ok for row in rows)} of {len(rows)} rows ok")
    return int(not all(row.ok for row in rows))


def line(row: Row) -> str:
    """One row: what, published, measured, the verdict, and the interval allowed."""
    return f"{row.what:<52}{row.published:>17}{row.measured:>14.6g}   {'ok' if row.ok else 'OFF':<6}{row.allowed}"


if __name__ == "__main__":
    raise SystemExit(main())
