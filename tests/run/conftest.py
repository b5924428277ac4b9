"""Folders of these tests."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other accounts can walk to, as a checkout usually is; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="comptoir-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
