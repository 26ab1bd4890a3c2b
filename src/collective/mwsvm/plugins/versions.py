"""Which versions of MWS and of the framework a plug-in project supports (guide 6.2.16)."""

from collections.abc import Mapping
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from dataclasses import dataclass
import re


_BOUND = r"(\*|\d{1,9}\.\d{1,9}(?:\.\d{1,9})?)"
_BOUNDS = re.compile(rf"\s*{_BOUND}\s*>\s*{_BOUND}\s*", re.ASCII)
_VERSION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})*)", re.ASCII)


@dataclass(frozen=True)
class VersionBounds:
    """The first and the last version that are supported, both included.

    ``7.1`` as the first version is 7.1.0. As the last one it stands for every 7.1.x: who
    names two numbers names a series, so that ``* > 7.2`` holds for 7.2.6; ``7.1 > 7.1.3``
    ends with 7.1.3. An empty bound (``*``) is none.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]

    @classmethod
    def parse(cls, text: str, name: str) -> "VersionBounds":
        """The bounds that a text such as ``7.1 > *`` means.

        Raises InvalidPluginTypeException, with the ``name`` of the field, for any other
        text and for a first version behind the last.
        """
        match = _BOUNDS.fullmatch(text)
        if match is None:
            raise InvalidPluginTypeException(
                f"{name} is {text!r}; it must have the form FIRST > LAST, where each "
                "version is #.#, #.#.# or *, such as '7.1 > *'"
            )
        bounds = cls(_numbers(match[1]), _numbers(match[2]))
        if bounds.last and bounds.first[: len(bounds.last)] > bounds.last:
            raise InvalidPluginTypeException(
                f"{name} is {text!r}; its first version must not be after the last one"
            )
        return bounds

    def include(self, version: str) -> bool:
        """Whether a version such as ``7.2.6`` is supported.

        Anything after the numbers (``7.2.6-SNAPSHOT``) does not count. Raises
        ValueError for a version that does not start with a number.
        """
        match = _VERSION.match(version)
        if match is None:
            raise ValueError(f"{version!r} is no version")
        actual = (*_numbers(match[1]), 0, 0)[:3]
        return self.first <= actual and (
            not self.last or actual[: len(self.last)] <= self.last
        )


def check_versions(wanted: Mapping[str, str], actual: Mapping[str, str]) -> None:
    """Refuse what needs another version of MWS or of the framework.

    ``wanted`` has ``mwsVersion`` and ``commonsVersion``; ``actual`` has ``mws`` and
    ``commons``; what it does not name is not checked, but for its form. Raises
    InvalidPluginTypeException.
    """
    names = {"mws": "Moab Web Services", "commons": "the plug-in framework"}
    for key, product in names.items():
        field = f"{key}Version"
        bounds = VersionBounds.parse(wanted[field], field)
        version = actual.get(key)
        if version is not None and not bounds.include(version):
            raise InvalidPluginTypeException(
                f"{field} is {wanted[field]!r}, but the version of {product} is {version}"
            )


def _numbers(text: str) -> tuple[int, ...]:
    return () if text == "*" else tuple(int(part) for part in text.split("."))
