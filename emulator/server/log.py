"""What the server writes on standard error: lines for people, or JSON for programs that collect logs."""

import json
import logging

from emulator import __version__
from emulator.engine.clock import FROZEN_START, Clock, beginning, iso_millis, machine_millis
from emulator.sandbox.state import Plan
from emulator.settings import Settings

OF_THE_START = logging.getLogger("emulator.server")
OF_LOADING = logging.getLogger("emulator.loading")
INFORMING = (OF_THE_START, OF_LOADING, logging.getLogger("emulator.requests"))
"""The loggers of usual events; all others log only what goes wrong."""


class JsonLines(logging.Formatter):
    """Formats records as JSON, each in a line, with the fields that they were given."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": iso_millis(round(record.created * 1000)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def set_up_log(style: str) -> None:
    """Log requests and the start, in lines for people (`requests`) or as `json`.

    If `quiet`, log only the progress of accounts that take long to load, and what goes wrong.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if style == "json" else logging.Formatter())
    is_quiet = style == "quiet"
    (OF_LOADING if is_quiet else logging.getLogger()).addHandler(handler)
    for logger in (OF_LOADING,) if is_quiet else INFORMING:
        logger.setLevel(logging.INFO)


def log_start(url: str, settings: Settings, clock: Clock) -> None:
    """Log what is needed to tell one server from another."""
    fields = {
        "version": __version__,
        "url": url,
        "public_url": settings.public_url,
        "fixtures": settings.fixtures,
        "clock": clock.mode,
        "now": iso_millis(clock.now()),
    }
    public = ", public URL %(public_url)s" if settings.public_url else ""
    line = f"emulator %(version)s at %(url)s{public}, fixtures %(fixtures)s, clock %(clock)s at %(now)s"
    OF_THE_START.info(line, fields, extra={"fields": fields})


def log_what_is_kept(settings: Settings, plan: Plan) -> None:
    """Warn where the data folder keeps another clock or seed of the default sandbox than is asked for."""
    line = "the default sandbox in %s keeps its %s, %s; %s holds for new sandboxes"
    begins = "now" if plan.begins_at is None else iso_millis(plan.begins_at)
    kept = {
        "clock": (Clock.named(settings.clock).speed != Clock.named(plan.clock).speed, plan.clock),
        "at": (_begins_elsewhere(settings, plan), "epoch" if plan.begins_at == FROZEN_START else begins),
        "seed": (settings.seed != plan.seed, plan.seed),
    }
    for name, (is_other, value) in kept.items():
        if is_other and name in settings.model_fields_set:
            OF_THE_START.warning(line, settings.data, name, value, getattr(settings, name))


def _begins_elsewhere(settings: Settings, plan: Plan) -> bool:
    """Return whether a kept sandbox begins elsewhere than asked; any instant may be what `now` was once."""
    asked = beginning(settings.clock, settings.at, machine_millis())
    return plan.begins_at == FROZEN_START if settings.at == "now" else plan.begins_at != asked
