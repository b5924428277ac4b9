"""Log lines: one set-up for every process, in words for a person or in JSON for a machine."""

from __future__ import annotations

import logging
import re

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from comptoir.conf import conf
from comptoir.kernel import secrets

# A last net under rule 10: neither what looks like one of Stripe's secrets nor what this process has opened reaches a log line.
_SECRET = re.compile(r"(?:(?:sk|rk)_(?:test|live|org)|whsec)_[A-Za-z0-9_]{8,}")


def _masked(render: Processor) -> Processor:
    """The whole line is searched once it is put into words: what lies deep in a value, or in a traceback, is found too."""

    def masked(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return _SECRET.sub("[secret]", secrets.hidden(str(render(logger, method, event))))

    return masked


def set_up() -> None:
    """Send structlog's and the standard library's records to standard error in the configured form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer() if conf().log == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:3], structlog.stdlib.ExtraAdder(), *shared[3:]],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _masked(last)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(conf().log_level)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
