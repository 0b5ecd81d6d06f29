"""What a person sees on the sandbox's page. No bot runs: the messages come through the Web API."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from slack_sdk import WebClient

from odps_bot.sandbox.slack import SlackSandbox
from tests.patience import PAGE_WAITS

CHANNEL = "C0DATAENG1"
ALICE, BOB = "U0ALICE", "U0BOB"
TOUR = (
    {"title": "Run a query", "text": "Real rows.", "command": "/odps run select 1"},
    {"title": "Ask how it goes", "text": "No id needed.", "command": "/odps status"},
)
NOON_UTC = 1_767_268_800  # 2026-01-01 12:00

OPTIONS = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("CSV", "PNG")]

Block = dict[str, Any]


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSandbox]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with SlackSandbox(limits_enabled=False, ack_timeout=PAGE_WAITS, tour=TOUR) as sandbox:
        yield sandbox


@pytest.fixture
def bot(slack: SlackSandbox) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
def visit(slack: SlackSandbox, page: Page) -> Callable[..., Page]:
    def open_as(user: str = ALICE, channel: str = CHANNEL) -> Page:
        page.goto(f"{slack.url}/#as={user}&in={channel}")
        expect(page.get_by_test_id("composer")).to_be_enabled()
        expect(page.locator(".channel-title")).to_be_visible()
        return page

    return open_as


def post(bot: WebClient, text: str = "text", **arguments: Any) -> str:
    return str(bot.chat_postMessage(channel=CHANNEL, text=text, **arguments)["ts"])


def message(page: Page, ts: str) -> Locator:
    return page.locator(f"#log-frame [data-testid=message][data-ts='{ts}']")


def section(text: str, block_id: str = "s") -> Block:
    return {
        "type": "section",
        "block_id": block_id,
        "text": {"type": "mrkdwn", "text": text},
    }


def button(text: str = "Stop", **more: Any) -> Block:
    face = {"type": "plain_text", "text": text}
    element = {"type": "button", "action_id": "stop_run", "text": face, **more}
    return {"type": "actions", "block_id": "a", "elements": [element]}


def cell(value: str | int) -> Block:
    if isinstance(value, int):
        return {"type": "raw_number", "value": value, "text": str(value)}
    return {"type": "raw_text", "text": value}


def data_table(count: int) -> Block:
    rows = [[cell("name"), cell("number")]]
    rows += [[cell(f"row {number}"), cell(number * 7 % 10)] for number in range(count)]
    return {"type": "data_table", "caption": "Some rows", "rows": rows, "page_size": 5}


def rich(text: str, kind: str = "rich_text_section") -> Block:
    part = {"type": kind, "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [part]}


# What is where


def test_a_newcomer_sees_a_workspace_and_can_type_at_once(visit: Callable[..., Page]) -> None:
    page = visit()

    expect(page).to_have_title("#data-eng · odps-bot sandbox")
    expect(page.get_by_test_id("channel-data-eng")).to_have_attribute("aria-current", "page")
    expect(page.get_by_test_id("channel-odps")).to_be_visible()
    expect(page.get_by_test_id("acting-as")).to_have_value(ALICE)
    expect(page.get_by_test_id("composer")).to_be_focused()
    expect(page.get_by_test_id("banner-offline")).to_contain_text("The bot is not running")


def test_the_page_fetches_nothing_from_outside(
    slack: SlackSandbox, bot: WebClient, page: Page, visit: Callable[..., Page]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    picture = {"type": "image", "image_url": "https://example.com/cat.png", "alt_text": "A cat"}
    ts = post(bot, blocks=[picture])
    visit()

    expect(message(page, ts).get_by_role("link", name="A cat")).to_be_visible()
    assert all(url.startswith(slack.url) for url in asked)


# Text


@pytest.mark.parametrize(
    ("text", "selector", "shown"),
    [
        ("a *bold* word", "strong", "bold"),
        ("an _italic *and bold*_ word", "em strong", "and bold"),
        ("a ~struck~ word", "s", "struck"),
        ("`a &lt; b *c*`", "code", "a < b *c*"),
        ("```\nselect 1\n  from t\n```", "pre", "select 1\n  from t"),
        ("&gt; quoted\nnot", "blockquote", "quoted"),
        (
            "<https://example.com/?a=1&amp;b=2|here>",
            "a[href='https://example.com/?a=1&b=2']",
            "here",
        ),
        ("see https://example.com/x", "a[target=_blank][rel~=noopener]", "https://example.com/x"),
        ("<@U0BOB> look", ".mention", "@bob"),
        ("<#C0RANDOM01>", "button.mention", "#random"),
        (":white_check_mark: done", "[role=img]", "✅"),
        (f"<!date^{NOON_UTC}^{{date_num}} {{time}}|then>", "time", "2026-01-01 20:00"),
    ],
)
def test_mrkdwn_is_shown_as_slack_does(
    bot: WebClient, visit: Callable[..., Page], text: str, selector: str, shown: str
) -> None:
    ts = post(bot, blocks=[section(text)])

    expect(message(visit(), ts).locator(".block").locator(selector)).to_have_text(
        shown, use_inner_text=True
    )


@pytest.mark.parametrize(
    "text",
    ["my_table_name and other_name", "2 * 3 * 4", "a*b*c", "*unclosed", "~ ~", ":no_such_emoji:"],
)
def test_marks_that_mark_nothing_stay_as_they_are(
    bot: WebClient, visit: Callable[..., Page], text: str
) -> None:
    ts = post(bot, blocks=[section(text)])

    expect(message(visit(), ts).locator(".block .text")).to_have_text(text)
    expect(message(visit(), ts).locator(".block .text *")).to_have_count(0)


HOSTILE = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>'


@pytest.mark.parametrize(
    "blocks",
    [
        [section(HOSTILE.replace("<", "&lt;").replace(">", "&gt;"))],
        [rich(HOSTILE)],
        [rich(HOSTILE, "rich_text_preformatted")],
        [{"type": "header", "text": {"type": "plain_text", "text": HOSTILE}}],
        [{"type": "markdown", "text": HOSTILE}],
        [{"type": "table", "rows": [[cell("a")], [cell(HOSTILE)]]}],
        [{"type": "data_table", "caption": HOSTILE, "rows": [[cell("a")], [cell(HOSTILE)]]}],
        [
            {
                "type": "plan",
                "title": HOSTILE,
                "tasks": [{"task_id": "1", "title": "t", "status": "complete"}],
            }
        ],
    ],
    ids=lambda blocks: blocks[0]["type"],
)
def test_hostile_content_is_shown_as_text(
    bot: WebClient, visit: Callable[..., Page], blocks: list[Block]
) -> None:
    ts = post(bot, blocks=blocks)
    page = visit()

    expect(message(page, ts)).to_contain_text('<script>document.title="owned"</script>')
    assert message(page, ts).locator("script, img").count() == 0
    assert "owned" not in page.title()


def test_only_web_addresses_become_links(bot: WebClient, visit: Callable[..., Page]) -> None:
    ts = post(bot, blocks=[section("<javascript:alert(1)|a> <data:text/html,x|b> <file:///etc|c>")])
    page = visit()

    expect(message(page, ts)).to_contain_text("javascript:alert(1)")
    expect(message(page, ts).locator("a")).to_have_count(0)


def test_a_text_made_to_hang_parsers_is_shown_quickly(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    for text in ("*_~" * 900, "`" * 2_999, "<" * 700, "*`a`" * 740):
        post(bot, blocks=[section(text.replace("<", "&lt;"))])
    ts = post(bot, "the last one")

    expect(message(visit(), ts)).to_be_visible(timeout=15_000)


# Blocks


@pytest.mark.parametrize(
    ("block", "selector", "shown"),
    [
        (
            {"type": "header", "text": {"type": "plain_text", "text": ":x: Failed"}},
            "[role=heading]",
            "❌ Failed",
        ),
        (
            {**section("*x*"), "fields": [{"type": "mrkdwn", "text": "*Cost* 3"}]},
            ".fields strong",
            "Cost",
        ),
        (
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "by `me`"}]},
            ".context code",
            "me",
        ),
        (button("Run", style="primary"), "button.button-primary", "Run"),
        (
            button("Docs", url="https://example.com/"),
            "a.button[href='https://example.com/']",
            "Docs",
        ),
        (rich("a < b *c*"), ".rich-text-section", "a < b *c*"),
        (rich("select\n  1", "rich_text_preformatted"), "pre", "select\n  1"),
        (rich("said", "rich_text_quote"), "blockquote", "said"),
        ({"type": "markdown", "text": "# Hi\n- **one**\n- two"}, "li strong", "one"),
        ({"type": "table", "rows": [[cell("name")], [cell("Iris")]]}, "tbody td", "Iris"),
        (data_table(3), "figcaption", "Some rows"),
        (
            {"type": "task_card", "task_id": "1", "title": "Read", "status": "in_progress"},
            "[data-status=in_progress] .task-title",
            "Read",
        ),
        (
            {
                "type": "plan",
                "title": "Stages",
                "tasks": [{"task_id": "1", "title": "M1", "status": "complete"}],
            },
            "[data-status=complete] .task-title",
            "M1",
        ),
        (
            {
                "type": "container",
                "title": {"type": "plain_text", "text": "SQL"},
                "is_collapsible": True,
                "child_blocks": [section("inside")],
            },
            "details[open] .text",
            "inside",
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_every_kind_of_block_is_shown(
    bot: WebClient, visit: Callable[..., Page], block: Block, selector: str, shown: str
) -> None:
    ts = post(bot, blocks=[block])

    expect(message(visit(), ts).locator(selector)).to_have_text(shown, use_inner_text=True)


def test_a_block_the_page_does_not_know_is_named(visit: Callable[..., Page]) -> None:
    page = visit()

    shown = page.evaluate(
        """async () => {
             const { renderBlock } = await import("/page/blocks.js");
             return renderBlock({ type: "hologram" }, {}).textContent;
           }"""
    )
    assert shown == "unsupported block: hologram"


def test_a_data_table_is_paged_and_sorted_and_keeps_its_page_when_edited(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    ts = post(bot, blocks=[data_table(12)])
    card = message(visit(), ts)
    first = card.locator("tbody tr").first

    expect(card.locator("tbody tr")).to_have_count(5)
    card.get_by_role("button", name="Next rows").click()
    expect(card.locator(".pager")).to_contain_text("6\N{EN DASH}10 of 12")
    expect(first).to_contain_text("row 5")

    bot.chat_update(channel=CHANNEL, ts=ts, text="x", blocks=[data_table(13)])
    expect(card.locator(".pager")).to_contain_text("6\N{EN DASH}10 of 13")

    card.get_by_role("button", name="Previous rows").click()
    card.get_by_role("button", name="number").click()
    expect(first.locator("td").last).to_have_text("0")
    card.get_by_role("button", name="number").click()
    expect(first.locator("td").last).to_have_text("9")
    expect(card.locator("th[aria-sort=descending]")).to_contain_text("number")


# A card that goes on


def test_an_edit_changes_the_card_in_place_and_leaves_the_focus_alone(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    ts = post(bot, blocks=[section("10 %"), button()])
    page = visit()
    stop = message(page, ts).get_by_role("button", name="Stop")
    stop.focus()
    stop.evaluate("node => { node.isTheSame = true; }")

    bot.chat_update(channel=CHANNEL, ts=ts, text="x", blocks=[section("20 %"), button()])

    expect(message(page, ts)).to_contain_text("20 %")
    expect(message(page, ts)).not_to_contain_text("10 %")
    expect(page.get_by_test_id("message")).to_have_count(1)
    expect(stop).to_be_focused()
    assert stop.evaluate("node => node.isTheSame")


def test_only_messages_without_blocks_are_marked_as_edited(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    plain, card = post(bot, "before"), post(bot, blocks=[section("before")])
    bot.chat_update(channel=CHANNEL, ts=plain, text="after")
    bot.chat_update(channel=CHANNEL, ts=card, text="after", blocks=[section("after")])
    page = visit()

    expect(message(page, plain)).to_contain_text("after (edited)")
    expect(message(page, card)).not_to_contain_text("(edited)")


def test_a_deleted_message_leaves_the_page(bot: WebClient, visit: Callable[..., Page]) -> None:
    ts = post(bot, "soon gone")
    page = visit()
    expect(message(page, ts)).to_be_visible()

    bot.chat_delete(channel=CHANNEL, ts=ts)

    expect(message(page, ts)).to_have_count(0)


def test_who_reads_above_is_not_moved_but_told_of_new_messages(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    for number in range(60):
        post(bot, f"message {number}")
    page = visit()
    log = page.get_by_role("log")
    expect(page.get_by_text("message 59", exact=True)).to_be_in_viewport()
    log.evaluate("node => { node.scrollTop = 0; }")
    expect(page.get_by_text("message 0", exact=True)).to_be_in_viewport()
    page.wait_for_function("document.querySelector('.log').scrollTop === 0")

    post(bot, "the newest")

    page.get_by_role("button", name="1 new message").click()
    expect(page.locator("#log-frame").get_by_text("the newest")).to_be_in_viewport()
    expect(page.locator(".jump")).to_be_hidden()


def test_a_card_that_grows_above_moves_nothing_below(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    card = post(bot, blocks=[section("short")])
    for number in range(40):
        post(bot, f"message {number}")
    page = visit()
    expect(page.get_by_text("message 39", exact=True)).to_be_in_viewport()
    page.get_by_role("log").evaluate("node => { node.scrollTop = node.scrollHeight / 2; }")
    page.wait_for_function("document.querySelector('.log').scrollTop > 100")
    read = page.get_by_text("message 20", exact=True)
    before = read.bounding_box()

    bot.chat_update(channel=CHANNEL, ts=card, text="x", blocks=[section("grown\n" * 9)])

    expect(message(page, card)).to_contain_text("grown")
    assert read.bounding_box() == pytest.approx(before, abs=1)


def test_new_messages_are_announced_to_screen_readers(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    page = visit()

    post(bot, "*Done*: 3 rows", blocks=[section("a card")])

    expect(page.locator("#announcer[aria-live=polite]")).to_have_text("odps-bot: Done: 3 rows")


# Clicks


QUESTION = {
    "title": {"type": "plain_text", "text": "Stop this job?"},
    "text": {"type": "mrkdwn", "text": "Work will be *lost*."},
    "confirm": {"type": "plain_text", "text": "Stop it"},
    "deny": {"type": "plain_text", "text": "Keep running"},
    "style": "danger",
}


def test_a_button_that_asks_first_acts_only_when_confirmed(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    ts = post(bot, blocks=[button(confirm=QUESTION)])
    page = visit()
    clicks: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda request: clicks.append(request.post_data_json) if "/click" in request.url else None,
    )
    stop = message(page, ts).locator("[data-action-id=stop_run]")

    stop.click()
    expect(page.get_by_test_id("dialog")).to_have_accessible_name("Stop this job?")
    expect(page.get_by_test_id("dialog").locator("strong")).to_have_text("lost")
    page.get_by_test_id("dialog-deny").click()
    expect(page.get_by_test_id("dialog")).to_have_count(0)
    stop.click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("dialog")).to_have_count(0)
    assert clicks == []

    stop.click()
    page.get_by_test_id("dialog-confirm").click()
    expect(page.get_by_test_id("toast")).to_contain_text("The bot is not running")
    expected = {"user": ALICE, "channel": CHANNEL, "message_ts": ts, "block_id": "a"}
    assert clicks == [{**expected, "action_id": "stop_run"}]
    expect(stop).not_to_have_attribute("aria-busy", "true")


def test_an_overflow_menu_works_by_keyboard(bot: WebClient, visit: Callable[..., Page]) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": OPTIONS}
    ts = post(bot, blocks=[{**section("Result"), "accessory": menu}])
    page = visit()

    message(page, ts).locator("[data-action-id=more]").press("Enter")
    expect(page.get_by_role("menuitem", name="CSV")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="PNG")).to_be_focused()
    with page.expect_request("**/sandbox/click") as clicked:
        page.keyboard.press("Enter")

    assert clicked.value.post_data_json["selected_option"]["value"] == "PNG"
    expect(page.get_by_role("menu")).to_be_hidden()


@pytest.mark.parametrize(
    ("element", "use", "told"),
    [
        (
            {"type": "static_select", "options": OPTIONS},
            lambda node: node.select_option(label="PNG"),
            {"selected_option": OPTIONS[1]},
        ),
        (
            {"type": "radio_buttons", "options": OPTIONS},
            lambda node: node.get_by_label("PNG").check(),
            {"selected_option": OPTIONS[1]},
        ),
        (
            {"type": "checkboxes", "options": OPTIONS},
            lambda node: node.get_by_label("CSV").check(),
            {"value": OPTIONS[:1]},
        ),
        (
            {"type": "users_select"},
            lambda node: node.select_option(label="Bob Meyer"),
            {"value": BOB},
        ),
        ({"type": "datepicker"}, lambda node: node.fill("2026-01-31"), {"value": "2026-01-31"}),
    ],
    ids=lambda value: value.get("type", "") if isinstance(value, dict) else "",
)
def test_what_is_chosen_reaches_the_server(
    bot: WebClient,
    visit: Callable[..., Page],
    element: Block,
    use: Callable[[Locator], None],
    told: dict[str, Any],
) -> None:
    ts = post(bot, blocks=[{"type": "actions", "elements": [{**element, "action_id": "pick"}]}])
    page = visit()

    with page.expect_request("**/sandbox/click") as clicked:
        use(message(page, ts).locator("[data-action-id=pick]"))

    assert told.items() <= clicked.value.post_data_json.items()
    expect(page.get_by_test_id("toast")).to_contain_text("The bot is not running")


# Threads


def test_a_thread_opens_takes_replies_and_closes(
    slack: SlackSandbox, bot: WebClient, visit: Callable[..., Page]
) -> None:
    ts = post(bot, "the root")
    post(bot, "stage 1 done", thread_ts=ts)
    post(bot, "stage 2 done", thread_ts=ts)
    page = visit()
    thread = page.get_by_test_id("thread")
    expect(page.locator("#log-frame").get_by_test_id("message")).to_have_count(1)

    message(page, ts).get_by_test_id("open-thread").filter(has_text="2 replies").click()
    expect(thread.get_by_test_id("message")).to_have_count(3)
    expect(page.get_by_test_id("thread-composer")).to_be_focused()
    assert page.get_by_test_id("thread-composer").evaluate("n => n.clientHeight >= n.scrollHeight")
    page.get_by_test_id("thread-composer").fill("thanks")
    page.get_by_test_id("thread-composer").press("Enter")
    expect(thread.get_by_test_id("message").last).to_contain_text("thanks")
    expect(message(page, ts).get_by_test_id("open-thread")).to_contain_text("3 replies")

    page.keyboard.press("Escape")
    expect(thread).to_have_count(0)
    expect(page.get_by_test_id("composer")).to_be_focused()
    assert [reply["text"] for reply in slack.thread(CHANNEL, ts)][-1] == "thanks"


def test_the_back_button_of_the_browser_closes_the_thread(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    ts = post(bot, "the root")
    post(bot, "a reply", thread_ts=ts)
    page = visit()
    message(page, ts).get_by_test_id("open-thread").click()
    expect(page.get_by_test_id("thread")).to_be_visible()

    page.go_back()
    expect(page.get_by_test_id("thread")).to_have_count(0)
    page.go_forward()

    expect(page.get_by_test_id("thread")).to_contain_text("a reply")


def test_a_command_in_a_thread_is_refused_and_can_be_moved(
    bot: WebClient, visit: Callable[..., Page]
) -> None:
    ts = post(bot, "the root")
    post(bot, "a reply", thread_ts=ts)
    page = visit()
    message(page, ts).get_by_test_id("open-thread").click()

    page.get_by_test_id("thread-composer").fill("/odps stop")
    page.get_by_test_id("thread-composer").press("Enter")
    expect(page.get_by_test_id("thread")).to_contain_text(
        "/odps is not supported in threads. Sorry!"
    )
    page.get_by_role("button", name="Move it to the channel").click()

    expect(page.get_by_test_id("composer")).to_have_value("/odps stop")
    expect(page.get_by_test_id("thread-composer")).to_have_value("")


def test_files_can_be_downloaded(bot: WebClient, visit: Callable[..., Page]) -> None:
    bot.files_upload_v2(
        channel=CHANNEL, filename="rows.csv", content="a,b\n1,2\n", title="All rows"
    )
    page = visit()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download All rows").click()

    assert download.value.path().read_text() == "a,b\n1,2\n"


# People


def test_everybody_sees_their_own_times_channels_and_private_answers(
    slack: SlackSandbox, bot: WebClient, visit: Callable[..., Page]
) -> None:
    shown = post(bot, blocks=[section(f"<!date^{NOON_UTC}^{{time}}|then>")])
    bot.chat_postEphemeral(channel=CHANNEL, user=ALICE, text="for Alice alone")
    page = visit()
    private = page.get_by_test_id("message").filter(has_text="for Alice alone")

    expect(private).to_contain_text("Only visible to you")
    expect(message(page, shown).locator(".block time")).to_have_text("20:00")
    expect(page.get_by_test_id("channel-finance")).to_be_visible()

    page.get_by_test_id("acting-as").select_option(BOB)
    expect(message(page, shown).locator(".block time")).to_have_text("13:00")
    expect(private).to_have_count(0)
    expect(page.get_by_test_id("channel-finance")).to_have_count(0)
    page.get_by_test_id("composer").fill("Bob here")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message").last).to_contain_text("Bob Meyer")
    assert slack.messages(CHANNEL)[-1]["user"] == BOB


def test_an_address_that_names_nobody_opens_as_the_first_person(
    visit: Callable[..., Page],
) -> None:
    page = visit(user="U0NOBODY", channel="C0NOWHERE")

    expect(page.get_by_test_id("acting-as")).to_have_value(ALICE)
    expect(page.locator("h1")).to_contain_text("data-eng")
    expect(page.get_by_test_id("banner-lost")).to_have_count(0)


def test_what_others_say_elsewhere_is_marked_as_unread(
    slack: SlackSandbox, visit: Callable[..., Page]
) -> None:
    page = visit()
    channel = page.get_by_test_id("channel-random")

    slack.say(BOB, "C0RANDOM01", "over here")
    expect(channel.get_by_role("img", name="unread")).to_be_visible()
    channel.click()

    expect(page.get_by_test_id("message").last).to_contain_text("over here")
    expect(channel.get_by_role("img", name="unread")).to_have_count(0)


# The composer


def test_enter_sends_shift_enter_breaks_the_line_and_arrow_up_recalls(
    slack: SlackSandbox, visit: Callable[..., Page]
) -> None:
    page = visit()
    composer = page.get_by_test_id("composer")

    composer.press_sequentially("first")
    composer.press("Shift+Enter")
    composer.press_sequentially("second")
    composer.press("Enter")
    expect(page.get_by_test_id("message").locator(".rich-text-section")).to_have_text(
        "first\nsecond", use_inner_text=True
    )
    expect(composer).to_have_value("")
    composer.press("ArrowUp")

    expect(composer).to_have_value("first\nsecond")
    assert slack.messages(CHANNEL)[-1]["text"] == "first\nsecond"


def test_a_slash_offers_the_commands(visit: Callable[..., Page]) -> None:
    page = visit()
    composer = page.get_by_test_id("composer")

    composer.press_sequentially("/o")
    expect(page.get_by_role("listbox").get_by_role("option")).to_contain_text("/odps")
    composer.press("Tab")

    expect(composer).to_have_value("/odps ")
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_command_that_reaches_nobody_says_so_and_is_given_back(
    visit: Callable[..., Page],
) -> None:
    page = visit()
    composer = page.get_by_test_id("composer")

    composer.fill("/odps status")
    composer.press("Enter")

    expect(page.locator("#composer .composer-note")).to_contain_text("The bot is not running")
    expect(composer).to_have_value("/odps status")


def test_each_channel_keeps_its_draft(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_test_id("composer").press_sequentially("half a thought")

    page.get_by_test_id("channel-random").click()
    expect(page.get_by_test_id("composer")).to_have_value("")
    page.get_by_test_id("channel-data-eng").click()

    expect(page.get_by_test_id("composer")).to_have_value("half a thought")


# The tour, the traffic and the state of things


def test_the_tour_puts_a_command_into_the_composer_without_sending_it(
    slack: SlackSandbox, visit: Callable[..., Page]
) -> None:
    page = visit()

    page.get_by_test_id("tour-entry").filter(has_text="Run a query").click()

    expect(page.get_by_test_id("composer")).to_have_value("/odps run select 1")
    expect(page.get_by_test_id("composer")).to_be_focused()
    assert slack.messages(CHANNEL) == []
    page.get_by_test_id("close-tour").click()
    expect(page.get_by_test_id("tour")).to_have_count(0)
    page.get_by_test_id("toggle-tour").click()
    expect(page.get_by_test_id("tour")).to_be_visible()


def test_the_traffic_lists_what_the_bot_asked(bot: WebClient, visit: Callable[..., Page]) -> None:
    page = visit()

    page.get_by_test_id("toggle-traffic").click()
    post(bot, "seen on the wire")

    expect(page.get_by_test_id("traffic-row").last).to_contain_text("chat.postMessage")
    page.keyboard.press("Escape")
    expect(page.locator("#traffic")).to_be_hidden()


def test_the_bot_can_be_invited_where_it_is_missing(visit: Callable[..., Page]) -> None:
    page = visit(channel="C0RANDOM01")
    expect(page.get_by_test_id("banner-info")).to_contain_text("@odps is not in this channel")

    page.get_by_test_id("invite").click()

    expect(page.get_by_test_id("banner-info")).to_have_count(0)


def test_an_archived_channel_takes_no_messages_until_it_is_restored(
    visit: Callable[..., Page],
) -> None:
    page = visit()

    page.get_by_test_id("channel-menu").click()
    page.get_by_role("menuitem", name="Archive this channel").click()
    expect(page.get_by_test_id("composer")).to_be_disabled()
    page.get_by_test_id("channel-menu").click()
    page.get_by_role("menuitem", name="Restore this channel").click()

    expect(page.get_by_test_id("composer")).to_be_enabled()


def test_a_lost_connection_is_told_and_comes_back_by_itself(
    slack: SlackSandbox, visit: Callable[..., Page]
) -> None:
    port = int(slack.url.rsplit(":", 1)[1])
    page = visit()

    slack.stop()
    expect(page.get_by_test_id("banner-lost")).to_be_visible()
    with SlackSandbox(port=port) as again:
        expect(page.get_by_test_id("banner-lost")).to_have_count(0, timeout=15_000)
        again.say(BOB, CHANNEL, "there you are")

        expect(page.get_by_test_id("message").last).to_contain_text("there you are")


# Other windows


def test_on_a_phone_the_sidebar_is_a_drawer_and_the_thread_a_sheet(
    slack: SlackSandbox, bot: WebClient, browser: Browser
) -> None:
    ts = post(bot, blocks=[section("wide " * 300), data_table(9), button("x" * 70)])
    post(bot, "a reply", thread_ts=ts)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    page.goto(slack.url)
    sidebar = page.locator("#sidebar")
    expect(message(page, ts)).to_be_visible()

    expect(sidebar).to_be_hidden()
    page.get_by_test_id("open-sidebar").click()
    expect(sidebar).to_be_visible()
    page.get_by_test_id("channel-analytics").click()
    expect(sidebar).to_be_hidden()
    expect(page.locator("h1")).to_contain_text("analytics")
    page.get_by_test_id("open-sidebar").click()
    page.get_by_test_id("channel-data-eng").click()
    message(page, ts).get_by_test_id("open-thread").click()

    assert page.get_by_test_id("thread").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": 390,
        "height": 844,
    }
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".log").evaluate_all(
        "logs => logs.every(n => n.scrollWidth <= n.clientWidth)"
    )
    context.close()


def test_the_page_follows_the_colour_scheme_of_the_system(visit: Callable[..., Page]) -> None:
    page = visit()
    background = "getComputedStyle(document.body).backgroundColor"

    page.emulate_media(color_scheme="light")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) != "rgb(255, 255, 255)"


def test_every_control_has_a_name(bot: WebClient, visit: Callable[..., Page]) -> None:
    post(bot, blocks=[data_table(9), button()])
    page = visit()
    expect(page.get_by_test_id("message")).to_have_count(1)

    for control in page.locator("button:visible, select:visible, textarea:visible").all():
        expect(control).to_have_accessible_name(re.compile(r"\S"))
