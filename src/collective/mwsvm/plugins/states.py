"""The states of a plug-in (guide 6.1) and the suites of MWS."""

from collective.mwsvm.models.plugin_states import PluginState
from enum import Enum


__all__ = ["PluginState", "Suite"]


class Suite(Enum):
    """What MWS is a part of; the value is the label for people."""

    HPC = "HPC"
    CLOUD = "Cloud"

    @property
    def label(self) -> str:
        return self.value

    def __str__(self) -> str:
        return self.name

    @classmethod
    def parse(cls, text: str | None) -> "Suite":
        """The suite of this name or label in any case; CLOUD if there is none."""
        return cls.__members__.get((text or "").strip().upper(), cls.CLOUD)
