"""Blocks built by two independent libraries, as a check of our schema."""

from typing import Any

import pytest
import slackblocks as sb
from slack_sdk.models import blocks as sdk

from odps_bot.sandbox.slack.block_kit import check_blocks, check_view

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
AXIS = sb.AxisConfig(["Mon", "Tue"], x_label="day", y_label="rows")
SERIES = [
    sb.DataSeries(name, [sb.DataPoint("Mon", 1), sb.DataPoint("Tue", 2.5)]) for name in ("a", "b")
]
BUILT_BY_SLACKBLOCKS += [
    sb.DataVisualizationBlock("Rows", chart(SERIES, AXIS))
    for chart in (sb.BarChart, sb.LineChart, sb.AreaChart)
]
FOR_MODALS_BY_SLACKBLOCKS = [
    sb.AlertBlock("Careful.", level="warning"),
    sb.VideoBlock(
        alt_text="a", title="A", thumbnail_url="https://x/y.png", video_url="https://x/y.mp4"
    ),
    sb.InputBlock("File", sb.FileInput(action_id="f", filetypes=["sql"], max_files=1)),
    sb.InputBlock("Rows", sb.NumberInput(is_decimal_allowed=False, action_id="n")),
    sb.InputBlock("Who", sb.UserMultiSelectMenu("w")),
    sb.InputBlock("Where", sb.ConversationSelectMenu("c", response_url_enabled=True)),
    sb.InputBlock("Text", sb.RichTextInput("r")),
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
def test_blocks_built_by_slackblocks_are_accepted(block: Any) -> None:
    assert check_blocks([block._resolve()], surface="message") == []


@pytest.mark.parametrize(
    "block", FOR_MODALS_BY_SLACKBLOCKS, ids=lambda block: str(type(block).__name__)
)
def test_modals_built_by_slackblocks_are_accepted(block: Any) -> None:
    view = sb.ModalView(title="Run", submit="Go", blocks=[block])

    assert check_view(view._resolve()) == []


@pytest.mark.parametrize("block", BUILT_BY_SLACK_SDK, ids=lambda block: str(type(block).__name__))
def test_blocks_built_by_the_sdk_are_accepted(block: Any) -> None:
    assert check_blocks([block.to_dict()], surface="message") == []
