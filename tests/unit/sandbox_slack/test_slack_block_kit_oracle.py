"""What two libraries of other authors build, as a check on our shapes."""

from typing import Any

import pytest
import slackblocks as sb
from slack_sdk.models import blocks as sdk

from odps_bot.sandbox.slack.block_kit import check_blocks

OPTION = sb.Option(sb.Text("A", type_=sb.TextType.PLAINTEXT), "a")

BUILT_BY_SLACKBLOCKS = [
    sb.SectionBlock("*hi*", fields=["a", "b"]),
    sb.SectionBlock("hi", accessory=sb.Button("Stop", action_id="stop", style="danger")),
    sb.HeaderBlock("Run"),
    sb.DividerBlock(),
    sb.ContextBlock([sb.Text("a"), sb.Image("https://x/y.png", "y")]),
    sb.ActionsBlock(
        [
            sb.Button("Open", action_id="a", url="https://x", value="v"),
            sb.StaticSelectMenu("b", [OPTION], None),
            sb.OverflowMenu("c", [OPTION]),
            sb.CheckboxGroup("d", [OPTION]),
            sb.RadioButtonGroup("e", [OPTION]),
        ]
    ),
    sb.ImageBlock("https://x/y.png", "y"),
    sb.InputBlock("SQL", sb.PlainTextInput(action_id="sql", multiline=True), hint="one statement"),
    sb.MarkdownBlock("# hi"),
    sb.TableBlock([[sb.RawText("a"), sb.RawText("b")]], [sb.ColumnSettings(align="right")]),
    sb.DataTableBlock([[sb.RawText("id")], [sb.RawNumber(1, "1")]], caption="rows"),
    sb.TaskCardBlock(task_id="1", title="M1", status="complete"),
    sb.PlanBlock("Stages", [sb.TaskCardBlock(task_id="1", title="M1", status="pending")]),
    sb.ContainerBlock([sb.SectionBlock("a")], title="SQL", is_collapsible=True),
    sb.DataVisualizationBlock("Share", sb.PieChart([sb.ChartSegment("a", 1)])),
    sb.CardBlock(title="Run", body="text", actions=sb.Button("Stop", action_id="a")),
    sb.ContextActionsBlock([sb.IconButton("Delete", action_id="x")]),
]
BUILT_BY_SLACK_SDK = [
    sdk.SectionBlock(text=sdk.MarkdownTextObject(text="a"), fields=["b"]),
    sdk.ActionsBlock(
        elements=[
            sdk.ButtonElement(
                text="Stop",
                action_id="stop",
                confirm=sdk.ConfirmObject(title="Stop?", text="Really?"),
            ),
            sdk.UserSelectElement(action_id="who", placeholder="Who"),
            sdk.DateTimePickerElement(action_id="when"),
        ]
    ),
    sdk.ContextBlock(elements=[sdk.PlainTextObject(text="a")]),
    sdk.InputBlock(label="SQL", element=sdk.RichTextInputElement(action_id="sql")),
    sdk.RichTextBlock(
        elements=[
            sdk.RichTextPreformattedElement(elements=[sdk.RichTextElementParts.Text(text="a")])
        ]
    ),
]


@pytest.mark.parametrize("block", BUILT_BY_SLACKBLOCKS, ids=lambda block: str(type(block).__name__))
def test_what_slackblocks_builds_is_taken(block: Any) -> None:
    assert check_blocks([block._resolve()], surface="message") == []


@pytest.mark.parametrize("block", BUILT_BY_SLACK_SDK, ids=lambda block: str(type(block).__name__))
def test_what_the_sdk_builds_is_taken(block: Any) -> None:
    assert check_blocks([block.to_dict()], surface="message") == []
