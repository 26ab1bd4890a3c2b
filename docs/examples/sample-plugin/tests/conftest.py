pytest_plugins = ["collective.mwsvm.plugins.testing.pytest"]
