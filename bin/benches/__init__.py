"""The benchmarks behind `bin/bench`: one module each, with `run() -> list[Figure]`."""
