from collective.mwsvm.plugins import AbstractPlugin


class ExampleTranslator:
    def getExternalNumber(self):
        self.log.info("Starting my method")
        return 42


class AnotherTranslator:
    exampleTranslator: ExampleTranslator

    def modifyNumber(self, number):
        return number + self.exampleTranslator.getExternalNumber()


class ExamplePlugin(AbstractPlugin):
    # By the name, or with the class as an annotation.
    exampleTranslator = None
    another: AnotherTranslator

    def poll(self):
        number = self.exampleTranslator.getExternalNumber()
        self.log.info("The current number is %s", number)
        self.log.info("The other one is %s", self.another.modifyNumber(1))
