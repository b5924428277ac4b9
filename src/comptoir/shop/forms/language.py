"""In which language one is written to."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

NAMES = {"fr": "Français", "en": "English"}  # a language is named in itself


class LanguageForm(forms.Form):
    """The language of mails and pages."""

    locale = forms.ChoiceField(label=_("Language"), choices=list(NAMES.items()))
