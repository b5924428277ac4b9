"""`bin/bench [name]`: runs the benchmarks, prints a table of each and writes its figures as JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bin.benches import reconcile, simulator
from bin.benches.figures import Figure, table, write

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path("var/bench")  # the command starts us in the root of the checkout
BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {"reconcile": reconcile.run, "simulator": simulator.run}


def main() -> int:
    """Returns 1 when a figure misses its target: the table says which."""
    parser = argparse.ArgumentParser(prog="bin/bench", description="Runs the benchmarks; all of them without a name.")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="one benchmark")
    chosen: str | None = parser.parse_args().name
    missed = False
    for name in [chosen] if chosen else sorted(BENCHMARKS):
        print(f"=== {name}: this takes a minute or two", flush=True)
        figures = BENCHMARKS[name]()
        print(table(figures))
        print(f"--- {name}: written to {write(FOLDER, name, figures)}\n")
        missed = missed or any(figure.verdict == "MISSED" for figure in figures)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
