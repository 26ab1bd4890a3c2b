from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import IMoabRestService
from collective.mwsvm.plugins import MoabRestResponse


class RestPlugin(AbstractPlugin):
    moabRestService: IMoabRestService

    def poll(self):
        result = self.moabRestService.get("/rest/images")
        # Or with the hooks:
        result = self.moabRestService.get("/rest/images", hooks=True)

        assert isinstance(result, MoabRestResponse)
        assert result.isSuccess()
        self.log.debug("Images:")
        for image in result.data["results"]:
            self.log.debug(image["name"])
