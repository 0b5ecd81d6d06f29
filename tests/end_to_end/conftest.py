"""A real browser for the tests that look at the sandbox's page."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

QUIET_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: The shell is a browser without windows, which costs half the processor time.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
LAPTOP = {"width": 1280, "height": 800}
PATIENCE_MS = 30_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, or else Playwright's own. Without any, skip; but fail in CI."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
                args=QUIET_FLAGS,
            )
        except Error as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"No browser: {error.message.splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window of a laptop's size; an uncaught error of the page's scripts fails the test."""
    errors: list[Error] = []
    context = browser.new_context(viewport=LAPTOP, timezone_id="UTC", locale="en-US")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    # Playwright marks its handlers, which a built-in method does not allow.
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108  -- see above
    yield page
    context.close()
    assert errors == []
