"""Who may sign in to the demo."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import Group

from comptoir.customers import actions, factors, roles
from comptoir.customers.models import User

ADMINISTRATOR = "admin@lumiere.example"
CUSTOMER = "camille@client.example"
# One more member of staff in each role, so that what each may see can be tried.
TEAM = {
    roles.BILLING: ("benoit@lumiere.example", "Benoît", "Roux"),
    roles.SUPPORT: ("salome@lumiere.example", "Salomé", "Petit"),
    roles.READ_ONLY: ("lena@lumiere.example", "Léna", "Blanc"),
}
# Passwords are made for each state folder, of words that one can type from a screen.
WORDS = (
    *("ardoise", "bougie", "canal", "cerise", "cobalt", "comptoir", "cristal", "dune", "ebene", "escale", "fanal"),
    *("figue", "galet", "girouette", "givre", "horizon", "iris", "jardin", "lanterne", "lavande", "lierre", "marine"),
    *("miroir", "moulin", "nacre", "noisette", "olivier", "ormeau", "papier", "perle", "phare", "pivoine", "plume"),
    *("ponton", "quai", "quartz", "rivage", "roseau", "sable", "safran", "sillage", "tilleul", "velours", "verger"),
)


def administrator(password: str | None) -> dict[str, str]:
    """The member of staff; the password given is the one told at an earlier start."""
    user, told = _user(ADMINISTRATOR, password, first_name="Alix", last_name="Martin")
    if not user.is_superuser:
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    return told


def team(passwords: dict[str, str]) -> list[dict[str, str]]:
    """The others of the team; `passwords` are those told at an earlier start, by address. A role that was changed stays changed."""
    told = []
    for role, (email, first_name, last_name) in TEAM.items():
        fresh = not User.objects.filter(email=email).exists()
        user, words = _user(email, passwords.get(email), first_name=first_name, last_name=last_name)
        if fresh:
            User.objects.filter(pk=user.pk).update(is_staff=True)
            user.groups.set(Group.objects.filter(name=role))
        told.append({"role": role, **words})
    return told


def customer(password: str | None) -> dict[str, str]:
    """A customer with a full address, who may pay in test mode."""
    user, told = _user(CUSTOMER, password, first_name="Camille", last_name="Durand")
    customer = actions.register(user=user, tester=True, locale="fr")
    if not customer.has_address:
        actions.save_profile(
            customer=customer,
            first_name="Camille",
            last_name="Durand",
            company="",
            address="12 rue des Lanternes",
            postcode="69001",
            city="Lyon",
            country="FR",
        )
    return told


def _user(email: str, password: str | None, *, first_name: str, last_name: str) -> tuple[User, dict[str, str]]:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, first_name=first_name, last_name=last_name)
        password = None
    if password is None:
        password = f"{'-'.join(secrets.choice(WORDS) for _ in range(3))}-{secrets.randbelow(90) + 10}"
        user.set_password(password)
        user.save(update_fields=["password"])
        factors.confirm_address(user)
    return user, {"email": email, "password": password}
