"""Which passwords are refused for being their owner's name or address, and which are not."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from comptoir.customers.models import User

NORA = User(email="nora@lumiere.example", first_name="Nora", last_name="Durand")


@pytest.mark.parametrize(
    "password", ["ormeau-lampe-sentier-72", "nora-sentier-ormeau", "correct horse battery", "Durance-riviere-9"]
)
def test_a_passphrase_is_taken_whatever_letters_it_shares_with_the_address(password: str) -> None:
    validate_password(password, NORA)


@pytest.mark.parametrize(
    "password", ["nora@lumiere.example1", "Nora-Durand-1", "DURAND_nora_1987", "lumiere.example", "nora12nora34"]
)
def test_a_name_or_an_address_with_a_little_more_is_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, NORA)
    assert "own_words" in [error.code for error in refused.value.error_list]
