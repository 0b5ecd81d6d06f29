"""Settings of Sphinx for the site that `make docs` builds."""

import re
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util import logging

from odps_bot import __version__

project = "odps-bot"
version = release = __version__
project_copyright = "the authors of odps-bot, MIT licence"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.githubpages"]
exclude_patterns = ["*.py"]

myst_heading_anchors = 4
myst_heading_slug_func = "github"

default_role = "py:obj"  # `name` in a docstring
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
add_module_names = False

html_search_language = "en-zh"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_title = f"odps-bot {version}"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "footer_icons": [],
}

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/odps-bot/odps-bot/blob/main"

#: A link of Markdown to a file outside of docs/.
_OUTSIDE = re.compile(r"\]\(\.\./([^)\s#]+)(#[^)\s]*)?\)")


#: A run of Chinese characters.
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


class EnglishAndChinese(SearchEnglish):
    """Words as in English; of Chinese, which parts no words, each character and each pair."""

    lang = "en-zh"
    js_splitter_code = """
var splitQuery = (query) =>
  (query.match(/[\\u4e00-\\u9fff]+|[^\\u4e00-\\u9fff]+/g) || []).flatMap((part) =>
    /^[\\u4e00-\\u9fff]{2}/.test(part)
      ? [...part].slice(1).map((character, index) => part[index] + character)
      : part.split(/[^\\p{Letter}\\p{Number}_]+/u).filter((word) => word));
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - Sphinx names it so
        """Return what a text is found by."""
        runs = _CHINESE.findall(input)
        pairs = [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
        return [*super().split(_CHINESE.sub(" ", input)), *"".join(runs), *pairs]


def setup(app: Sphinx) -> None:
    """Let links to other files of the repository lead to its home; show drawings as text."""
    app.add_lexer("mermaid", TextLexer)
    app.add_search_language(EnglishAndChinese)
    app.connect("source-read", _link_repository)


def _link_repository(_app: Sphinx, page: str, source: list[str]) -> None:
    def address(link: re.Match[str]) -> str:
        path, anchor = link.groups(default="")
        if not (ROOT / path).exists():
            logging.getLogger(__name__).warning("no such file: %s", path, location=page)
        return f"]({REPOSITORY}/{path}{anchor})"

    source[0] = _OUTSIDE.sub(address, source[0])
