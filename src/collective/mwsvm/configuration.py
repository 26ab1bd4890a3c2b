"""``mws-config.toml``: what the administrator of the server sets, in the guide's names.

The guide's ``mws-config.groovy`` has lines such as ``ldap.server = "192.168.0.5"``; as
TOML they are the same. Paths are relative to the file's home unless they are absolute.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.access.ldap_settings import LdapSettings
from collective.mwsvm.events.log import Rolling
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import Misconfigured
from collective.mwsvm.models.pending_actions import MAPPINGS
from collective.mwsvm.models.pending_actions import TYPES
from collective.mwsvm.plugin_control.settings import PluginSettings
from collective.mwsvm.workload import standing
from collective.mwsvm.workload import templates
from collective.mwsvm.workload.settings import WorkloadSettings
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any
import re
import tomllib


NAME = "mws-config.toml"

#: The guide's names, and those of `LdapSettings`.
_LDAP = {
    "ldap.server": "server",
    "ldap.port": "port",
    "ldap.baseDNs": "base_dns",
    "ldap.bindUser": "bind_user",
    "ldap.password": "password",
    "ldap.directory.type": "directory_type",
    "ldap.user.objectClass": "user_object_class",
    "ldap.group.objectClass": "group_object_class",
    "ldap.ou.objectClass": "ou_object_class",
    "ldap.user.membership.attribute": "user_membership_attribute",
    "ldap.group.membership.attribute": "group_membership_attribute",
    "ldap.user.name.attribute": "user_name_attribute",
    "ldap.security.type": "security_type",
    "ldap.security.server.certificate": "server_certificate",
}

_OWN = {
    "mws.suite": str,
    "mws.hooks.location": str,
    "mws.certificates.location": str,
    "events.log.file": str,
    "events.log.rolling": str,
    "events.log.maxFileSize": str,
    "events.log.maxBackupIndex": int,
    "mws.plugins.location": str,
    "mws.api.newerVersions": bool,
    "mws.accounts": list,
    "mws.classes": list,
    "mws.qoses": list,
    "mws.pendingActions.displayGeneric": bool,
    "mws.policies.genericMetrics": int,
    "plugins.stateConsolidationPolicy": str,
    "plugins.defaultHypervisorType": str,
    "plugins.uploads": bool,
    "plugins.scripts": list,
    "plugins.pollInterval": int,
    "plugins.autoStart": bool,
    "plugins.pollDeadline": int,
    "plugins.callDeadline": int,
    "plugins.memory": int,
    "plugins.processes": int,
}

#: The least that numbers can be.
_LEAST = {
    "plugins.pollInterval": 1,
    "plugins.pollDeadline": 1,
    "plugins.callDeadline": 1,
    "plugins.memory": 0,
    "plugins.processes": 1,
    "mws.policies.genericMetrics": 1,
}

_POLICIES = ("optimistic", "pessimistic", "null")

#: Where plug-ins may run programs, unless the file says otherwise.
_SCRIPTS = ("tools", "/opt/moab/tools")

#: What plug-ins do not see of the file.
_SECRET = re.compile(r"(?i)(password|secret)[^.]*$")

#: What MWS has there and this server does without: taken, and not looked at.
_FOREIGN = ("auth.", "grails.", "log4j.", "mam.", "moab.", "plugins.")

#: What follows is the end of a pending action's id.
_MAPPING = "mws.pendingActions.mappings."

_OF_TYPE = r"^plugins\.pluginType\.[^.]+\.(?=(pollInterval|autoStart)$)"

SUITES = {"CLOUD": "Cloud", "HPC": "HPC"}


@dataclass(frozen=True)
class Configuration:
    """What the file says; a file that is not there says nothing."""

    home: Path
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Path) -> "Configuration":
        """The configuration in a folder. Raises `Misconfigured`, naming file and key."""
        path = home / NAME
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(home)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"{path} can't be read: {error}") from error
        values = dict(_flat(found))
        for key, value in values.items():
            _check(path, key, value)
        configuration = cls(home, values)
        try:
            configuration.ldap  # noqa: B018 - checks them
            configuration.rolling  # noqa: B018
        except Invalid as error:
            raise Misconfigured(f"{path}: {error}") from error
        return configuration

    @property
    def suite(self) -> str:
        """``Cloud`` or ``HPC``."""
        return SUITES[self.values.get("mws.suite", "CLOUD").upper()]

    @property
    def newer_versions(self) -> bool:
        """Whether versions of the API that are newer than the latest are taken as it."""
        return self.values.get("mws.api.newerVersions", False)

    @property
    def hooks(self) -> Path:
        """The folder of the hook files."""
        return self.home / self.values.get("mws.hooks.location", "hooks")

    @property
    def certificates(self) -> Path:
        """The folder of the certificates of other servers."""
        return self.home / self.values.get("mws.certificates.location", "etc/ssl.crt")

    @property
    def ldap(self) -> LdapSettings | None:
        """The directory of users and groups; None: there is none."""
        given = {
            name: self.values[key]
            for key, name in _LDAP.items()
            if self.values.get(key) not in (None, "")
        }
        if not given:
            return None
        if "server_certificate" in given:
            path = self.certificates / given["server_certificate"]
            given["server_certificate"] = str(path)
        return LdapSettings(**given).checked()

    @cached_property
    def plugins(self) -> PluginSettings:
        """The settings of plug-ins."""
        values = self.values
        policy = values.get("plugins.stateConsolidationPolicy", "null").lower()
        return PluginSettings(
            folder=self.home / values.get("mws.plugins.location", "plugins"),
            certificates=self.certificates,
            app_config=self._app_config(),
            suite=values.get("mws.suite", "CLOUD").upper(),
            uploads=values.get("plugins.uploads", False),
            policy=None if policy == "null" else policy,
            hypervisor_type=values.get("plugins.defaultHypervisorType"),
            poll_deadline=values.get("plugins.pollDeadline", 120),
            call_deadline=values.get("plugins.callDeadline", 30),
            memory=values.get("plugins.memory", 1024),
            hosts=values.get("plugins.processes", 16),
            defaults=_fields(values, "plugins."),
            type_defaults=_type_defaults(values),
        )

    @cached_property
    def workload(self) -> WorkloadSettings:
        """The settings of the workload."""
        values = self.values
        given = {
            key.removeprefix(_MAPPING): value.upper()
            for key, value in values.items()
            if key.startswith(_MAPPING)
        }
        return WorkloadSettings(
            accounts=tuple(values.get("mws.accounts", ())),
            classes=tuple(values.get("mws.classes", ())),
            qoses=tuple(values.get("mws.qoses", ())),
            # What the administrator says goes before what the guide says.
            mappings={**given, **{k: v for k, v in MAPPINGS.items() if k not in given}},
            display_generic=values.get("mws.pendingActions.displayGeneric", True),
            generic_metrics=values.get("mws.policies.genericMetrics", 10),
        )

    @property
    def job_templates(self) -> list[dict[str, Any]]:
        """The job templates. Raises `Misconfigured`."""
        return templates.read(self.home)

    @property
    def standing_reservations(self) -> list[dict[str, Any]]:
        """The standing reservations. Raises `Misconfigured`."""
        return standing.read(self.home)

    def _app_config(self) -> dict[str, Any]:
        # With the places that the file may leave out, and without secrets.
        found: dict[str, Any] = {}
        known = {
            "mws.home.location": str(self.home),
            "mws.suite": "CLOUD",
            "mws.hooks.location": str(self.hooks),
            "mws.certificates.location": str(self.certificates),
        }
        scripts = self.values.get("plugins.scripts", _SCRIPTS)
        own = {"plugins.scripts": [str(self.home / folder) for folder in scripts]}
        for key, value in {**known, **self.values, **own}.items():
            if _SECRET.search(key) is None:
                *steps, last = key.split(".")
                inner = found
                for step in steps:
                    inner = inner.setdefault(step, {})
                inner[last] = value
        return found

    @property
    def event_log(self) -> Path | None:
        """Where events.log is; None: events are not written to a file."""
        given = self.values.get("events.log.file")
        return self.home / given if given else None

    @property
    def rolling(self) -> Rolling:
        """When events.log begins anew. Raises `Invalid`."""
        return Rolling.parse(
            self.values.get("events.log.rolling", ""),
            self.values.get("events.log.maxFileSize", ""),
            str(self.values.get("events.log.maxBackupIndex", "")),
        )


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _fields(values: Mapping[str, Any], before: str) -> dict[str, Any]:
    return {
        name: values[before + name]
        for name in ("pollInterval", "autoStart")
        if before + name in values
    }


def _type_defaults(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    # plugins.pluginType.Native.config.getCluster is a parameter's, for example.
    found: dict[str, dict[str, Any]] = {}
    for key in values:
        steps = key.split(".", 3)
        if key.startswith("plugins.pluginType.") and len(steps) == 4:
            before = ".".join(steps[:3]) + "."
            found.setdefault(steps[2], {"config": {}, **_fields(values, before)})
            if steps[3].startswith("config."):
                parameter = steps[3].removeprefix("config.")
                found[steps[2]]["config"][parameter] = values[key]
    return found


def _check(path: Path, key: str, value: Any) -> None:
    # Of one type as of all of them.
    general = re.sub(_OF_TYPE, "plugins.", key)
    if key in _LDAP:
        kind: Any = {"ldap.port": int, "ldap.baseDNs": list}.get(key, str)
    elif general in _OWN:
        kind = _OWN[general]
    elif key.startswith(_MAPPING):
        kind = str
    elif key.startswith(_FOREIGN):
        return
    else:
        known = ", ".join(sorted([*_LDAP, *_OWN]))
        raise Misconfigured(f"{path}: there is no setting {key}; there are {known}")
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if type(value) is not kind or (kind is list and not texts):
        names = {
            str: "a text",
            int: "a whole number",
            list: "a list of texts",
            bool: "true or false",
        }
        raise Misconfigured(f"{path}: {key} must be {names[kind]}")
    if general in _LEAST and value < _LEAST[general]:
        raise Misconfigured(f"{path}: {key} must be {_LEAST[general]} at least")
    if key == "plugins.stateConsolidationPolicy" and value.lower() not in _POLICIES:
        raise Misconfigured(f"{path}: {key} must be one of {', '.join(_POLICIES)}")
    if key.startswith(_MAPPING) and value.upper() not in TYPES:
        raise Misconfigured(f"{path}: {key} must be one of {', '.join(TYPES)}")
    if key == "mws.suite" and value.upper() not in SUITES:
        raise Misconfigured(f"{path}: {key} must be one of {', '.join(SUITES)}")
