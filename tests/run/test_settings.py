"""Settings from the state folder, and their tables in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comptoir.conf import PREFIX, STORED, Conf, ConfigurationError, load

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_table_has_every_setting(language: str) -> None:
    text = (DOCS / language / "settings.md").read_text(encoding="utf-8")
    documented = re.findall(rf"^\| `{PREFIX}(\w+)`", text, flags=re.MULTILINE)
    assert sorted(documented) == sorted(name.upper() for name in Conf.model_fields)


def test_what_init_wrote_counts_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / STORED).write_text("# by init\nCOMPTOIR_URL=https://a.example\nCOMPTOIR_LOG=json\n", encoding="utf-8")
    settings = load({"COMPTOIR_HOME": str(tmp_path), "COMPTOIR_URL": "https://b.example"})
    assert (settings.url, settings.log) == ("https://b.example", "json")


def test_the_file_form_wins_too(tmp_path: Path) -> None:
    (tmp_path / STORED).write_text("COMPTOIR_URL=https://a.example\n", encoding="utf-8")
    (tmp_path / "url").write_text("https://b.example\n", encoding="utf-8")
    settings = load({"COMPTOIR_HOME": str(tmp_path), "COMPTOIR_URL_FILE": str(tmp_path / "url")})
    assert settings.url == "https://b.example"


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    (tmp_path / STORED).write_text("COMPTOIR_COLOUR=red\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="COMPTOIR_COLOUR is not a setting"):
        load({"COMPTOIR_HOME": str(tmp_path)})
