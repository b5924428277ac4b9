"""What is sold: the shop's own settings, tax rates, groups, products and their prices."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import get_language, gettext_lazy as _

from comptoir.kernel.money import Money, percent


class Cycle(models.TextChoices):
    """How often a product is billed; the addresses of the shop use these words."""

    ONCE = "once", _("once")
    WEEKLY = "weekly", _("weekly")
    MONTHLY = "monthly", _("monthly")
    QUARTERLY = "quarterly", _("quarterly")
    SEMIANNUALLY = "semiannually", _("every six months")
    ANNUALLY = "annually", _("yearly")
    BIENNIALLY = "biennially", _("every two years")
    TRIENNIALLY = "triennially", _("every three years")


class Named(models.Model):
    """A name in both languages of the shop; a missing one is shown in the other."""

    name_fr = models.CharField(_("name (French)"), max_length=120, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def name_in(self, locale: str) -> str:
        """The name in a language."""
        return (self.name_fr or self.name_en) if locale.startswith("fr") else (self.name_en or self.name_fr)

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.name_in(get_language() or "en")


class TaxRate(Named):
    """A rate of value added tax, in basis points: 2000 is 20 %."""

    name_fr = models.CharField(_("name (French)"), max_length=60, blank=True)  # as long as an invoice's lines keep it
    name_en = models.CharField(_("name (English)"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2)
    basis_points = models.PositiveIntegerField(_("rate, in hundredths of a percent"))

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")

    def __str__(self) -> str:
        return f"{self.name} ({percent(self.basis_points)})"


class Shop(models.Model):
    """The shop's own settings: one row."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, default="Comptoir")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    country = models.CharField(_("country"), max_length=2, default="FR")
    support_email = models.EmailField(_("support address"), blank=True)
    terms_url = models.URLField(_("address of the terms of sale"), blank=True)
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    tax_rate = models.ForeignKey(TaxRate, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("tax rate"))
    new_customers_are_testers = models.BooleanField(_("new customers are testers"), default=False)

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shop")
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="catalogue_shop_only_one")]

    def __str__(self) -> str:
        return self.name


class Texts(Named):
    """A name and a description in both languages of the shop."""

    description_fr = models.TextField(_("description (French), a line a feature"), blank=True)
    description_en = models.TextField(_("description (English), a line a feature"), blank=True)

    class Meta:
        abstract = True

    @property
    def description(self) -> str:
        """The description in the active language."""
        french, english = self.description_fr, self.description_en
        return (french or english) if (get_language() or "en").startswith("fr") else (english or french)

    @property
    def features(self) -> list[str]:
        """The description's lines."""
        return [line.strip() for line in self.description.splitlines() if line.strip()]


class Group(Texts):
    """A group of products, with an address of its own."""

    slug = models.SlugField(_("address"), unique=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    visible = models.BooleanField(_("visible"), default=True)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["position", "id"]


class Product(Texts):
    """Something that is sold and then delivered by a driver. Free, one-off or recurring: its prices say which."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="products", verbose_name=_("group"))
    driver = models.CharField(_("delivery driver"), max_length=60, default="manual")
    driver_settings = models.JSONField(_("settings of the driver"), default=dict, blank=True)
    tax_rate = models.ForeignKey(TaxRate, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("tax rate"))
    default_cycle = models.CharField(_("default cycle"), max_length=16, choices=Cycle, default=Cycle.MONTHLY)
    highlighted = models.BooleanField(_("highlighted"), default=False)
    position = models.PositiveIntegerField(_("position"), default=0)
    visible = models.BooleanField(_("visible"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "id"]


class Price(models.Model):
    """The price of a product for a cycle in a currency, in minor units; with or without tax as the shop says."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="prices", verbose_name=_("product"))
    cycle = models.CharField(_("cycle"), max_length=16, choices=Cycle)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    amount_minor = models.BigIntegerField(_("amount, minor units"), validators=[MinValueValidator(0)])
    setup_minor = models.BigIntegerField(_("set-up fee, minor units"), default=0, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["product", "cycle", "currency"], name="catalogue_price_once"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=0, setup_minor__gte=0), name="catalogue_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} / {self.get_cycle_display()}"

    @property
    def amount(self) -> Money:
        """The price of one period."""
        return Money(self.amount_minor, self.currency)

    @property
    def setup(self) -> Money:
        """What is paid once, at the beginning."""
        return Money(self.setup_minor, self.currency)
