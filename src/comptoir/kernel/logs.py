"""Log lines: one set-up for every process, in words for a person or in JSON for a machine."""

from __future__ import annotations

import logging
import re

import structlog
from structlog.typing import EventDict, WrappedLogger

from comptoir.conf import conf

# A last net under rule 10: whatever looks like one of Stripe's secrets does not reach a log line.
_SECRET = re.compile(r"\b(?:sk|rk|whsec)_(?:test_|live_|org_)?[A-Za-z0-9]{8,}")


def _mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _SECRET.sub("[secret]", value) if isinstance(value, str) else value for key, value in event.items()}


def set_up() -> None:
    """Send structlog's and the standard library's records to standard error in the configured form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask,
    ]
    last: structlog.typing.Processor = (
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _mask, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(conf().log_level)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
