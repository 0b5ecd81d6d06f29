"""Take the README's picture of the sandbox: `make screenshot`."""

import shutil
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from odps_bot.sandbox.session import Session

PICTURE = Path(__file__).parent / "sandbox.png"
SLOW_S = 25
QUERY = (
    "select name, count(*) as flowers, round(avg(petallength), 2) as petal\n"
    "from pyodps_iris group by name order by name"
)
SLOWER = (
    f"set sandbox.duration={SLOW_S};\nselect city, sum(amount) as revenue\n"
    "from orders where ds >= '20260101' group by city"
)


def main() -> None:
    """Run a query to its end and a slow one half-way, and take the picture."""
    with Session() as session, sync_playwright() as playwright:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 860}, device_scale_factor=1.5)
        page.goto(session.slack.url)
        page.get_by_test_id("channel-data-eng").click()
        first = _type(page, QUERY)
        expect(first).to_contain_text("Succeeded", timeout=30_000)
        _type(page, SLOWER)
        page.wait_for_timeout(timedelta(seconds=SLOW_S / 2) / timedelta(milliseconds=1))
        first.get_by_test_id("open-thread").click()
        page.wait_for_timeout(1_000)
        page.screenshot(path=PICTURE)
        browser.close()


def _type(page: Page, sql: str) -> Locator:
    cards = page.get_by_test_id("message")
    before = cards.count()
    page.get_by_test_id("composer").fill(f"/odps run {sql}")
    page.get_by_test_id("send").click()
    expect(cards).to_have_count(before + 1, timeout=20_000)
    return page.locator(f"[data-ts='{cards.last.get_attribute('data-ts')}']")


if __name__ == "__main__":
    main()
