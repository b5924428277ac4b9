"""What the journeys take for the other language: also its shortest words, and no code of a country or of a currency."""

from __future__ import annotations

import pytest
from tests.journeys.ways import Language
from tests.journeys.words import strangers


@pytest.mark.parametrize(
    ("language", "texts", "found"),
    [
        ("fr", ["no", "No", "by", "id", "Non", "par", "NO", "BY", "EUR"], ["no", "No", "by", "id"]),
        ("en", ["de", "De", "Au", "à", "HT", "by", "DE", "AU", "FR"], ["de", "De", "Au", "à", "HT"]),
        ("fr", ["“Paid” to alice@example.org", "« Payé » à alice@example.org"], ["“Paid” to alice@example.org"]),
        ("fr", ["1 to 2", "Nom: 2. 3", "VPS; NAS"], []),
        ("en", ["1 – 2", "Payer 12,00 €"], ["Payer 12,00 €"]),
    ],
)
def test_the_other_language_is_known_by_its_words(language: Language, texts: list[str], found: list[str]) -> None:
    assert strangers(language, texts) == found
