from collective.mwsvm.plugins import AbstractPlugin


class ConstrainedPlugin(AbstractPlugin):
    constraints = {
        # The default polling interval of plug-ins of this type.
        "pollInterval": {"defaultValue": 60},
        # "myParam" is required, as parameters are, and can't be blank.
        "myParam": {"blank": False},
        # "myEnum" need not be there; if it is, it is one of these.
        "myEnum": {"required": False, "inList": ["val1", "val2", "val3"]},
    }
