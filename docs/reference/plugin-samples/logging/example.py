from collective.mwsvm.plugins import AbstractPlugin


class LoggingPlugin(AbstractPlugin):
    def poll(self):
        self.getLog().trace("getLog() gives the same as log")
        self.log.debug(
            "This is a debug message and is used for debugging purposes only"
        )
        self.log.info("This is a informational message")
        self.log.warn("This is a warning")
        self.log.error("This is an error message")
        self.log.fatal("This is the end")
