"""The settings that the engine needs, with their defaults. Times are seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How jobs are handed out and machines looked after.

    The site's control panel holds the same names (``interfaces.IMwsvmSettings``), which
    document them.
    """

    poll_interval: int = 10
    lease: int = 120
    log_limit: int = 1024 * 1024
    log_retention_days: int = 90
    start_deadline: int = 600
    check_interval: int = 10
    silence_limit: int = 300
    reaper_grace: int = 900
    idle_halt: int = 1800
    lost_contact: int = 900
    list_limit: int = 10_000
    event_retention_days: int = 0
