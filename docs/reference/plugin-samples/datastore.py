from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import IPluginDatastoreService


class DatastorePlugin(AbstractPlugin):
    pluginDatastoreService: IPluginDatastoreService

    def storeData(self, params):
        data = [
            {"boolVal": True},
            {"stringVal": "String"},
            {"intVal": 1},
            {"nullVal": None},
        ]
        if self.pluginDatastoreService.addData(params.collectionName, data):
            self.log.info("Data successfully added")
        else:
            self.log.info("There was an error adding the data")
        return {"success": True}

    def retrieveData(self, params):
        return self.pluginDatastoreService.getCollection(params.collectionName)
