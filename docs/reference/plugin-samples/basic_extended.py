from collective.mwsvm.plugins import AbstractPlugin


class BasicPlugin(AbstractPlugin):
    """No id is needed: AbstractPlugin has one."""
