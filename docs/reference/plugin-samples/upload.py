from collective.mwsvm.plugins import InvalidPluginConfigurationException


class UploadPlugin:
    author = "Adaptive Computing"
    description = "A sample plugin class"
    id: str

    def configure(self):
        errors = []
        if not self.config.arbitraryKey:
            errors.append("Missing arbitraryKey!")
        if errors:
            raise InvalidPluginConfigurationException(errors)

    def customService(self, params):
        return params
