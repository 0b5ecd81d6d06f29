"""Take the README's pictures of the sandbox: `make screenshot`."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from odps_bot.sandbox.session import Session

PICTURES = Path(__file__).parent
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 780}
CHANNEL = "C0DATAENG1"

#: Until something is done, on any machine.
PATIENCE_MS = 60_000

QUERY = (
    "select city, round(sum(amount)) as revenue, round(sum(amount) / 10) as tax\n"
    "from orders where ds >= '20261001' group by city order by revenue desc limit 6"
)
SLOWER = (
    "set sandbox.duration=30;\nselect city, sum(amount) as revenue\n"
    "from orders where ds >= '20261001' group by city"
)
MISSPELT = "select nme, petallength\nfrom pyodps_iris where petallength > 4"


def main() -> None:
    """Do what the pictures show, and take each when it is to be seen."""
    with Session() as session, sync_playwright() as playwright:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        address = f"{session.slack.url}/#as=U0ALICE&in={CHANNEL}"
        page = _open(browser, address)
        _run_and_chart(page)
        _fail(page)
        _fill_in(page)
        _go_home(page)
        _picture(_open(browser, address, phone=True), "phone")
        browser.close()


def _run_and_chart(page: Page) -> None:
    """Show a run with its result and chart, and another one half-way."""
    card = _run(page, QUERY)
    expect(card).to_contain_text("Succeeded", timeout=PATIENCE_MS)
    expect(card.get_by_test_id("open-thread")).to_contain_text("2 replies", timeout=PATIENCE_MS)
    card.get_by_role("button", name="Chart", exact=True).click()
    expect(card).to_contain_text("The chart is in the thread", timeout=PATIENCE_MS)
    slow = _run(page, SLOWER)
    card.get_by_test_id("open-thread").click()
    expect(slow).to_contain_text(re.compile(r"[3-9]\d %"), timeout=PATIENCE_MS)
    _picture(page, "sandbox")


def _fail(page: Page) -> None:
    """Show a failure, explained."""
    card = _run(page, MISSPELT)
    expect(card).to_contain_text("Failed", timeout=PATIENCE_MS)
    card.get_by_test_id("open-thread").click()
    expect(page.get_by_test_id("thread")).to_contain_text("Run again?", timeout=PATIENCE_MS)
    _picture(page, "failure")


def _fill_in(page: Page) -> None:
    """Show the form."""
    page.get_by_test_id("composer").fill("/odps run")
    page.get_by_test_id("send").click()
    form = page.get_by_role("dialog", name="Run MaxCompute SQL")
    form.get_by_label(re.compile("^SQL")).fill(QUERY)
    form.get_by_label(re.compile("^Estimate only")).check()
    _picture(page, "form")
    page.keyboard.press("Escape")


def _go_home(page: Page) -> None:
    """Show the app's Home tab."""
    page.get_by_role("navigation").get_by_role("button", name="odps-bot APP").click()
    expect(page.get_by_role("tabpanel", name="Home")).to_contain_text(
        "My defaults", timeout=PATIENCE_MS
    )
    _picture(page, "home")


def _run(page: Page, sql: str) -> Locator:
    cards = page.locator("#log-frame").get_by_test_id("message")
    before = cards.count()
    page.get_by_test_id("composer").fill(f"/odps run {sql}")
    page.get_by_test_id("send").click()
    expect(cards).to_have_count(before + 1, timeout=PATIENCE_MS)
    ts = cards.last.get_attribute("data-ts")
    return page.locator(f"#log-frame [data-ts='{ts}']")


def _open(browser: Browser, address: str, *, phone: bool = False) -> Page:
    page = browser.new_page(
        viewport=PHONE if phone else LAPTOP,
        device_scale_factor=1.15,
        color_scheme="dark" if phone else "light",
    )
    page.goto(address)
    expect(page.get_by_test_id("composer")).to_be_visible()
    return page


def _picture(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
