"""What the distribution says of itself, beside its metadata, and brings with it."""


class AcmeProject:
    mwsVersion = "7.2 > *"
    commonsVersion = "0.9 > *"

    def initialPlugins(self, appConfig, suite):
        """One plug-in, where ``plugins.acme.inventory`` is set in mws-config.toml."""
        inventory = appConfig.plugins.acme.inventory
        if not inventory:
            return {}
        return {"acme": {"pluginType": "AcmeNodes", "config": {"inventory": inventory}}}
