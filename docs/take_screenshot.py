"""Take the documentation's pictures of the sandbox, and the README's tour: `make screenshot`."""

import io
import re
import shutil
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
PICTURES = Path(__file__).parent
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 780}
TOUR: ViewportSize = {"width": 1280, "height": 680}
CHANNEL = "C0DATAENG1"

#: Until something is done, on any machine.
PATIENCE_MS = 60_000

#: Between two frames of the tour.
FRAME = timedelta(seconds=0.35)
FIRST_FRAME = timedelta(seconds=1.5)

QUERY = (
    "select city, round(sum(amount)) as revenue, round(sum(amount) / 10) as tax\n"
    "from orders where ds >= '20261001' group by city order by revenue desc limit 6"
)
SLOWER = (
    "set sandbox.duration=30;\nselect city, sum(amount) as revenue\n"
    "from orders where ds >= '20261001' group by city"
)
SHOWN_IN_TOUR = (
    "select name as flower, round(avg(petallength), 2) as petal_cm "
    "from pyodps_iris group by name order by petal_cm"
)
SKEWED = (
    "set sandbox.life=skew;\nset sandbox.life.from=170;\n"
    "select o.city, count(*) as orders, sum(o.amount) as revenue\n"
    "from orders o join pyodps_iris v on o.city = v.name\n"
    "where o.ds >= '20261001' group by o.city"
)
MISSPELT = "select nme, petallength\nfrom pyodps_iris where petallength > 4"
NEEDS_APPROVAL = "--project analytics insert into sandbox.stock values ('tulip', 30)"


def main() -> None:
    """Do what the pictures show, and take each when it is to be seen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
            args=["--no-sandbox"],
        )
        _record_tour(browser)
        _take_pictures(browser)
        browser.close()


def _take_pictures(browser: Browser) -> None:
    with Session() as session:
        address = _start(session)
        page = _open(browser, address)
        _run_and_chart(page)
        _fail(page)
        _fill_in(page)
        session.slack.say("U0BOB", CHANNEL, f"/odps run {NEEDS_APPROVAL}")
        _go_home(page)
        _picture(_open(browser, address, viewport=PHONE, color_scheme="dark"), "phone")
    _explain_slowness(browser)


def _explain_slowness(browser: Browser) -> None:
    """Show what holds a run up, on its card and in its thread."""
    with Session() as session:
        page = _open(browser, _start(session))
        card = _run(page, SKEWED)
        expect(card).to_contain_text("workers ended", timeout=3 * PATIENCE_MS)
        expect(card.get_by_test_id("open-thread")).to_contain_text("1 reply", timeout=PATIENCE_MS)
        card.get_by_test_id("open-thread").click()
        expect(page.get_by_test_id("thread")).to_contain_text("to go.", timeout=PATIENCE_MS)
        _picture(page, "slow")


def _record_tour(browser: Browser) -> None:
    """Record a run from its command to its result and chart."""
    with Session(timing=Timing.of(timedelta(seconds=9))) as session:
        page = _open(browser, _start(session), viewport=TOUR, scale=1)
        page.get_by_role("button", name="Things to try").click()
        film = Film(page)
        film.hold(timedelta(seconds=0.8))
        composer = page.get_by_test_id("composer")
        typed = f"/odps run {SHOWN_IN_TOUR}"
        for end in range(5, len(typed) + 12, 12):
            composer.fill(typed[:end])
            film.hold(timedelta(seconds=0.12))
        film.hold(timedelta(seconds=0.8))
        card = _send(page)
        film.record_until(card, "Succeeded")
        expect(card.get_by_test_id("open-thread")).to_contain_text("repl", timeout=PATIENCE_MS)
        film.hold(timedelta(seconds=1.2))
        card.get_by_test_id("open-thread").click()
        film.hold(timedelta(seconds=2.5))
        card.get_by_role("button", name="Chart", exact=True).click()
        expect(card).to_contain_text("The chart is in the thread", timeout=PATIENCE_MS)
        expect(page.get_by_test_id("thread")).to_contain_text("by flower", timeout=PATIENCE_MS)
        page.wait_for_timeout(1_000)
        film.hold(timedelta(seconds=4))
        film.save(PICTURES / "tour.webp")


@dataclass
class Film:
    """Frames of a page, each with how long it is shown."""

    page: Page
    frames: list[tuple[bytes, timedelta]] = field(default_factory=list)

    def hold(self, shown: timedelta) -> None:
        """Add what the page shows now; a frame like the one before makes that one last longer."""
        self.page.mouse.move(0, 0)
        picture = self.page.screenshot(animations="disabled", caret="hide")
        if self.frames and self.frames[-1][0] == picture:
            shown += self.frames.pop()[1]
        self.frames.append((picture, shown))

    def record_until(self, card: Locator, words: str) -> None:
        """Add frames until the card shows the words."""
        deadline = time.monotonic() + PATIENCE_MS / 1_000
        while words not in card.inner_text():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the card does not say {words}")
            self.hold(FRAME)
            self.page.wait_for_timeout(FRAME / timedelta(milliseconds=1))

    def save(self, file: Path) -> None:
        """Write an animation that repeats forever.

        It begins with its end, for whoever sees its first frame only.
        """
        frames = [(self.frames[-1][0], FIRST_FRAME), *self.frames]
        pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data, _ in frames]
        lasting = [round(shown / timedelta(milliseconds=1)) for _, shown in frames]
        pictures[0].save(
            file,
            save_all=True,
            append_images=pictures[1:],
            duration=lasting,
            loop=0,
            lossless=True,
            quality=80,
            method=4,
            minimize_size=True,
        )


def _run_and_chart(page: Page) -> None:
    """Show a run with its result and chart, and another one half-way."""
    card = _run(page, QUERY)
    expect(card).to_contain_text("Succeeded", timeout=PATIENCE_MS)
    expect(card.get_by_test_id("open-thread")).to_contain_text("1 reply", timeout=PATIENCE_MS)
    card.get_by_role("button", name="Chart", exact=True).click()
    expect(card).to_contain_text("The chart is in the thread", timeout=PATIENCE_MS)
    slow = _run(page, SLOWER)
    card.get_by_test_id("open-thread").click()
    expect(slow).to_contain_text(re.compile(r"[3-9]\d%"), timeout=PATIENCE_MS)


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
    form.get_by_label(re.compile("^Only estimate")).check()
    _picture(page, "form")
    page.keyboard.press("Escape")


def _go_home(page: Page) -> None:
    """Show the app's Home tab, where a statement waits for an approval."""
    page.get_by_role("navigation").get_by_role("button", name="odps-bot APP").click()
    home = page.get_by_role("tabpanel", name="Home")
    expect(home).to_contain_text("Waiting for you", timeout=PATIENCE_MS)
    expect(home).to_contain_text("My defaults", timeout=PATIENCE_MS)
    _picture(page, "home")


def _run(page: Page, sql: str) -> Locator:
    page.get_by_test_id("composer").fill(f"/odps run {sql}")
    return _send(page)


def _send(page: Page) -> Locator:
    """Send what was typed; return the card that comes of it."""
    cards = page.locator("#log-frame").get_by_test_id("message")
    before = cards.count()
    page.get_by_test_id("send").click()
    expect(cards).to_have_count(before + 1, timeout=PATIENCE_MS)
    ts = cards.last.get_attribute("data-ts")
    return page.locator(f"#log-frame [data-ts='{ts}']")


def _start(session: Session) -> str:
    """Start bot and worker; return the address of the page."""
    session.start_bot()
    session.start_worker()
    session.wait_until_ready()
    return f"{session.slack.url}/#as=U0ALICE&in={CHANNEL}"


def _open(
    browser: Browser,
    address: str,
    *,
    viewport: ViewportSize = LAPTOP,
    scale: float = 1.15,
    color_scheme: Literal["dark", "light"] = "light",
) -> Page:
    page = browser.new_page(viewport=viewport, device_scale_factor=scale, color_scheme=color_scheme)
    page.goto(address)
    expect(page.get_by_test_id("composer")).to_be_visible()
    return page


def _picture(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
