"""What the administrator of the server sets for plug-ins, in ``mws-config.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class PluginSettings:
    """The settings of plug-ins; see ``docs/reference/configuration.md``."""

    #: Where uploaded code is unpacked.
    folder: Path
    #: Where relative names of certificates are looked for.
    certificates: Path
    #: What plug-ins see of the configuration: nested, without secrets.
    app_config: Json = field(default_factory=dict)
    #: ``CLOUD`` or ``HPC``.
    suite: str = "CLOUD"
    #: Whether code may be uploaded at all.
    uploads: bool = False
    #: ``optimistic``, ``pessimistic`` or None: how states of one node are consolidated.
    policy: str | None = None
    #: For hypervisors whose image does not say it.
    hypervisor_type: str | None = None
    #: How long a poll may take, in seconds, and any other call of a plug-in.
    poll_deadline: float = 120
    call_deadline: float = 30
    #: The most memory that a plug-in's process may have, in MB; 0: no limit.
    memory: int = 1024
    #: How many processes for plug-ins one process of the site may have.
    hosts: int = 16
    #: Defaults for new plug-ins of every type, and of each type by its id.
    defaults: Mapping[str, Any] = field(default_factory=dict)
    type_defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def default(self, plugin_type: str, name: str, otherwise: Any) -> Any:
        """The default of a field of new plug-ins of a type."""
        of_type = self.type_defaults.get(plugin_type, {})
        return of_type.get(name, self.defaults.get(name, otherwise))

    def default_config(self, plugin_type: str) -> Json:
        """The default configuration parameters of new plug-ins of a type."""
        return dict(self.type_defaults.get(plugin_type, {}).get("config", {}))
