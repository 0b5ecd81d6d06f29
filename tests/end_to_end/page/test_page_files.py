"""Files: what they are, how they begin, and how people share them."""

import base64
import re

from playwright.sync_api import expect

from .kit import ALICE, CHANNEL, message

#: A picture of one point.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CSV = 'city,revenue\nBerlin,1200.5\n"Paris, France",300\n'


def test_a_csv_file_begins_as_a_table_and_is_downloaded_whole(visit, bot):
    rows = CSV + "".join(f"town {number},{number}\n" for number in range(500))
    bot.files_upload_v2(channel=CHANNEL, filename="rows.csv", content=rows, title="All rows")
    page = visit()
    file = page.get_by_test_id("file")

    expect(file).to_contain_text(re.compile(r"rows\.csv.*kB"))
    table = file.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["city", "revenue"])
    expect(table.get_by_role("cell", name="Paris, France")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download All rows").click()

    assert download.value.path().read_text() == rows


def test_other_texts_begin_as_they_are(visit, slack):
    slack.share_file("bob", CHANNEL, "daily.sql", "select <b>\nfrom t", comment="mine")
    page = visit()

    expect(page.get_by_test_id("message").last).to_contain_text("mine")
    expect(page.get_by_role("region", name="How daily.sql begins")).to_have_text(
        "select <b>\nfrom t", use_inner_text=True
    )


def test_a_file_is_attached_with_a_comment(visit, slack):
    page = visit()

    page.get_by_label("File to attach").set_input_files(
        {"name": "daily.sql", "mimeType": "text/plain", "buffer": b"select 1"}
    )
    expect(page.get_by_text("daily.sql")).to_be_visible()
    page.get_by_test_id("composer").press_sequentially("please run")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message").last).to_contain_text("please run")
    expect(page.get_by_test_id("file")).to_contain_text("daily.sql")
    expect(page.get_by_role("button", name="Remove daily.sql")).to_have_count(0)

    [file] = slack.files()
    assert file["content"] == b"select 1"
    assert slack.messages(CHANNEL)[-1]["user"] == ALICE


def test_a_file_can_be_left_out_again_and_goes_into_threads_too(visit, slack):
    ts = slack.say("bob", CHANNEL, "the root").ts
    page = visit()
    message(page, ts).hover()
    message(page, ts).get_by_role("button", name="Reply in thread").click()
    chooser = page.get_by_test_id("thread").get_by_label("File to attach")

    chooser.set_input_files({"name": "no.sql", "mimeType": "text/plain", "buffer": b"no"})
    page.get_by_role("button", name="Remove no.sql").click()
    expect(page.get_by_test_id("thread-send")).to_be_disabled()
    chooser.set_input_files({"name": "yes.sql", "mimeType": "text/plain", "buffer": b"yes"})
    page.get_by_test_id("thread-send").click()

    expect(page.get_by_test_id("thread").get_by_test_id("file")).to_contain_text("yes.sql")
    assert [reply["files"][0]["name"] for reply in slack.thread(CHANNEL, ts)] == ["yes.sql"]


def test_a_deleted_file_leaves_a_word(visit, bot):
    shared = bot.files_upload_v2(
        channel=CHANNEL, filename="rows.csv", content=CSV, initial_comment="All of it"
    )
    page = visit()
    expect(page.get_by_test_id("file")).to_be_visible()

    bot.files_delete(file=shared["file"]["id"])

    expect(page.get_by_test_id("message").last).to_contain_text("This file was deleted.")


def test_a_picture_is_shown(visit, bot):
    bot.files_upload_v2(channel=CHANNEL, filename="chart.png", content=DOT, title="Revenue")
    page = visit()

    picture = page.get_by_test_id("file").get_by_role("img", name="Revenue")
    expect(picture).to_be_visible()
    assert picture.evaluate("node => node.decode().then(() => node.naturalWidth)") == 1


def test_hostile_files_are_texts(visit, bot):
    hostile = "<img src=x onerror='document.title=1'>"
    bot.files_upload_v2(
        channel=CHANNEL, filename="x.csv", content=f"{hostile},b\n1,2\n", title=hostile
    )
    page = visit()

    expect(page.get_by_test_id("file")).to_contain_text(hostile)
    expect(page.get_by_role("columnheader", name=hostile)).to_be_visible()
    expect(page.get_by_test_id("file").locator("img")).to_have_count(0)
