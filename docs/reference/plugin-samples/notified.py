from collective.mwsvm.plugins import AbstractPlugin


class NotifiedPlugin(AbstractPlugin):
    def vmProvisionFinished(self, params):
        self.log.info("%s is there", params.vm)
        return {"messages": ["Event successfully processed"]}
