from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import IMoabRestService


class RestPlugin(AbstractPlugin):
    moabRestService: IMoabRestService

    def poll(self):
        # PUT /rest/images/centos5?proxy-user=adaptive
        result = self.moabRestService.put(
            "/rest/images/centos5",
            hooks=True,
            params={"proxy-user": "adaptive"},
            data={"features": ["RESTARTABLE"]},
        )
        assert result.isSuccess()
        # What has failed is an answer, too.
        assert self.moabRestService.get("/rest/images/none").hasError()
