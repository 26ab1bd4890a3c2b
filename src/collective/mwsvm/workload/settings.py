"""What the administrator sets for the workload, in ``mws-config.toml``."""

from collections.abc import Mapping
from collective.mwsvm.models.pending_actions import MAPPINGS
from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True)
class WorkloadSettings:
    """The settings of the workload; see ``docs/reference/configuration.md``."""

    #: Names that are credentials even though no job has them yet.
    accounts: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    qoses: tuple[str, ...] = ()
    #: Types of pending actions by the end of their ids; the first that fits counts.
    mappings: Mapping[str, str] = field(default_factory=lambda: MAPPINGS)
    #: Whether pending actions are shown that no mapping fits.
    display_generic: bool = True
    #: For how many generic metrics a policy may have thresholds.
    generic_metrics: int = 10
