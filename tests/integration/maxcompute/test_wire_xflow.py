from xml.etree import ElementTree as ET

import pytest

from odps_bot.maxcompute import AmbiguousSubmitError, ConflictError, MalformedResponseError

ID = "20260101000000123gabcdefgh2"
LOCATION = {"Location": f"/api/projects/test_project/instances/{ID}"}
STATUS = "<Instance><Status>{}</Status></Instance>"


def actions(*steps):
    found = "".join(
        f'<Action NodeType="{node_type}"><InstanceId>{instance_id}</InstanceId>'
        f'<Name>{name}</Name><Result Format="text"><![CDATA[ok]]></Result></Action>'
        for node_type, name, instance_id in steps
    )
    return f"<Xinstance><Actions>{found}</Actions></Xinstance>"


def test_an_xflow_is_submitted_as_pyodps_does(service):
    service.reply("", http_status=201, headers=LOCATION)

    instance = service.client().xflows.run(
        "AppendID",
        xflow_project="algo_public",
        parameters={
            "inputTableName": "input_table",
            "outputTableName": "other.output_table",
            "modelName": "m",
            "rows": 3,
        },
        hints={"odps.setting": True},
        priority=1,
    )

    flow = ET.fromstring(service.requests[0].body).find("XflowInstance")
    assert instance.id == ID
    assert [child.tag for child in flow] == [
        "Project",
        "Xflow",
        "Parameters",
        "Priority",
        "Config",
    ]
    assert {p.findtext("Key"): p.findtext("Value") for p in flow.iter("Parameter")} == {
        "inputTableName": "test_project.input_table",
        "outputTableName": "other.output_table",
        "modelName": "test_project/offlinemodels/m",
        "rows": "3",
    }
    assert flow.findtext("Config/Property/Value") == "true"


def test_without_hints_and_priority_nothing_is_said_of_them(service):
    service.reply("", http_status=201, headers=LOCATION)

    service.client().xflows.run("AppendID", xflow_project="algo_public")

    flow = ET.fromstring(service.requests[0].body).find("XflowInstance")
    assert [child.tag for child in flow] == ["Project", "Xflow", "Parameters"]


def test_sub_instances_of_nested_flows_are_found_and_local_steps_left_out(service):
    service.reply(
        actions(
            ("Local", "prepare", "local1"),
            ("Instance", "DataConvert_1", "i1"),
            ("SubWorkflow", "flow", "f1"),
        ),
        actions(("Instance", "AppendID_1", "i2"), ("SubWorkflow", "itself", "f1")),
    )
    client = service.client()

    found = client.xflows.get_sub_instances(client.get_instance(ID))

    assert [(name, instance.id) for name, instance in found] == [
        ("DataConvert_1", "i1"),
        ("AppendID_1", "i2"),
    ]
    assert len(service.requests) == 2


def test_what_appears_with_the_end_is_not_missed(service):
    service.reply(STATUS.format("Running"), actions(("Instance", "one", "i1")))
    service.reply(STATUS.format("Terminated"))
    service.reply(actions(("Instance", "one", "i1"), ("Instance", "two", "i2")))
    client = service.client()

    found = client.xflows.iter_sub_instances(client.get_instance(ID))

    assert [name for name, _ in found] == ["one", "two"]
    assert service.pauses == [1.0]


def test_a_step_that_has_not_begun_is_left_out(service):
    service.reply(actions(("SubWorkflow", "later", ""), ("Instance", "one", "i1")))
    client = service.client()

    found = client.xflows.get_sub_instances(client.get_instance(ID))

    assert [name for name, _ in found] == ["one"]


@pytest.mark.parametrize("instance_id", ["-", "../i1", "null instance"])
def test_a_step_of_a_nonsensical_instance_is_left_out(service, instance_id):
    service.reply(actions(("Instance", "one", instance_id), ("Instance", "two", "i2")))
    client = service.client()

    found = client.xflows.get_sub_instances(client.get_instance(ID))

    assert [name for name, _ in found] == ["two"]


def test_flows_within_flows_without_end_are_malformed(service):
    flows = iter(range(10_000))
    service.reply(lambda _: (actions(("SubWorkflow", "deeper", f"i{next(flows)}")), 200))
    client = service.client()

    with pytest.raises(MalformedResponseError, match="nested flows"):
        client.xflows.get_sub_instances(client.get_instance(ID))

    assert len(service.requests) < 100


def test_the_source_of_an_xflow_is_read(service):
    service.reply(
        "<Instance><XflowInstance><Project>algo_public</Project><Xflow>AppendID</Xflow>"
        "<Parameters><Parameter><Key>a</Key><Value>b</Value></Parameter></Parameters>"
        "<Priority>1</Priority><Guid>g</Guid></XflowInstance></Instance>"
    )
    client = service.client()

    source = client.xflows.get_source(client.get_instance(ID))

    assert source is not None
    assert (source.xflow_project, source.xflow, source.priority) == ("algo_public", "AppendID", 1)
    assert source.parameters == {"a": "b"}
    assert source.guid == "g"


def test_what_is_no_xflow_has_no_source_as_one(service):
    message = "ODPS-1226011:Xflow instance not found"
    service.reply(f"<Error><Code>X</Code><Message>{message}</Message></Error>", http_status=400)
    client = service.client()

    assert client.xflows.get_source(client.get_instance(ID)) is None


def test_a_conflict_without_a_guid_is_raised_unchanged(service):
    service.reply("", http_status=409, headers=LOCATION)

    with pytest.raises(ConflictError):
        service.client().xflows.run("AppendID", xflow_project="algo_public")


def test_an_ambiguous_submission_has_its_guid(service):
    service.reply("", http_status=502)

    with pytest.raises(AmbiguousSubmitError) as raised:
        service.client().xflows.run("AppendID", xflow_project="algo_public", guid="g1")

    assert raised.value.guid == "g1"
