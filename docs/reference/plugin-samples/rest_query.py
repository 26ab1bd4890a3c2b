from collective.mwsvm.plugins import AbstractPlugin


class RestPlugin(AbstractPlugin):
    def poll(self):
        rest = self.moabRestService
        assert rest.isAPIVersionSupported(1)
        assert rest.isAPIVersionSupported(2)
        # Images that are hypervisors.
        found = rest.get("/rest/images", params={"query": '{"hypervisor":true}'})
        self.log.info("%s hypervisors", found.data["totalCount"])
        # Images in the order of their osType.
        rest.get("/rest/images", params={"sort": '{"osType":1}'})
