"""The events of guide 4.5, and how it shows them.

Their XML and their lines in events.log are those of `tests.events.samples`.
"""

JOBSTART = {
    "eventTime": "2012-01-27 15:18:30 UTC",
    "eventType": "jobstart",
    "eventCategory": "start",
    "sourceComponent": "MWM",
    "status": "success",
    "facility": "job",
    "initiatedBy": {"proxyUser": "bob", "user": "tomcat6"},
    "primaryObject": {
        "serialization": '<job JobID="moab.849" ReqAWDuration="100000" User="bob" />',
        "type": "job",
        "id": "moab.849",
    },
    "relatedObjects": [
        {"type": "vm", "id": "vm56"},
        {"type": "service", "id": "lamp.211"},
    ],
    "details": {
        "alpha": "lorem ipsum dolor sit amet",
        "bravo": "2",
        "charlie": "consectetur adipisicing elit, sed do",
    },
}

RMFAILURE = {
    "eventTime": "2012-01-27 15:18:32 UTC",
    "eventType": "rmfailure",
    "eventCategory": "failure",
    "sourceComponent": "MWM",
    "status": "failure",
    "facility": "rm",
    "primaryObject": {"serialization": None, "type": "rm", "id": "xcat"},
    "errorMessage": {
        "errorCode": "542",
        "message": "Cannot communicate with XCAT resource manager",
        "originator": "XCAT",
    },
}

CYCLE = {
    "eventTime": "2012-01-27 15:18:31 UTC",
    "eventType": "schedcyclestart",
    "eventCategory": "start",
    "sourceComponent": "MWM",
    "status": "success",
    "facility": "scheduler",
}

#: As GET shows them, the newest first. The sample was made of XML, where the
#: serialization has white space around it.
SHOWN = [
    {**RMFAILURE, "details": {}, "id": "4faddab8c4aa264506f8ac3d"},
    {**CYCLE, "details": {}, "id": "4faddab8c4aa264506f8ac3c"},
    {
        **JOBSTART,
        "primaryObject": {
            **JOBSTART["primaryObject"],
            "serialization": '\n <job JobID="moab.849" ReqAWDuration="100000" '
            'User="bob" />\n ',
        },
        "id": "4faddab8c4aa264506f8ac3b",
    },
]

#: The guide's single event.
JOBMODIFY = {
    "details": {"attribute": "walltime", "modifier": "increase", "value": "200000"},
    "eventCategory": "job",
    "eventTime": "2012-01-27 00:07:00 UTC",
    "eventType": "jobmodify",
    "facility": "baseline",
    "initiatedBy": {"proxyUser": "bob", "user": "viewpoint"},
    "primaryObject": {"serialization": None, "type": "job", "id": "moab.900"},
    "sourceComponent": "MWM",
    "status": "success",
    "id": "4fa46081c4aa5b896ac4b757",
}
