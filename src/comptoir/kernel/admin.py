"""What the back office's pages of every noun share: lists that do not count, pages of facts, and how values are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin import utils
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, gettext_lazy as _, pgettext_lazy
from django.views.decorators.http import require_safe

from comptoir.kernel import audit
from comptoir.kernel.models import Alert, StateChange
from comptoir.kernel.money import Money
from comptoir.kernel.shown import language, mode, shown, state
from comptoir.kernel.words import Words

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    _ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
    Inline = admin.TabularInline[Any, Any]
else:  # Django's own classes take no parameters
    _ModelAdmin = admin.ModelAdmin
    ModelForm = forms.ModelForm
    Inline = admin.TabularInline

PER_PAGE = 50
LAST_PAGE = 200  # deeper pages cost the database more with each one; a search or a filter leads there sooner


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row with its label. `name` is the column's, for tests and styles."""

    name: str
    label: str
    html: SafeString
    is_amount: bool


def cell(page: admin.ModelAdmin[Any], row: models.Model, name: str, *, plain: bool = False) -> Cell:
    """The value of a field or of a method of the page, by name; `plain` without a link to another page."""
    field, attribute, value = utils.lookup_field(name, row, page)
    value = str(value) if plain and isinstance(value, models.Model) else value
    label = capfirst(str(utils.label_for_field(name, page.model, page)))
    if name == "mode":
        html = mode(str(value))
    elif name == "state":
        html = state(str(value), row.get_state_display())  # type: ignore[attr-defined]  # every noun with a state has it
    elif name == "locale":
        html = shown(language(str(value)))
    elif getattr(attribute, "boolean", False):
        html = shown(bool(value))
    else:
        html = shown(value, field if isinstance(field, models.Field) else None)
    return Cell(name, label, html, is_amount=isinstance(value, Money))


class Rows(ChangeList):
    """A list that never counts: one row more than a page is read, and says whether there is a next one."""

    has_next = False

    def get_results(self, request: HttpRequest) -> None:  # noqa: ARG002 - Django's form
        """Read one page."""
        self.page_num = min(max(self.page_num, 1), LAST_PAGE)
        first = (self.page_num - 1) * self.list_per_page
        found = list(self.queryset[first : first + self.list_per_page + 1])
        self.has_next = len(found) > self.list_per_page and self.page_num < LAST_PAGE
        self.result_list = found[: self.list_per_page]
        self.result_count = len(self.result_list)
        self.full_result_count = None
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = False
        self.multi_page = self.has_next or self.page_num > 1

    @cached_property
    def table(self) -> list[tuple[str, list[Cell]]]:
        """Each row: the address of its page, and its cells. The first one is the link, so it holds none of its own."""
        names = [str(name) for name in self.list_display]
        return [
            (self.url_for_result(row), [cell(self.model_admin, row, name, plain=name == names[0]) for name in names])
            for row in self.result_list
        ]

    @property
    def heads(self) -> list[Cell]:
        """The cells of the first row, for the labels above them."""
        return self.table[0][1] if self.table else []

    @property
    def filters(self) -> list[tuple[str, list[Mapping[str, object]]]]:
        """Each filter: its title, and its choices as Django gives them."""
        return [(str(spec.title), list(spec.choices(self))) for spec in self.filter_specs]

    @property
    def next_page(self) -> str:
        """Query of the next page, '' on the last."""
        return self.get_query_string({"p": self.page_num + 1}) if self.has_next else ""

    @property
    def previous_page(self) -> str:
        """Query of the page before, '' on the first."""
        return self.get_query_string({"p": self.page_num - 1}) if self.page_num > 1 else ""


class ModeFilter(admin.SimpleListFilter):
    """Live or test; Django's own filter would ask the database which modes there are."""

    title = _("mode")
    parameter_name = "mode"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, _StrOrPromise]]:  # noqa: ARG002 - Django's form
        """Both modes."""
        return [("live", _("live")), ("test", _("test"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - Django's form
        """Rows of the chosen mode."""
        return queryset.filter(mode=self.value()) if self.value() in {"live", "test"} else queryset


class ShowFilter(admin.SimpleListFilter):
    """Choices that are conditions of our own, in the order given: word, label, condition."""

    title = _("show")
    parameter_name = "show"
    conditions: tuple[tuple[str, _StrOrPromise, models.Q], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, _StrOrPromise]]:  # noqa: ARG002 - Django's form
        """The words and their labels."""
        return [(word, label) for word, label, _condition in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - Django's form
        """Rows that meet the chosen condition."""
        chosen = [condition for word, _label, condition in self.conditions if word == self.value()]
        return queryset.filter(*chosen)


class Page(_ModelAdmin):
    """Lists without a count, without bulk actions, and in one order: the order that an index gives."""

    actions = None
    list_per_page = PER_PAGE
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    found_by: tuple[str, ...] = ()  # exact and beginning look-ups that an index answers
    upper_case = False  # what is searched for is written in capitals
    heading: _StrOrPromise = ""  # of the list, where it is not the noun's plural

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - Django's form
        """Our list."""
        return Rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, named as its heading: Django's own title asks to select an object."""
        title = self.heading or capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002 - Django's form
        """Whether there is a search field, and what it looks at."""
        return self.found_by

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Take the term as one word: the whole or the beginning of a number or an id, where `_` and `%` are letters."""
        del request
        term = search_term.strip()
        if not term:
            return queryset, False
        term = term.upper() if self.upper_case else term
        condition = models.Q()
        for lookup in self.found_by:
            condition |= models.Q(**{lookup: term})
        return queryset.filter(condition), any(
            utils.lookup_spawns_duplicates(self.opts, each) for each in self.found_by
        )

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Plain choices: without the buttons that open other forms in windows."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What something else holds stays: whatever was ever ordered, billed or used is part of a history."""
        return super().has_delete_permission(request, obj) and (obj is None or not held(obj))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row; before a form changes it, how it stands is remembered for the audit trail."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST":
            row.as_it_was = audit.snapshot(row)
        return row

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Note what was added, for the history of changes and for the audit trail."""
        audit.record(who=_who(request), verb="added", on=obj, after=audit.snapshot(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Note what was changed, with before and after."""
        _note_change(request, obj, obj.as_it_was)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Note what is deleted: called before it is."""
        for row in queryset:
            audit.record(who=_who(request), verb="deleted", on=row, before=audit.snapshot(row))
        return super().log_deletions(request, queryset)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 - Django's form
        """Note what is added, changed and deleted on the page of another row: a product's prices."""
        keys = [each.instance.pk for each in formset.forms if each.instance.pk]
        stored = formset.model._base_manager.filter(pk__in=keys)  # noqa: SLF001 - Django's documented way to all rows
        before = {row.pk: audit.snapshot(row) for row in stored}
        held_by = {id(each.instance): each.instance.pk for each in formset.forms}
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            audit.record(who=_who(request), verb="added", on=row, after=audit.snapshot(row))
        for row, _fields in formset.changed_objects:
            _note_change(request, row, before[row.pk])
        for row in formset.deleted_objects:  # which have lost their keys by now
            thing = replace(audit.Thing.of(row), key=str(held_by[id(row)]))
            audit.record(who=_who(request), verb="deleted", on=thing, before=before[held_by[id(row)]])

    def get_urls(self) -> list[URLPattern]:
        """Without Django's forwarding address for links of the year 2015."""
        return [pattern for pattern in super().get_urls() if pattern.name is not None]


def _who(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"


def _note_change(request: HttpRequest, row: models.Model, before: Mapping[str, object]) -> None:
    after = audit.snapshot(row)
    if after != before:
        audit.record(who=_who(request), verb="changed", on=row, before=before, after=after)


def held(row: models.Model) -> bool:
    """Whether a row that must not lose it points to this one."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()  # noqa: SLF001 - see below
        for relation in row._meta.related_objects  # noqa: SLF001 - Django's public, if underscored, model options
        if relation.on_delete is models.PROTECT
    )


class Facts(Page):
    """Rows that nobody adds, changes or deletes here: a list, and a page with the facts and the history of states."""

    facts: tuple[str, ...] = ()
    noun = ""  # as the history of states names it
    page_template = "admin/facts.html"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's form
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's form
        """Nobody may."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's form
        """Nobody may."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """A list and a page, and no others."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("", self.admin_site.admin_view(require_safe(self.changelist_view)), name=f"{name}_changelist"),
            path("<str:object_id>/", self.admin_site.admin_view(require_safe(self.page)), name=f"{name}_change"),
        ]

    def page(
        self, request: HttpRequest, object_id: str, more: Mapping[str, object] | None = None, status: int = 200
    ) -> HttpResponse:
        """The page of one row. Raises Http404, PermissionDenied."""
        row = self.get_object(request, utils.unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404(gettext("There is no such page."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.name_of(row),
            "plural": self.heading,
            "original": row,
            "facts": [cell(self, row, name) for name in self.facts],
            "history": history(self.noun, row),
            **(more or {}),
        }
        return TemplateResponse(request, self.page_template, context, status=status)

    def name_of(self, row: Any) -> str:
        """What stands at the top of the page."""
        return str(row)


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a row's state, in words."""

    at: dt.datetime
    state: SafeString
    who: str
    why: Words


def words_of(model: type[models.Model]) -> dict[str, _StrOrPromise]:
    """The words of a noun's states."""
    field = model._meta.get_field("state")  # noqa: SLF001 - Django's public, if underscored, model options
    return dict(field.flatchoices) if isinstance(field, models.Field) else {}


def history(noun: str, row: models.Model) -> list[Step]:
    """How a row came to its state, from the first move."""
    if not noun:
        return []
    words = words_of(type(row))
    moves = StateChange.objects.filter(noun=noun, object_id=str(row.pk)).order_by("id")
    return [
        Step(move.at, state(move.to_state, words.get(move.to_state, move.to_state)), move.who, move.why)
        for move in moves
    ]


class AlertShow(ShowFilter):
    """Open ones are what somebody must see to."""

    conditions = (
        ("open", pgettext_lazy("alerts", "open"), models.Q(closed_at__isnull=True)),
        ("closed", pgettext_lazy("alerts", "closed"), models.Q(closed_at__isnull=False)),
    )


@admin.register(Alert)
class AlertAdmin(Facts):
    """What a person must see; closing it is a view of the back office."""

    list_display = ("short", "raised_at", "closed_at")
    list_filter = (AlertShow,)
    facts = ("text", "key", "raised_at", "closed_at")
    page_template = "backoffice/alert.html"
    LONGEST = 400  # characters: what it means for the money often stands at the end of a text

    @admin.display(description=_("alert"))
    def short(self, row: Alert) -> str:
        """The text, to be read rather than to be found: its beginning where it is very long."""
        return format_html('<span class="sentence">{}</span>', Truncator(str(row.text)).chars(self.LONGEST))

    def name_of(self, row: Alert) -> str:
        """An alert is named by its number: its text is the page."""
        return gettext("Alert %(number)s") % {"number": row.pk}
