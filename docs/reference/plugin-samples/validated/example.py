from collective.mwsvm.plugins import AbstractPlugin


def user(value, plugin):
    if value == plugin.config.creator:
        return "invalid.equal.to.creator"
    return None


def creator(value):
    if value == "joe":
        return ["invalid.equal", "joe"]
    if value == "bob":
        return ["invalid.equal", "bob"]
    return None


class ConstrainedPlugin(AbstractPlugin):
    constraints = {"user": {"validator": user}, "creator": {"validator": creator}}
