from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import Unsecured
from collective.mwsvm.plugins import WebServiceException


class ServingPlugin(AbstractPlugin):
    def serviceMethod(self, params):
        """GET .../services/service-method?key=value&key2=true&key3=5&list=1&list=2"""
        assert params.key == "value"
        assert params.key2 == "true"
        assert params.bool("key2") is True
        assert params.key3 == "5"
        assert params.int("key3") == 5
        assert params.list("list") == [1, 2]
        # None for what is no such value.
        assert params.int("key") is None
        return {"success": True}

    def bodyMethod(self, params):
        """POST with the JSON body {"key": "value", "key2": true, "key3": 5}"""
        assert params.body.key == "value"
        assert params.body.key2 is True
        assert params.body.key3 == 5
        return {"success": True}

    @Unsecured
    def retrievePublicData(self, params):
        return {"data": ["data item 1", "data item 2"]}

    def service(self, params):
        if not params.int("a"):
            raise WebServiceException(
                "Invalid parameter 'a' specified, please specify an integer!", 400
            )
        return {"a": params.int("a")}

    def failing(self, params):
        raise ValueError("Message provided in the exception constructor")

    def onlyGet(self, params):
        if params[PluginConstants.WEB_SERVICES_METHOD] != "GET":
            raise WebServiceException("Method is not supported", 405)
        return []
