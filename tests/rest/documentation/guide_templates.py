"""The service templates of guide 4.25, and how it shows them."""

VARIABLE = "variable to be attached to tracking job"

SHARED = {
    "custom1": "Custom data to be attached to service",
    "custom2": "More custom data to be attached to service",
}


def template(name, label, kind, moab, **more):
    """A body as the guide sends it."""
    return {
        "name": name,
        "label": label,
        "type": kind,
        "createdBy": "bob",
        "tags": ["tag1", "tag2", "tag3"],
        **more,
        "attributes": {"moab": moab, "sharedData": SHARED},
    }


def container(name, *included):
    """A container of local names and templates."""
    return {
        "name": name,
        "type": "container",
        "includedServices": [
            {"localName": local, "serviceTemplate": template}
            for local, template in included
        ],
    }


OS_STORAGE = template(
    "OpSysStorage",
    "Operating System Storage",
    "storage",
    {
        "job": {
            "resources": {"OS": 100},
            "template": "OSStorage",
            "variables": {"var1": VARIABLE},
        }
    },
)

NETWORK_STORAGE = template(
    "NetworkStorage",
    "Network Storage",
    "storage",
    {
        "job": {
            "resources": {"gold": 100},
            "template": "extraStorage",
            "variables": {"var1": VARIABLE},
        }
    },
)

#: The guide has a comma too many after the variable.
VM = template(
    "Centos55Vm",
    "Centos 5.5 VM",
    "vm",
    {
        "job": {
            "image": "centos5.5-stateless",
            "resources": {"procs": 1, "mem": 1024, "disk": 20480},
            "template": "genericVM",
            "variables": {"var1": VARIABLE},
        }
    },
)

#: The guide has a comma too many after the last of the included services.
CONTAINER = template(
    "Centos55VmPlusStorage",
    "Centos 5.5 VM Plus OS and Network Storage",
    "container",
    {"dependencies": [{"dependency": ["oss", "ns"], "localName": "cvm"}]},
    includedServices=[
        {"localName": "cvm", "serviceTemplate": "Centos55Vm"},
        {"localName": "oss", "serviceTemplate": "OpSysStorage"},
        {"localName": "ns", "serviceTemplate": "NetworkStorage"},
    ],
)

#: In the order of the guide's list.
TEMPLATES = (OS_STORAGE, NETWORK_STORAGE, VM, CONTAINER)

#: As GET gives them.
SHOWN = [
    {
        "includedServices": [],
        **body,
        "modified": None,
        "version": 0,
        "id": f"50d4da1ac4aaceecaf3864{number}",
    }
    for body, number in zip(TEMPLATES, (52, 53, 54, 55), strict=True)
]

#: The guide has a comma too many after the variable here, too.
CHANGE = {
    "label": "Centos 5.5 VM (updated)",
    "createdBy": "newUser",
    "tags": ["newTag", "newTag2"],
    "attributes": {
        "moab": {
            "job": {
                "image": "centos5.5-stateful",
                "resources": {"procs": 2, "mem": 2048, "disk": 22480},
                "template": "genericVM",
                "variables": {"newVar": VARIABLE},
            }
        },
        "sharedData": {
            "custom3": "Custom data to be attached to service",
            "custom4": "More custom data to be attached to service",
        },
    },
}

CHANGED = {
    **CHANGE,
    "id": "50d4de6bc4aa6ca84bbe9be4",
    "includedServices": [],
    "modified": "2012-12-21 15:12:01 MST",
    "name": "Centos55Vm",
    "type": "vm",
    "version": 0,
}
