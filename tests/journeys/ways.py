"""In which ways a journey is made: language, device, light or dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

Language = Literal["fr", "en"]
Device = Literal["desktop", "phone"]
Scheme = Literal["light", "dark"]

JOURNEY = pytest.mark.journey
SIZES: dict[Device, tuple[int, int]] = {"desktop": (1280, 900), "phone": (390, 844)}


@dataclass(frozen=True)
class Way:
    """How somebody looks at the pages."""

    language: Language
    device: Device
    scheme: Scheme = "light"

    @property
    def beside(self) -> Way:
        """The same in the other language."""
        return Way("en" if self.language == "fr" else "fr", self.device, self.scheme)

    def __str__(self) -> str:
        dark = "-dark" if self.scheme == "dark" else ""
        return f"{self.language}-{self.device}{dark}"


FR_DESKTOP = Way("fr", "desktop")
FR_PHONE = Way("fr", "phone")
EN_DESKTOP = Way("en", "desktop")
EN_PHONE = Way("en", "phone")
FR_DARK = Way("fr", "desktop", "dark")
EN_DARK = Way("en", "phone", "dark")
ALL = (FR_DESKTOP, FR_PHONE, EN_DESKTOP, EN_PHONE)


def made(*ways: Way) -> pytest.MarkDecorator:
    """The journey is made in each of these ways."""
    return pytest.mark.parametrize("way", ways, ids=str)
