"""Credentials: under which names work is done (guide 4.3)."""

from collective.mwsvm.models.document import Model


class Credential(Model):
    """An account, class, group, quality of service or user."""

    name: str
