"""The events of the guide's section 4.5.2, as XML, as JSON and as lines of events.log."""

XML = b"""<Events>
  <Event eventTime="2012-01-27T15:18:30.000-07:00" eventType="jobstart"
         eventCategory="start" sourceComponent="MWM" status="success" facility="job">
    <InitiatedBy user="tomcat6" proxyUser="bob"/>
    <PrimaryObject objectType="job" objectID="moab.849">
      <Serialization>
 <![CDATA[<job JobID="moab.849" ReqAWDuration="100000" User="bob" />]]>
 </Serialization>
    </PrimaryObject>
    <RelatedObjects>
      <RelatedObject objectType="vm" objectID="vm56"/>
      <RelatedObject objectType="service" objectID="lamp.211"/>
    </RelatedObjects>
    <Details>
      <Detail name="alpha">lorem ipsum dolor sit amet</Detail>
      <Detail name="bravo">2</Detail>
      <Detail name="charlie">consectetur adipisicing elit, sed do</Detail>
    </Details>
  </Event>

  <Event eventTime="2012-01-27T15:18:31.000-07:00" eventType="schedcyclestart"
         eventCategory="start" sourceComponent="MWM" status="success"
         facility="scheduler" />

  <Event eventTime="2012-01-27T15:18:32.000-07:00" eventType="rmfailure"
         eventCategory="failure" sourceComponent="MWM" status="failure" facility="rm">
    <PrimaryObject objectType="rm" objectID="xcat" />
    <ErrorMessage originator="XCAT" errorCode="542">Cannot communicate with XCAT \
resource manager</ErrorMessage>
  </Event>
</Events>
"""

JOB = '<job JobID="moab.849" ReqAWDuration="100000" User="bob" />'

EVENTS = [
    {
        "eventTime": "2012-01-27T15:18:30.000-07:00",
        "eventType": "jobstart",
        "eventCategory": "start",
        "sourceComponent": "MWM",
        "status": "success",
        "facility": "job",
        "initiatedBy": {"proxyUser": "bob", "user": "tomcat6"},
        "primaryObject": {
            "serialization": f"\n {JOB}\n ",
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
    },
    {
        "eventTime": "2012-01-27T15:18:31.000-07:00",
        "eventType": "schedcyclestart",
        "eventCategory": "start",
        "sourceComponent": "MWM",
        "status": "success",
        "facility": "scheduler",
    },
    {
        "eventTime": "2012-01-27T15:18:32.000-07:00",
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
    },
]

LINES = [
    '2012-01-27T15:18:30.000-07:00 type="jobstart" category="start" '
    'sourceComponent="MWM" status="success" facility="job" initiatedBy.user="tomcat6" '
    'initiatedBy.proxyUser="bob" primaryObject.type="job" primaryObject.id="moab.849" '
    'relatedObject.0.type="service" relatedObject.0.id="lamp.211" '
    'relatedObject.1.type="vm" relatedObject.1.id="vm56" '
    'detail.alpha="lorem ipsum dolor sit amet" detail.bravo="2" '
    'detail.charlie="consectetur adipisicing elit, sed do" '
    'primaryObject.serialization="<job JobID=\\"moab.849\\" '
    'ReqAWDuration=\\"100000\\" User=\\"bob\\" />"',
    '2012-01-27T15:18:31.000-07:00 type="schedcyclestart" category="start" '
    'sourceComponent="MWM" status="success" facility="scheduler"',
    '2012-01-27T15:18:32.000-07:00 type="rmfailure" category="failure" '
    'sourceComponent="MWM" status="failure" facility="rm" primaryObject.type="rm" '
    'primaryObject.id="xcat" error.originator="XCAT" error.code="542" '
    'error.message="Cannot communicate with XCAT resource manager"',
]
