"""Makes `.venv` and installs the locked dependencies, once: needs Python >= 3.11 and its standard library alone."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / "var" / "environment.log"
KINDS = ("runtime", "development")
# A person's own settings of pip that would send packages elsewhere.
LEAVE_OUT = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
QUIET_PIP = ("--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--root-user-action=ignore")
REPORT_EVERY = 10.0  # seconds, where there is no terminal to draw on


def main() -> None:
    """Set up one kind of environment, or find that it is there."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "runtime"
    if kind not in KINDS:
        sys.exit(f"bin/environment {kind}: say {' or '.join(KINDS)}.")
    if _satisfied(kind):
        return
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with (LOG.parent / "environment.lock").open("w") as lock:
            _wait_for(lock.fileno())
            if not _satisfied(kind):  # another run may have done it meanwhile
                _set_up(kind)
    except OSError as error:
        sys.exit(f"{ROOT} cannot be set up: {error.strerror} ({error.filename}). It must be a folder you may write to.")


def _set_up(kind: str) -> None:
    began = time.monotonic()
    lock = ROOT / "requirements" / f"{kind}.txt"
    count = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line.split(" ")[0])
    uv = shutil.which("uv")
    _make_venv(uv)
    _say(f"Installing {count} locked packages into .venv (about 400 MB; a minute or two with a fast connection)")
    if uv is not None:
        install = [uv, "pip", "install", "--python", str(PYTHON)]
    else:
        if not list(VENV.glob("lib/python*/site-packages/pip")):  # uv makes them so
            _run([str(PYTHON), "-m", "ensurepip"], 1)
        install = [str(PYTHON), "-m", "pip", "install", *QUIET_PIP]
    _run([*install, "--require-hashes", "-r", str(lock)], count)
    _run([*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], 1)
    stamp = VENV / f"{kind}.stamp"
    fresh = stamp.with_name(f".{stamp.name}.new")
    fresh.write_text(_key(kind, _version_of_venv()), encoding="ascii")
    fresh.replace(stamp)  # last: a broken set-up is begun again
    _say(f"Set up in {time.monotonic() - began:.0f} s")


def _make_venv(uv: str | None) -> None:
    version = _version_of_venv()
    ours = platform.python_version()
    place = VENV / "checkout"  # its scripts know the path at which they were made
    moved = place.is_file() and place.read_text(encoding="utf-8") != str(ROOT)
    chosen = bool(os.environ.get("PYTHON"))
    if version and not moved and not (chosen and version != ours):
        return
    if VENV.exists():
        _say(".venv was made elsewhere, or by another Python, or is broken: making it anew")
        shutil.rmtree(VENV)
    _say(f"Making .venv with Python {ours}")
    if uv is not None:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], 1)
    else:
        _must_have_venv()
        _run([sys.executable, "-m", "venv", str(VENV)], 1)
    place.write_text(str(ROOT), encoding="utf-8")


def _must_have_venv() -> None:
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
        import venv  # noqa: F401
    except ImportError:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        sys.exit(f"This Python cannot make a virtual environment. On Debian and Ubuntu: apt install {name}")


def _satisfied(kind: str) -> bool:
    """The development lock contains the runtime one, at the same versions."""
    version = _version_of_venv()
    if not version or (os.environ.get("PYTHON") and version != platform.python_version()):
        return False
    for enough in KINDS[KINDS.index(kind) :]:
        stamp = VENV / f"{enough}.stamp"
        if stamp.is_file() and stamp.read_text(encoding="ascii") == _key(enough, version):
            return True
    return False


def _key(kind: str, version: str) -> str:
    """Whatever makes an installed environment another one; its scripts know the path of the checkout."""
    total = hashlib.sha256()
    total.update((ROOT / "requirements" / f"{kind}.txt").read_bytes())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    # What the tools are told in the same file does not change what is installed.
    total.update(json.dumps([project["project"], project["build-system"], project["tool"]["setuptools"]]).encode())
    total.update(f"{version} {platform.platform()} {ROOT}".encode())
    return total.hexdigest()


def _version_of_venv() -> str:
    """Version of the Python of .venv; '' if it does not run."""
    if not PYTHON.exists():
        return ""
    command = [str(PYTHON), "-I", "-S", "-c", "import platform; print(platform.python_version())"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def _run(command: list[str], count: int) -> None:
    """Run a step; its words go to a log, its progress to the person."""
    environment = {name: value for name, value in os.environ.items() if name not in LEAVE_OUT}
    environment |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONNOUSERSITE": "1"}
    with LOG.open("w+", encoding="utf-8") as log:
        done = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        try:
            _watch(done, count)
        except BaseException:
            done.terminate()
            done.wait()
            raise
    if done.returncode != 0:
        lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()
        sys.exit(
            "\n".join([*lines[-15:], "", f"The set-up did not work; the reason stands above, all of it in {LOG}."])
        )


def _watch(step: subprocess.Popen[bytes], count: int) -> None:
    began = reported = time.monotonic()
    terminal = sys.stderr.isatty()
    while step.poll() is None:
        time.sleep(0.1)
        now = time.monotonic()
        if now - reported < (0.5 if terminal else REPORT_EVERY):
            continue
        reported = now
        text = f"  {_progress(count)}, {now - began:.0f} s"
        print(f"\r{text:<70}" if terminal else text, end="" if terminal else "\n", file=sys.stderr, flush=True)
    if terminal and reported > began:
        print(f"\r{'':<70}\r", end="", file=sys.stderr, flush=True)


def _progress(count: int) -> str:
    lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()
    if any(line.startswith("Installing collected packages") for line in lines):
        return "unpacking"
    collected = sum(line.startswith("Collecting ") for line in lines)
    return f"package {collected} of {count}" if collected else "working"


def _wait_for(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("Another run is setting up .venv: waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
