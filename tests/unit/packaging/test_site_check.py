"""The check of the built site fails for dead links and for whatever a page loads from elsewhere."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci" / "check_site.py"


@pytest.fixture
def check(tmp_path):
    """Check a site of these files and return what is wrong with it."""

    def run(**files: str) -> tuple[int, str]:
        tmp_path.joinpath("index.html").write_text("<p>Nothing</p>")
        tmp_path.joinpath("far away.html").write_text('<h1 id="top"></h1><h2 id="使用"></h2>')
        for name, text in files.items():
            tmp_path.joinpath(name.replace("_", ".")).write_text(text)
        ended = subprocess.run(
            [sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False
        )
        return ended.returncode, ended.stderr

    return run


@pytest.mark.parametrize(
    "html",
    [
        '<a href="far%20away.html#top">',
        '<a href="far%20away.html#%E4%BD%BF%E7%94%A8">',
        '<a href="#here"><a name="here">',
        '<a href=".">',
        '<a href="https://elsewhere.example/page">',
        '<a href="mailto:somebody@elsewhere.example">',
        '<link rel="canonical" href="https://elsewhere.example/">',
        '<link rel="stylesheet" href="style.css">',
    ],
)
def test_links_that_lead_somewhere_pass(check, html):
    assert check(index_html=html, style_css="p { background: url(data:,) }") == (0, "")


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="nowhere.html">', "index.html links to nowhere.html, which is not there"),
        ('<a href="far%20away.html#gone">', "links to far%20away.html#gone"),
        ('<a href="#gone">', "links to #gone"),
        ('<img src="gone.png">', "links to gone.png"),
        ('<img src="//elsewhere.example/a.png">', "loads //elsewhere.example/a.png"),
        ('<script src="https://cdn.example/a.js">', "index.html loads https://cdn.example/a.js"),
        ('<link rel="stylesheet" href="https://cdn.example/a.css">', "loads https://cdn.example"),
        ('<link rel="preconnect" href="https://cdn.example">', "loads https://cdn.example"),
    ],
)
def test_a_dead_link_or_a_foreign_load_fails(check, html, problem):
    status, said = check(index_html=html)

    assert status == 1
    assert problem in said
    assert len(said.splitlines()) == 1


def test_a_style_sheet_that_loads_a_font_fails(check):
    status, said = check(style_css='@font-face { src: url("https://fonts.example/a.woff2") }')

    assert (status, said) == (1, "style.css loads https://fonts.example/a.woff2\n")


def test_a_folder_without_pages_fails(tmp_path):
    ended = subprocess.run(
        [sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "There is no page" in ended.stderr
