"""`comptoir stripe test | look ID | replay EVENT | reconcile`: a gateway's operations by hand, for those with a shell on the machine.

What a gateway can do follows from its parts: settings can be tested where it has a set-up, books compared where it has some.
"""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from comptoir.kernel import clock
from comptoir.kernel.errors import StaffError
from comptoir.kernel.words import said
from comptoir.modules import queries, registry, setup
from comptoir.modules.api import CallRefusedError, Module, OutcomeUnknownError, Verdict
from comptoir.payments import books, byhand
from comptoir.payments.models import BookReading, Reconciliation
from comptoir.payments.reconcile import run
from comptoir.payments.reconcile.nightly import midnight
from comptoir.payments.reconcile.result import PROBLEMS, Figures

NO_ANSWER = 2  # exit code: nothing is known
SIGNS = {Verdict.GOOD: "ok  ", Verdict.BAD: "MEND", Verdict.UNPROVEN: "note"}


class Command(BaseCommand):
    """Test the connection, look at an object, take an event up again, compare the ledger with the provider's books."""

    help = "A payment gateway's operations by hand: test, look, replay, reconcile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The gateway's name, then a word with its own flags."""
        parser.prog = "comptoir"  # as people type it
        parser.add_argument("gateway", metavar="GATEWAY", help="the module's name, such as stripe")
        words = parser.add_subparsers(dest="word", required=True, metavar="WORD")
        words.add_parser("test", help="try the stored keys of each account, without an effect; exit 1 if one is bad")
        look = words.add_parser("look", help="have an object looked at now, by any id of the provider's")
        look.add_argument("id")
        replay = words.add_parser("replay", help="take an event up again and look at its object")
        replay.add_argument("event")
        compare = words.add_parser(
            "reconcile",
            help="compare the ledger with the provider's books; exit 1 if something does not agree, 2 without an answer",
        )
        yesterday = timezone.localdate(clock.now()) - dt.timedelta(days=1)
        for flag, dest in (("--from", "begin"), ("--to", "end")):
            compare.add_argument(
                flag, dest=dest, type=dt.date.fromisoformat, default=yesterday, metavar="YYYY-MM-DD",
                help="a day, included; yesterday unless told otherwise",
            )  # fmt: skip
        compare.add_argument("--account", help="one account alone, by the provider's id")
        compare.add_argument("--mode", choices=["live", "test"], help="one mode alone")

    def handle(self, *_args: Any, gateway: str, word: str, **options: Any) -> None:
        """Do it. Raises CommandError with what went wrong."""
        module = registry.installed().get(gateway)
        if module is None or module.gateway is None:
            raise CommandError(f"No payment gateway named {gateway} is installed.")
        with override("en"):  # the command line speaks English, in whichever language the counter does
            try:
                getattr(self, f"_{word}")(gateway, module, options)
            except (OutcomeUnknownError, CallRefusedError) as error:
                problem = said(error.cause) if isinstance(error, OutcomeUnknownError) else error
                raise CommandError(
                    f"{module.manifest.title} gives no clear answer: {problem}", returncode=NO_ANSWER
                ) from error
            except StaffError as error:
                raise CommandError(str(error)) from error
            except byhand.UnknownError as error:
                raise CommandError(
                    f"Nobody knows {error}: neither this counter nor {module.manifest.title}."
                ) from error

    def _test(self, gateway: str, module: Module, _options: dict[str, Any]) -> None:
        if module.setup is None:
            raise CommandError(f"{module.manifest.title} has no settings to be tested.")
        accounts = queries.accounts(gateway)
        if not accounts:
            raise CommandError(f"No settings of {module.manifest.title} are stored yet.")
        good = True
        for account in accounts:
            self.stdout.write(f"account {account.account}, {account.mode}")
            tried = setup.setup_of(gateway).test(account.values, mode=account.mode, api_base=account.api_base)
            good = good and tried.good
            for finding in tried.findings:
                advice = f" {finding.advice}" if finding.advice and finding.verdict is Verdict.BAD else ""
                self.stdout.write(f"  {SIGNS[finding.verdict]}  {finding.text}{advice}")
        if not good:
            raise CommandError("Something is to be mended.")

    def _look(self, gateway: str, _module: Module, options: dict[str, Any]) -> None:
        self._say(byhand.look(gateway, options["id"]))

    def _replay(self, gateway: str, _module: Module, options: dict[str, Any]) -> None:
        self._say(byhand.replay(gateway, options["event"]))

    def _say(self, looked: byhand.Looked) -> None:
        subject = looked.subject
        self.stdout.write(f"{subject.id}  {subject.kind}, account {subject.account}, {subject.mode}: {looked.stands}")

    def _reconcile(self, gateway: str, module: Module, options: dict[str, Any]) -> None:
        begin, end = options["begin"], options["end"]
        if end < begin:
            raise CommandError("The last day is before the first one.")
        since, until = midnight(begin), min(midnight(end + dt.timedelta(days=1)), clock.now())
        if until <= since:
            raise CommandError("The first day has not begun yet.")
        wanted = {name: options[name] for name in ("account", "mode") if options[name]}
        readings = [row for row in books.readings() if row.module == gateway]
        asked = [row for row in readings if all(getattr(row, name) == value for name, value in wanted.items())]
        if not asked:
            raise CommandError("There is no such account whose books could be read.")
        made = [self._report(reading, since, until) for reading in asked]
        failed = [str(row.pk) for row in made if row.failed]
        if failed:
            raise CommandError(
                f"{module.manifest.title} gives no clear answer. Not compared to the end: report {', '.join(failed)}. Nothing is "
                "known of what was not read, and nobody goes on with it by itself: run this again once it answers.",
                returncode=NO_ANSWER,
            )
        found = sum(row.problems for row in made)
        if found:
            raise CommandError(f"{found} rows do not agree.")

    def _report(self, reading: BookReading, since: dt.datetime, until: dt.datetime) -> Reconciliation:
        """Make one here, to its end or until it fails: no worker makes another answer of it afterwards."""
        row = run.ask(reading, since=since, until=until, who="command", by_worker=False)
        assert row is not None  # noqa: S101 - for the type checker: only nightly ones can be there already
        try:
            while run.step(row.pk):
                pass
        except (OutcomeUnknownError, StaffError):
            run.fail(row)
        row.refresh_from_db()
        self._tell(row)
        return row

    def _tell(self, row: Reconciliation) -> None:
        how = f"{row.rows} rows compared, {row.problems} do not agree"
        if row.failed:
            far = (
                f"compared only back to {_moment(row.read_until)}, {how} so far" if row.rows else "nothing was compared"
            )
            how = f"FAILED, {far}: {row.problem}"
        self.stdout.write(f"account {row.account}, {row.mode}: {how}")
        if row.cut_short:
            self.stdout.write(f"  compared until {_moment(row.until)}: what comes later has not happened yet")
        for line in row.lines.filter(finding__in=PROBLEMS).iterator():
            sides = f"there {_figures(line.figures_there)}, here {_figures(line.figures_here)}"
            self.stdout.write(f"  {line.reference}  {line.get_finding_display()}  {line.payment or '-'}  {sides}")


def _moment(at: dt.datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S %Z}"


def _figures(figures: Figures | None) -> str:
    if figures is None:
        return "nothing"
    if figures.net is None:
        return str(figures.amount)
    return f"{figures.amount} (fee {figures.fee}, net {figures.net})"
