"""The events that a resource manager sends to plug-ins (guide 6.2.12)."""

#: By the guide's names.
RM_EVENTS = (
    "jobCancel",
    "jobModify",
    "jobRequeue",
    "jobResume",
    "jobStart",
    "jobSubmit",
    "jobSuspend",
    "nodeModify",
    "nodePower",
    "resourceCreate",
    "systemModify",
    "systemQuery",
    "virtualMachineMigrate",
)
