from collective.mwsvm.plugins import AbstractPlugin


class SampleProject:
    # About the plug-in types
    title = "Sample"
    description = "Sample plugin types"
    author = "Our Company."
    website = "http://example.com"
    email = "sample@example.com"

    # Versions
    version = "0.1"
    mwsVersion = "7.1 > *"
    commonsVersion = "0.9 > *"
    license = "APACHE"

    # Documentation
    issueManagementLink = "http://example.com/ticket-system/sample-plugins"
    documentationLink = "http://example.com/docs/sample-plugins"
    scmLink = "http://example.com/git/sample-plugins"

    # Plug-ins that are created if they are not there; all but pluginType may be left out.
    initialPlugins = {
        "sample": {
            "pluginType": "Sample",
            "pollInterval": 30,
            "autoStart": True,
            # It is not recommended: with one that is taken the plug-in is not created.
            "precedence": 5,
            "config": {"configParam": "value"},
        },
        "sample2": {"pluginType": "Sample"},
    }


class SamplePlugin(AbstractPlugin):
    # What the type says of itself goes before what the project says.
    version = "0.2"
    title = "Sample plugin"
    description = "This sample plugin is used to demonstrate metadata information"
    author = "Separate Division"

    def poll(self):
        self.log.info("polled with %s", self.config.configParam)
