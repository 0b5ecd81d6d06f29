"""Modals, as a person fills them in; a small Bolt app opens them and answers."""

import pytest
from playwright.sync_api import expect

from .kit import CHANNEL, button, field, modal, options, plain, section

SQL = field("SQL", "plain_text_input", multiline=True, max_length=20, hint=plain("One statement."))
TABLE = field("Table", "plain_text_input", dispatch_action=True)
NAME = field("Name", "plain_text_input", optional=True)


@pytest.fixture
def ask(app, bot, connect, visit):
    """Return a function that shows a card whose button opens a modal; it returns the dialog."""

    def show(view, **window):
        @app.action("ask")
        def open_it(ack, body, client):
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=view)

        connect()
        bot.chat_postMessage(channel=CHANNEL, text="card", blocks=[button("Ask", "ask")])
        page = visit(**window)
        page.get_by_role("button", name="Ask", exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        return dialog

    return show


@pytest.fixture
def submitted(app):
    """What the app was told at each submission."""
    told = []

    @app.view("run")
    def take(ack, view):
        told.append(view["state"]["values"])
        ack()

    return told


def test_a_modal_is_filled_in_and_submitted(ask, submitted):
    kinds = [
        field("Project", "static_select", options=options("Shop", "Ads")),
        SQL,
        field("Tags", "multi_static_select", options=options("Daily", "Weekly", "Slow")),
        field("Tell", "users_select"),
        field("Where", "conversations_select", default_to_current_conversation=True),
        field("Extras", "checkboxes", options=options("CSV", "Chart")),
        field("Speed", "radio_buttons", options=options("Fast", "Cheap")),
        field("Rows", "number_input", is_decimal_allowed=False),
        field("Day", "datepicker"),
        NAME,
    ]
    dialog = ask(modal(*kinds))

    expect(dialog).to_have_accessible_name("Run SQL")
    expect(dialog.get_by_label("Project")).to_be_focused()
    expect(dialog.get_by_text("One statement.")).to_be_visible()
    dialog.get_by_label("Project").select_option(label="Ads")
    dialog.get_by_label("SQL").fill("select 1")
    expect(dialog.get_by_text("8 / 20")).to_be_visible()
    dialog.get_by_role("button", name="Tags").click()
    dialog.get_by_role("checkbox", name="Daily").check()
    dialog.get_by_role("checkbox", name="Slow").check()
    dialog.page.keyboard.press("Escape")
    expect(dialog.get_by_role("button", name="Tags Daily Slow")).to_be_focused()
    dialog.get_by_label("Tell").select_option(label="Bob Meyer")
    dialog.get_by_label("Chart").check()
    dialog.get_by_label("Cheap").check()
    dialog.get_by_label("Rows").fill("100")
    dialog.get_by_label("Day").fill("2026-01-31")
    dialog.get_by_role("button", name="Run", exact=True).click()
    expect(dialog).to_have_count(0)

    [values] = submitted
    entered = {block: next(iter(actions.values())) for block, actions in values.items()}
    assert entered["project"]["selected_option"]["value"] == "ads"
    assert entered["sql"]["value"] == "select 1"
    assert [one["value"] for one in entered["tags"]["selected_options"]] == ["daily", "slow"]
    assert entered["tell"]["selected_user"] == "U0BOB"
    assert entered["where"]["selected_conversation"] == CHANNEL
    assert [one["value"] for one in entered["extras"]["selected_options"]] == ["chart"]
    assert entered["speed"]["selected_option"]["value"] == "cheap"
    assert entered["rows"]["value"] == "100"
    assert entered["day"]["selected_date"] == "2026-01-31"
    assert entered["name"]["value"] is None


def test_what_is_set_beforehand_is_submitted_unless_it_is_changed(ask, submitted):
    chosen = options("Shop", "Ads")
    dialog = ask(
        modal(
            field("Project", "static_select", options=chosen, initial_option=chosen[1]),
            field("Name", "plain_text_input", initial_value="weekly", optional=True),
            field("Tags", "multi_static_select", options=chosen, initial_options=chosen),
        )
    )

    expect(dialog.get_by_label("Name")).to_have_value("weekly")
    dialog.get_by_label("Name").fill("")
    dialog.get_by_label("Name").press("Enter")
    expect(dialog).to_have_count(0)

    [values] = submitted
    assert values["project"]["project"]["selected_option"]["value"] == "ads"
    assert values["name"]["name"]["value"] is None
    assert len(values["tags"]["tags"]["selected_options"]) == 2


@pytest.mark.parametrize(("typed", "complaint"), [("", ""), ("x" * 21, "20")])
def test_what_is_missing_or_too_long_is_said_under_its_field(ask, submitted, typed, complaint):
    dialog = ask(modal(NAME, SQL))

    dialog.get_by_label("SQL").fill(typed)
    dialog.get_by_role("button", name="Run", exact=True).click()
    expect(dialog.get_by_label("SQL")).to_be_focused()
    expect(dialog.get_by_label("SQL")).to_have_attribute("aria-invalid", "true")
    expect(dialog.locator(".is-wrong .input-error")).to_contain_text(complaint)

    assert submitted == []


def test_the_apps_complaints_stand_under_the_fields_until_they_are_changed(ask, app):
    @app.view("run")
    def refuse(ack, view):
        ack(response_action="errors", errors={"sql": "There is no table t."})

    dialog = ask(modal(NAME, SQL))
    sql = dialog.get_by_label("SQL")

    sql.fill("select * from t")
    dialog.get_by_role("button", name="Run", exact=True).click()
    expect(dialog.get_by_text("There is no table t.")).to_be_visible()
    expect(sql).to_be_focused()
    expect(sql).to_have_accessible_description("There is no table t. One statement.")
    expect(sql).to_have_value("select * from t")
    sql.press_sequentially("2")

    expect(dialog.get_by_text("There is no table t.")).to_have_count(0)


def test_a_button_in_a_modal_brings_what_is_typed_and_an_update_keeps_it(ask, app):
    seen = []

    @app.action("estimate")
    def estimate(ack, body, client):
        ack()
        view = body["view"]
        seen.append(view["state"]["values"]["sql"]["sql"]["value"])
        changed = modal(section("About 3 GB"), SQL, button("Estimate", "estimate"))
        client.views_update(view_id=view["id"], hash=view["hash"], view=changed)

    dialog = ask(modal(SQL, button("Estimate", "estimate")))

    dialog.get_by_label("SQL").fill("select 1")
    dialog.get_by_role("button", name="Estimate").click()
    expect(dialog.get_by_text("About 3 GB")).to_be_visible()

    expect(dialog.get_by_label("SQL")).to_have_value("select 1")
    assert seen == ["select 1"]


def test_a_modal_above_another_goes_back_to_it_and_what_was_typed_there(ask, app):
    @app.action("more")
    def push(ack, body, client):
        ack()
        upper = modal(section("Every project"), title="Projects", close=plain("Go back"))
        client.views_push(trigger_id=body["trigger_id"], view=upper)

    dialog = ask(modal(SQL, button("More", "more")))

    dialog.get_by_label("SQL").fill("select 1")
    dialog.get_by_role("button", name="More").click()
    expect(dialog).to_have_accessible_name("Projects")
    dialog.get_by_role("button", name="Back", exact=True).click()
    expect(dialog).to_have_accessible_name("Run SQL")
    expect(dialog.get_by_label("SQL")).to_have_value("select 1")
    dialog.get_by_role("button", name="More").click()
    expect(dialog).to_have_accessible_name("Projects")
    dialog.page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)


def test_closing_gives_the_focus_back_to_the_button(ask, app, slack):
    closed = []

    @app.view_closed("run")
    def note(ack, view):
        closed.append(view["callback_id"])
        ack()

    dialog = ask(modal(SQL, notify_on_close=True))

    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(dialog.page.get_by_role("button", name="Ask", exact=True)).to_be_focused()

    slack.wait_until(lambda: closed == ["run"])


def test_the_focus_stays_inside(ask):
    dialog = ask(modal(SQL))

    for _ in range(12):
        dialog.page.keyboard.press("Tab")
        focused = dialog.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
        assert focused


def test_a_loading_modal_gets_its_fields_and_the_focus(ask, slack, bot):
    loading = {"type": "modal", "title": plain("Loading"), "blocks": [section("One moment…")]}
    dialog = ask(loading)

    [view] = slack.views("alice")
    bot.views_update(view_id=view["id"], view=modal(SQL))
    expect(dialog).to_have_accessible_name("Run SQL")

    expect(dialog.get_by_label("SQL")).to_be_focused()


def test_an_app_that_does_not_answer_keeps_the_modal_and_what_was_typed(ask):
    dialog = ask(modal(SQL))

    dialog.get_by_label("SQL").fill("select 1")
    dialog.get_by_role("button", name="Run", exact=True).click()

    expect(dialog.get_by_role("alert")).to_contain_text("We had some trouble connecting")
    expect(dialog.get_by_label("SQL")).to_have_value("select 1")


def test_a_file_is_handed_in(ask, submitted):
    dialog = ask(modal(field("Script", "file_input", filetypes=["sql"])))

    script = {"name": "daily.sql", "mimeType": "text/plain", "buffer": b"select 1"}
    dialog.get_by_label("Script").set_input_files(script)
    expect(dialog.get_by_text("daily.sql")).to_be_visible()
    dialog.get_by_role("button", name="Run", exact=True).click()
    expect(dialog).to_have_count(0)

    [file] = submitted[0]["script"]["script"]["files"]
    assert file["name"] == "daily.sql"


def test_a_modal_is_open_again_after_a_reload(ask):
    dialog = ask(modal(SQL))

    dialog.page.reload()

    expect(dialog).to_have_accessible_name("Run SQL")


def test_on_a_phone_a_modal_fills_the_screen(ask, phone):
    dialog = ask(modal(SQL, NAME), at=phone)

    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}


def test_on_a_phone_a_log_in_a_modal_is_read_without_scrolling_sideways(ask, phone):
    line = "Read from 0 num:52743413 size:1389941257 " * 4
    literal = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": line}]}
    dialog = ask(modal({"type": "rich_text", "elements": [literal]}, title="Log"), at=phone)

    log = dialog.locator("pre")
    expect(log).to_contain_text("num:52743413")
    assert log.bounding_box()["width"] <= 390
    assert log.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert dialog.locator(".modal-body").evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_log_that_is_longer_than_a_modal_is_scrolled_with_the_keyboard(ask):
    literal = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x\n" * 99}]}
    view = modal({"type": "rich_text", "elements": [literal]}, title="Log")
    del view["submit"]
    dialog = ask(view)
    body = dialog.locator(".modal-body")

    dialog.page.keyboard.press("Tab")
    expect(body).to_be_focused()
    dialog.page.keyboard.press("End")

    dialog.page.wait_for_function("document.querySelector('.modal-body').scrollTop > 0")


def test_a_field_that_asks_for_it_tells_the_app_at_enter(ask, app):
    @app.action("table")
    def describe(ack, body, client):
        ack()
        name = body["actions"][0]["value"]
        changed = modal(TABLE, section(f"{name} has 150 rows"))
        client.views_update(view_id=body["view"]["id"], view=changed)

    dialog = ask(modal(TABLE))

    dialog.get_by_label("Table").fill("pyodps_iris")
    dialog.get_by_label("Table").press("Enter")
    expect(dialog.get_by_text("pyodps_iris has 150 rows")).to_be_visible()

    expect(dialog.get_by_label("Table")).to_have_value("pyodps_iris")
    expect(dialog.get_by_label("Table")).to_be_focused()


def test_a_date_half_entered_outlives_what_happens_meanwhile(ask, slack):
    dialog = ask(modal(field("Day", "datepicker")))
    day = dialog.get_by_label("Day")

    day.focus()
    dialog.page.keyboard.type("01")
    slack.say("bob", CHANNEL, "meanwhile")
    expect(dialog.page.locator("#log-frame")).to_contain_text("meanwhile")
    dialog.page.keyboard.type("312026")

    expect(day).to_have_value("2026-01-31")


def test_options_that_the_app_finds_are_offered_while_one_types(ask, app, submitted):
    @app.options("from")
    def find(ack, payload):
        names = [name for name in ("Orders", "Ordinals", "Customers") if payload["value"] in name]
        ack(options=options(*names))

    @app.options("tables")
    def find_any(ack):
        ack(options=options("Orders", "Customers"))

    several = field("Tables", "multi_external_select", min_query_length=1)
    dialog = ask(modal(field("From", "external_select", min_query_length=2), several))

    dialog.get_by_label("From").press_sequentially("Ord")
    expect(dialog.locator("datalist option")).to_have_count(2)
    dialog.get_by_label("From").fill("Orders")
    dialog.get_by_label("Tables").press_sequentially("s")
    expect(dialog.locator("datalist").last.locator("option")).to_have_count(2)
    dialog.get_by_label("Tables").fill("Orders")
    dialog.get_by_label("Tables").fill("Customers")
    dialog.get_by_role("button", name="Remove Orders").click()
    dialog.get_by_role("button", name="Run", exact=True).click()
    expect(dialog).to_have_count(0)

    [values] = submitted
    assert values["from"]["from"]["selected_option"]["value"] == "orders"
    chosen = values["tables"]["tables"]["selected_options"]
    assert [option["value"] for option in chosen] == ["customers"]
