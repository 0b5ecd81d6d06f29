"""Files: what they are, how they begin, and how people share them."""

import base64
import csv
import io
import re

import pytest
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


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("n\n" + "1\n" * 40, "First 5 of 40 rows"),
        ("n\n" + "1\n" * 39 + "1", "First 5 of 40 rows"),  # without an end of line at the end
        ("\ufeffn\r\n" + "1\r\n" * 1_200, "First 5 of 1,200 rows"),
        ("n\n" + '"two\nlines"\n' * 7, "First 5 of 7 rows"),
        ("n\n" + '"one\ntwo\nthree\nfour\nfive\nsix"\n' * 6, "First 5 of 6 rows"),
        ("n\n" + '"says ""hello"", and\ngoes"\n' * 12, "First 5 of 12 rows"),
        ("n\n" + "1\n" * 6, "First 5 of 6 rows"),
        ("n\n" + "1\n" * 5, ""),
        ("n\n" + '"two\nlines"\n' * 5, ""),
        ("n\n", ""),
        ("n\n" + f"{'x' * 900}\n" * 30, "First 5 of 30 rows"),
        (",".join("abcdefghij") + "\n" + "1,2,3,4,5,6,7,8,9,10\n" * 2, "First 8 of 10 columns"),
        (
            ",".join("abcdefghij") + "\n" + "1,2,3,4,5,6,7,8,9,\n" * 9,
            "First 5 of 9 rows, first 8 of 10 columns",
        ),
    ],
)
def test_a_table_says_how_many_rows_there_are_besides_those_shown(visit, bot, content, says):
    bot.files_upload_v2(channel=CHANNEL, filename="rows.csv", content=content, title="Rows")
    file = visit().get_by_test_id("file")

    expect(file.get_by_role("table")).to_be_visible()
    if says:
        expect(file.locator(".file-more")).to_have_text(says)
    else:
        expect(file.locator(".file-more")).to_have_count(0)
    total = len(list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))) - 1
    expect(file.locator("tbody tr")).to_have_count(min(total, 5))


def test_what_cannot_be_read_whole_is_not_counted(visit, bot, page):
    page.route("**/files-pri/**", lambda route: route.abort())
    bot.files_upload_v2(channel=CHANNEL, filename="rows.csv", content=CSV + "x,1\n" * 20)

    file = visit().get_by_test_id("file")

    expect(file.locator(".file-more")).to_have_text("And more")
    expect(file.get_by_role("cell", name="Paris, France")).to_be_visible()


@pytest.mark.parametrize(
    ("lines", "says"),
    [(8, ""), (9, "1 more line"), (10, "2 more lines"), (1_300, "1,292 more lines")],
)
def test_a_text_says_how_many_lines_there_are_besides_those_shown(visit, slack, lines, says):
    slack.share_file("bob", CHANNEL, "daily.sql", "select 1\n" * lines)
    file = visit().get_by_test_id("file")

    expect(file.locator("pre")).to_have_text("\n".join(["select 1"] * 8), use_inner_text=True)
    expect(file.locator(".file-more")).to_have_text([says] if says else [])


def test_other_texts_begin_as_they_are(visit, slack):
    slack.share_file("bob", CHANNEL, "daily.sql", "select <b>\nfrom t", comment="mine")
    page = visit()

    expect(page.get_by_test_id("message").last).to_contain_text("mine")
    expect(page.get_by_role("group", name="How daily.sql begins")).to_have_text(
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
