"""Runs every check with a heading and its time, all of them even if one fails; then says how it went.

With arguments it is pytest alone, with them; with `--long` and no path among them, the long forms of the proofs: the state machine in
hundreds of seeds, and the crashes. Called by `bin/test`, inside `.venv`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(sys.executable).parent
# The first is the same browser without a window to draw: the journeys cost half as much in it.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
APT = ("apt-get", "-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15")
# Four for two cores: the tests of whole processes wait more than they work. What shares one running demo stays together.
PYTEST = ("pytest", "-n", "4", "--dist", "loadgroup")
LONGEST = 250  # of a path, in signs
LONG_FORMS = ("tests/proofs", "tests/crashes")

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("import floors", ("lint-imports", "--no-logo")),
    ("migrations", ("python", "bin/check_migrations.py")),
    ("translations", ("python", "bin/check_translations.py")),
)

# Runs beside the others, on a core that waits; its words come when they are done.
BESIDE = ("types", ("mypy", "src", "tests", "bin"))


def main() -> int:
    """Run what is asked for; return the exit code."""
    os.chdir(ROOT)
    os.environ["PATH"] = f"{HERE}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if len(sys.argv) > 1:
        return _run(("pytest", *_asked(sys.argv[1:])))
    aside = ThreadPoolExecutor(1)
    types = aside.submit(_quietly, BESIDE[1])
    results = [(name, *_timed(name, command)) for name, command in CHECKS]
    left_out = "" if _chosen() else _install_browser()
    selection = ("-m", "not journey") if left_out else ()
    results.append(("tests", *_timed("tests", (*PYTEST, *selection))))
    code, seconds, told = types.result()
    print(f"\n=== {BESIDE[0]}: {' '.join(BESIDE[1])}\n{told}", flush=True)
    results.append((BESIDE[0], code, seconds))
    print("\n=== summary")
    for name, code, seconds in results:
        print(f"{'ok    ' if code == 0 else 'FAILED'}  {name:<14} {seconds:6.1f} s")
    if left_out:
        print(left_out)
    return 1 if any(code for _name, code, _seconds in results) else 0


def _asked(words: list[str]) -> list[str]:
    """What pytest is given: as it was said; a long form says each seed as it goes, on two processes, where nothing else was said."""
    if "--long" not in words:
        return words
    paths = [word for word in words if _is_path(word)] or LONG_FORMS
    spread = [] if any(word.startswith("-n") for word in words) else ["-n", "2", "--dist", "loadgroup"]
    return [*spread, "-v", *(word for word in words if word not in paths), *paths]


def _is_path(word: str) -> bool:
    """Whether it names something of the project; what `-k` is given may be longer than any name."""
    name = word.partition("::")[0]
    return len(name) <= LONGEST and (ROOT / name).exists()


def _timed(name: str, command: tuple[str, ...]) -> tuple[int, float]:
    print(f"\n=== {name}: {' '.join(command)}", flush=True)
    began = time.monotonic()
    code = _run(command)
    seconds = time.monotonic() - began
    print(f"--- {name}: {'ok' if code == 0 else 'FAILED'} in {seconds:.1f} s", flush=True)
    return code, seconds


def _quietly(command: tuple[str, ...]) -> tuple[int, float, str]:
    """Run it beside the others; return its code, its seconds and its words."""
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, time.monotonic() - began, done.stdout


def _run(command: tuple[str, ...]) -> int:
    program = shutil.which(command[0])
    if program is None:
        print(f"{command[0]} is not installed in .venv: remove .venv and run bin/test again.")
        return 1
    try:
        return subprocess.run([program, *command[1:]], check=False).returncode
    except KeyboardInterrupt:
        sys.exit(130)


def _chosen() -> bool:
    return bool(os.environ.get("JOURNEY_BROWSER") or shutil.which(BROWSERS[0]))


def _install_browser() -> str:
    """Install Debian's lightest Chromium where we may; return the sentence to close with if there is no browser at all."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"\n=== Chromium for the browser journeys: apt-get install {BROWSERS[0]}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (("update",), ("install", "-y", "--no-install-recommends", BROWSERS[0])):
            subprocess.run([*APT, *words], env=quiet, stdout=subprocess.DEVNULL, check=False)
    if any(shutil.which(name) for name in BROWSERS):
        return ""
    return "The browser journeys were left out: they need Chromium (Debian: apt install chromium); then bin/test again."


if __name__ == "__main__":
    sys.exit(main())
