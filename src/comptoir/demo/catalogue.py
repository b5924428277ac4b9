"""What the demo's shop sells."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from comptoir.catalogue import queries
from comptoir.catalogue.models import Cycle, Group, Price, Product, Shop, TaxRate

NAME = "Hébergeur Lumière"
CURRENCY = "EUR"


@dataclass(frozen=True)
class Item:
    """A product. Texts are French, then English; prices are a cycle's (price, set-up fee) in cents, tax included."""

    name: tuple[str, str]
    description: tuple[str, str]
    prices: dict[Cycle, tuple[int, int]]
    default: Cycle
    driver: str = "instant"
    highlighted: bool = False


@dataclass(frozen=True)
class Shelf:
    """A group of products."""

    slug: str
    name: tuple[str, str]
    description: tuple[str, str]
    items: tuple[Item, ...]


VPS = Shelf(
    slug="vps",
    name=("Serveurs VPS", "VPS servers"),
    description=(
        "Livrés en moins d’une minute après le paiement.",
        "Delivered less than a minute after payment.",
    ),
    items=(
        Item(
            name=("VPS Bougie", "VPS Candle"),
            description=(
                "1 vCPU, 2 Go de mémoire\n25 Go NVMe\nSauvegarde hebdomadaire",
                "1 vCPU, 2 GB of memory\n25 GB NVMe\nWeekly backup",
            ),
            prices={Cycle.MONTHLY: (499, 0), Cycle.ANNUALLY: (4990, 0)},
            default=Cycle.ANNUALLY,
        ),
        Item(
            name=("VPS Lanterne", "VPS Lantern"),
            description=(
                "2 vCPU, 4 Go de mémoire\n60 Go NVMe\nSauvegarde quotidienne",
                "2 vCPU, 4 GB of memory\n60 GB NVMe\nDaily backup",
            ),
            prices={Cycle.MONTHLY: (999, 500), Cycle.ANNUALLY: (9990, 0)},
            default=Cycle.ANNUALLY,
            highlighted=True,
        ),
        Item(
            name=("VPS Phare", "VPS Lighthouse"),
            description=(
                "4 vCPU, 8 Go de mémoire\n120 Go NVMe\nSauvegarde quotidienne, 30 jours",
                "4 vCPU, 8 GB of memory\n120 GB NVMe\nDaily backup, 30 days",
            ),
            prices={Cycle.MONTHLY: (1999, 1900), Cycle.ANNUALLY: (19990, 1900)},
            default=Cycle.ANNUALLY,
        ),
    ),
)
WEB = Shelf(
    slug="web",
    name=("Hébergement web", "Web hosting"),
    description=(
        "Un site, sa base de données et ses boîtes aux lettres.",
        "A site, its database and its mailboxes.",
    ),
    items=(
        Item(
            name=("Web Étincelle", "Web Spark"),
            description=(
                "Une page, 100 Mo\nHTTPS compris\nGratuit, pour essayer",
                "One page, 100 MB\nHTTPS included\nFree, to try it",
            ),
            prices={Cycle.ANNUALLY: (0, 0)},
            default=Cycle.ANNUALLY,
        ),
        Item(
            name=("Web Flamme", "Web Flame"),
            description=(
                "10 Go, 20 boîtes aux lettres\nPHP et Python\nSauvegarde quotidienne",
                "10 GB, 20 mailboxes\nPHP and Python\nDaily backup",
            ),
            prices={Cycle.MONTHLY: (390, 0), Cycle.ANNUALLY: (3900, 0)},
            default=Cycle.MONTHLY,
        ),
    ),
)
HELP = Shelf(
    slug="aide",
    name=("Coups de main", "A helping hand"),
    description=("Par notre équipe, à Lyon.", "By our team in Lyon."),
    items=(
        Item(
            name=("Certificat d’entreprise", "Company certificate"),
            description=(
                "Une fois pour toutes\nLivré aussitôt\nPour un nom de domaine",
                "Once and for all\nDelivered at once\nFor one domain name",
            ),
            prices={Cycle.ONCE: (2900, 0)},
            default=Cycle.ONCE,
        ),
        Item(
            name=("Déménagement de site", "Moving your site"),
            description=(
                "Nous déménageons votre site\nSans coupure, sous deux jours\nFait à la main",
                "We move your site\nWithout interruption, within two days\nDone by hand",
            ),
            prices={Cycle.ONCE: (7900, 0)},
            default=Cycle.ONCE,
            driver="manual",
        ),
    ),
)
SHELVES = (VPS, WEB, HELP)


def load() -> None:
    """Fill the shop, unless it has groups already."""
    with transaction.atomic():
        shop = Shop.objects.select_for_update().get(pk=queries.shop().pk)
        if Group.objects.exists():
            return
        shop.name = NAME
        shop.currency = CURRENCY
        shop.country = "FR"
        shop.support_email = "aide@lumiere.example"
        shop.prices_include_tax = True
        shop.tax_rate = TaxRate.objects.create(name_fr="TVA", name_en="VAT", country="FR", basis_points=2000)
        shop.new_customers_are_testers = True  # the demo's Stripe is in test mode
        shop.save()
        for position, shelf in enumerate(SHELVES):
            _fill(shelf, position)


def _fill(shelf: Shelf, position: int) -> None:
    group = Group.objects.create(slug=shelf.slug, position=position, **_texts(shelf.name, shelf.description))
    for place, item in enumerate(shelf.items):
        product = Product.objects.create(
            group=group,
            driver=item.driver,
            default_cycle=item.default,
            highlighted=item.highlighted,
            position=place,
            **_texts(item.name, item.description),
        )
        Price.objects.bulk_create(
            Price(product=product, cycle=cycle, currency=CURRENCY, amount_minor=amount, setup_minor=setup)
            for cycle, (amount, setup) in item.prices.items()
        )


def _texts(name: tuple[str, str], description: tuple[str, str]) -> dict[str, str]:
    return {
        "name_fr": name[0],
        "name_en": name[1],
        "description_fr": description[0],
        "description_en": description[1],
    }
