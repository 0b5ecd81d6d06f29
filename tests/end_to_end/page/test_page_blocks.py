"""The newer blocks: tables to search, charts, cards; and private messages that change."""

import pytest
from playwright.sync_api import expect

from .kit import ALICE, CHANNEL, button, cell, message, options, plain, section

DAYS = ["Mon", "Tue", "Wed"]


def post(bot, *blocks):
    return str(bot.chat_postMessage(channel=CHANNEL, text="text", blocks=list(blocks))["ts"])


def table(count):
    rows = [[cell("city"), cell("revenue")]]
    rows += [[cell(f"city {number:02}"), cell(number * 1_000)] for number in range(count)]
    return {"type": "data_table", "caption": "Some rows", "rows": rows, "page_size": 5}


def axis_chart(kind):
    def points(factor):
        return [{"label": day, "value": (at + 1) * factor} for at, day in enumerate(DAYS)]

    series = [{"name": "Berlin", "data": points(100)}, {"name": "Paris", "data": points(-40)}]
    axes = {"categories": DAYS, "x_label": "Day", "y_label": "CNY"}
    chart = {"type": kind, "series": series, "axis_config": axes}
    return {"type": "data_visualization", "title": "Revenue", "chart": chart}


PIE = {
    "type": "data_visualization",
    "title": "Where the time went",
    "chart": {
        "type": "pie",
        "segments": [{"label": "Queue", "value": 30}, {"label": "M1", "value": 90}],
    },
}


def test_a_table_is_filtered_and_copied_as_csv(visit, bot, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card = message(visit(), post(bot, table(12)))

    card.get_by_role("searchbox", name="Filter Some rows").fill("city 1")
    expect(card.locator("tbody tr")).to_have_count(2)
    expect(card.get_by_role("cell", name="11,000")).to_have_class("align-right")
    card.get_by_role("button", name="revenue").click()
    card.get_by_role("button", name="revenue").click()
    card.get_by_role("button", name="Copy as CSV").click()
    expect(page.get_by_test_id("toast")).to_contain_text("Copied 2 rows")
    copied = page.evaluate("navigator.clipboard.readText()")

    assert copied.splitlines() == ["city,revenue", 'city 11,"11,000"', 'city 10,"10,000"']


def test_a_filter_outlives_an_edit_and_says_when_nothing_matches(visit, bot):
    ts = post(bot, table(12))
    card = message(visit(), ts)

    card.get_by_role("searchbox").fill("city 11")
    bot.chat_update(channel=CHANNEL, ts=ts, text="x", blocks=[table(13)])
    expect(card.locator("tbody tr")).to_have_count(1)
    expect(card.get_by_role("searchbox")).to_have_value("city 11")
    card.get_by_role("searchbox").fill("nowhere")

    expect(card).to_contain_text("No rows match.")


@pytest.mark.parametrize("kind", ["bar", "line", "area"])
def test_a_chart_is_drawn_and_told_as_a_table(visit, bot, kind):
    card = message(visit(), post(bot, axis_chart(kind)))

    marks = card.locator("svg .bar, svg .mark")
    expect(marks).to_have_count(6)
    expect(card.locator(".legend")).to_contain_text("Berlin")
    rows = card.get_by_role("table", name=f"Revenue ({kind} chart)").get_by_role("row")
    expect(rows).to_have_text(["DayBerlinParis", "Mon100-40", "Tue200-80", "Wed300-120"])

    assert card.locator("svg.axes").evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_pie_says_its_shares(visit, bot):
    card = message(visit(), post(bot, PIE))

    expect(card.locator("svg .slice")).to_have_count(2)
    expect(card.locator(".legend")).to_contain_text("90 · 75 %")
    expect(card.get_by_role("row", name="Queue 30")).to_be_attached()


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (
            {
                "type": "card",
                "title": {"type": "mrkdwn", "text": "*orders*"},
                "body": plain("A table"),
                "actions": [{"type": "button", "action_id": "describe", "text": plain("Describe")}],
            },
            "ordersA tableDescribe",
        ),
        (
            {
                "type": "video",
                "alt_text": "How it works",
                "title": plain("How it works"),
                "thumbnail_url": "https://example.com/a.png",
                "video_url": "https://example.com/a",
                "author_name": "Bob",
            },
            "▶ How it worksBob",
        ),
        (
            {
                "type": "container",
                "title": plain("SQL"),
                "subtitle": plain("3 lines"),
                "is_collapsible": True,
                "default_collapsed": True,
                "child_blocks": [section("inside")],
            },
            "SQL3 linesinside",
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_newer_blocks_are_shown(visit, bot, block, shown):
    card = message(visit(), post(bot, block))

    expect(card.locator(".block").first).to_have_text(shown)


def test_small_actions_reach_the_app_for_whom_they_are_meant(visit, bot):
    trash = {"type": "icon_button", "icon": "trash", "text": plain("Delete result")}
    opinion = {
        "type": "feedback_buttons",
        "action_id": "opinion",
        "positive_button": {"text": plain("Helpful"), "value": "yes"},
        "negative_button": {"text": plain("Not helpful"), "value": "no"},
    }
    elements = [
        opinion,
        {**trash, "action_id": "mine", "value": "r42"},
        {**trash, "action_id": "bobs", "visible_to_user_ids": ["U0BOB"]},
    ]
    card = message(visit(), post(bot, {"type": "context_actions", "elements": elements}))

    expect(card.get_by_role("button", name="Delete result")).to_have_count(1)
    with card.page.expect_request("**/sandbox/click") as clicked:
        card.get_by_role("button", name="Not helpful").click()

    assert clicked.value.post_data_json["value"] == "no"


def test_several_choices_are_told_when_their_list_closes(visit, bot):
    menu = {
        "type": "multi_static_select",
        "action_id": "tags",
        "placeholder": plain("Tags"),
        "options": options("Daily", "Weekly", "Slow"),
    }
    card = message(visit(), post(bot, {"type": "actions", "elements": [menu]}))

    card.get_by_role("button", name="Tags").click()
    card.get_by_role("checkbox", name="Daily").check()
    card.get_by_role("checkbox", name="Weekly").check()
    with card.page.expect_request("**/sandbox/click") as clicked:
        card.page.keyboard.press("Escape")

    chosen = [option["value"] for option in clicked.value.post_data_json["value"]]
    assert chosen == ["daily", "weekly"]


def test_a_private_answer_is_replaced_and_taken_away_by_its_own_buttons(visit, bot, app, connect):
    @app.action("refresh")
    def refresh(ack, respond):
        ack()
        blocks = [section("2 runs"), button("Dismiss", "dismiss")]
        respond(text="changed", blocks=blocks, replace_original=True)

    @app.action("dismiss")
    def dismiss(ack, respond):
        ack()
        respond(delete_original=True)

    connect()
    page = visit()
    bot.chat_postEphemeral(
        channel=CHANNEL, user=ALICE, text="x", blocks=[section("1 run"), button("Again", "refresh")]
    )
    answer = page.get_by_test_id("message").filter(has_text="Only visible to you")

    expect(answer).to_contain_text("1 run")
    answer.get_by_role("button", name="Again").click()
    expect(answer).to_contain_text("2 runs")
    answer.get_by_role("button", name="Dismiss").click()

    expect(answer).to_have_count(0)


HOSTILE = "<img src=x onerror='document.title=1'>"


@pytest.mark.parametrize(
    "block",
    [
        {"type": "card", "title": plain(HOSTILE)},
        {"type": "container", "title": plain(HOSTILE), "child_blocks": [section("x")]},
        {**PIE, "title": HOSTILE[:50]},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "multi_static_select",
                    "action_id": "m",
                    "options": options(HOSTILE),
                    "placeholder": plain(HOSTILE),
                }
            ],
        },
        {
            "type": "video",
            "alt_text": "x",
            "title": plain(HOSTILE),
            "thumbnail_url": "https://example.com/a.png",
            "video_url": "javascript:alert(1)",
        },
    ],
    ids=lambda block: block["type"],
)
def test_hostile_texts_of_newer_blocks_are_texts(visit, bot, block):
    card = message(visit(), post(bot, block))

    expect(card).to_contain_text("<img src=x onerror='document.title=1'>")
    expect(card.locator("img, script, [href^=javascript]")).to_have_count(0)
    expect(card.page).to_have_title("#data-eng · odps-bot sandbox")
