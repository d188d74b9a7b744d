"""Published results against what this package measures, one row a result.

    python -m benchmarks.literature [--quick] [--only NAME]

A row is *ok* where the measured value lies in the interval beside it. The last table trains some four hundred
small networks and takes minutes; ``--quick`` averages over 3 networks where it would take more.
"""

from __future__ import annotations

import argparse

from benchmarks.literature_results import REPRODUCTIONS, Row

QUICK_SEEDS = 3


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Published results against what this package measures.")
    parser.add_argument(
        "--quick", action="store_true", help=f"at most {QUICK_SEEDS} networks where several are averaged"
    )
    parser.add_argument("--only", choices=REPRODUCTIONS, action="append", help="these alone; may be given repeatedly")
    arguments = parser.parse_args()
    rows: list[Row] = []
    for name in arguments.only or REPRODUCTIONS:
        entry = REPRODUCTIONS[name]
        seeds = min(entry.seeds, QUICK_SEEDS) if arguments.quick else entry.seeds
        networks = f", mean over {seeds} networks" if entry.seeds > 1 else ""
        print(f"{entry.title} ({entry.source}{networks})")
        found = entry.rows(seeds)
        for row in found:
            print("  " + line(row), flush=True)
        print()
        rows += found
    print(f"{sum(row.ok for row in rows)} of {len(rows)} rows ok")


def line(row: Row) -> str:
    """One row: what, published, measured, the interval allowed, and the verdict."""
    allowed = row.allowed or f"{row.low:.4g} … {row.high:.4g}"
    return f"{row.what:<52}{row.published:>16}{row.measured:>14.6g}   {allowed:<26}{'ok' if row.ok else 'OFF'}"


if __name__ == "__main__":
    main()
