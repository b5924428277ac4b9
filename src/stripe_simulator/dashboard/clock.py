"""The clock of every page: what time it is for the simulator, moving it on, stopping it, letting it go."""

import re

from starlette.responses import RedirectResponse, Response

from stripe_simulator.control.clock import LARGEST_STEP
from stripe_simulator.dashboard.shell import POLICIES, Shell, Visit, fields
from stripe_simulator.payments.sepa import BUSINESS_DAYS
from stripe_simulator.timeline import Timeline

HOUR, DAY = 3600.0, 86400.0
FRIDAY = 5  # ISO: Monday is 1
STEPS = {"hour": HOUR, "day": DAY}
SECONDS = re.compile(r"[0-9]{1,10}")
OWN_PAGE = re.compile(r"/(?!/)[A-Za-z0-9_./?=&-]*")  # an address of the dashboard, never another site's


class ClockPages:
    def __init__(self, shell: Shell, timeline: Timeline) -> None:
        self.shell, self.timeline = shell, timeline

    async def change(self, visit: Visit) -> Response:
        """Stop, go, or advance; what falls due on the way happens before the page is shown again."""
        sent = await fields(visit)
        do = sent.get("do", "")
        if do in {"stop", "go"}:
            self.timeline.freeze(frozen=do == "stop")
            self.shell.world.changed = True
        else:
            seconds = self._step(do, sent.get("seconds", ""))
            if seconds is None:
                return self.shell.refused(visit, visit.words["bad_seconds"], _back(sent))
            await self.timeline.move_by(seconds)
            self.shell.world.changed = True
        return RedirectResponse(_back(sent), 303, POLICIES)

    def _step(self, do: str, typed: str) -> float | None:
        if do == "business":
            return business_days(self.shell.world.clock.now(), BUSINESS_DAYS)
        if do != "advance":
            return STEPS.get(do)
        plain = re.sub(r"\s", "", typed)
        seconds = float(plain) if SECONDS.fullmatch(plain) else 0.0
        return seconds if 0 < seconds <= LARGEST_STEP else None


def business_days(now: float, days: int) -> float:
    """Seconds from `now` (Unix, UTC) until the same hour that many weekdays later."""
    passed = 0.0
    while days:
        passed += DAY
        days -= _weekday(now + passed) <= FRIDAY
    return passed


def _weekday(moment: float) -> int:
    return int(moment // DAY + 3) % 7 + 1  # 1970 began on a Thursday


def _back(sent: dict[str, str]) -> str:
    """The page that the form stood on."""
    back = sent.get("back", "")
    return back if OWN_PAGE.fullmatch(back) else "/"
