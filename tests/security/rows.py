"""The words in which the table of addresses is written.

One row is one address: its name, what each role gets by GET, what each gets by POST, the things that its path is made of. Most rows
of the back office are one line of one of these two:

    page("backoffice:audit", "vera olive")                                  shown to those two, 403 to the rest of the team
    deed("backoffice:alert_close", "sybil boris olive", ">admin:kernel_alert_changelist", "alert")
                                                                            done by those three by POST, and then they are led there

An answer is a status, `>name` for where it leads (the name of an address), `>outside` for the provider, or `in` for the sign-in
page. One word stands for everybody; `by("404", alice="200")` names those who get something else; `signed("200")` is for whoever is
signed in. Things (`"alert"` above) are keys of `World.ids` in `world.py`: a new kind of thing is made there.

Roles, in `ROLES`: a guest; Alice, whose things they are; Bob, another customer; Nina, an owner who has not set up her second factor
yet, which is required here; Sam, staff without a role; Vera, read-only; Sybil, support; Boris, billing; Olive, the owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.security.world import ROLES

Answers = str | Mapping[str, str]

TEAM = "sam vera sybil boris olive"  # all staff with a second factor, whatever they may do
READERS = "vera sybil boris olive"
MONEY = "vera boris olive"
PAYERS = "boris olive"
SYSTEM = "vera olive"
OWNER = "olive"
EVERYBODY = " ".join(ROLES)
SIGNED_IN = " ".join(ROLES[1:])


@dataclass(frozen=True)
class Row:
    """One address. `post` is with a CSRF token and the data given; without a token it is 403 unless `exempt`.

    `acts`: whose POST has an effect; nobody else's may leave a trace. `looks`: the tables that a GET may touch. `like_olive`: the
    POST sends what Olive's page has in its form, and `data` over it.
    """

    name: str
    get: Answers
    post: Answers
    args: tuple[str, ...] = ()
    query: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    acts: str = ""
    looks: frozenset[str] = frozenset()
    exempt: bool = False
    like_olive: bool = False

    def answer(self, role: str, *, post: bool) -> str:
        """What the table says for somebody."""
        answers = self.post if post else self.get
        word = answers if isinstance(answers, str) else answers[role]
        return ">account_login" if word == "in" else word


def by(default: str, **answers: str) -> Answers:
    """One answer for everybody but those who are named."""
    assert set(answers) <= set(ROLES), f"nobody is called {set(answers) - set(ROLES)}"
    return {role: answers.get(role, default) for role in ROLES}


def signed(answer: str, **answers: str) -> Answers:
    """Guests are led to the sign-in page; whoever is signed in gets this, but for those who are named."""
    return by(answer, **{"guest": "in", **answers})


def staff(who: str, answer: str, *, others: str = "403") -> Answers:
    """What the back office answers: to those members of the team who may, and to the others. Nina is led to set up her factor."""
    team = {role: answer if role in who.split() else others for role in TEAM.split()}
    return by("403", guest="in", nina=">mfa_index", **team)


def page(
    name: str, who: str, *args: str, query: str = "", post: Answers | None = None, looks: frozenset[str] = frozenset()
) -> Row:
    """A page that changes nothing, for those members of the team."""
    return Row(name, staff(who, "200"), post or staff(who, "405"), args, query, looks=looks)


def deed(
    name: str, who: str, leads_to: str, *args: str, data: Mapping[str, str] | None = None, idle: bool = False
) -> Row:
    """What those members of the team do by POST, and nobody else. `idle`: in this world there is nothing to be done."""
    return Row(name, staff(who, "405"), staff(who, leads_to), args, data=data or {}, acts="" if idle else who)
