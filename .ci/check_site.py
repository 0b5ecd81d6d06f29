"""Check a built site: every link leads somewhere, and no page loads anything from elsewhere.

Usage: check_site.py FOLDER
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a browser fetches by itself, by the attribute that names it.
LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}

#: Links of a page's head that name an address and fetch nothing.
NAMED_ONLY = {"canonical", "search", "index", "next", "prev", "author", "alternate"}

CSS_ADDRESS = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)")


class Page(HTMLParser):
    """The anchors of a page, what it links to, and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.targets: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's anchor and addresses."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        for name in ("href", "src"):
            if name in values:
                self.targets.add(values[name])
                if (tag, name) in LOADED and values.get("rel") not in NAMED_ONLY:
                    self.loaded.add(values[name])


def problems(site: Path) -> list[str]:
    """Return what is wrong with the site, a line for each."""
    pages = {file: Page(file.read_text("utf-8")) for file in sorted(site.rglob("*.html"))}
    found = []
    for file, page in pages.items():
        name = file.relative_to(site)
        found += [f"{name} loads {address}" for address in sorted(page.loaded) if is_far(address)]
        found += [
            f"{name} links to {target}, which is not there"
            for target in sorted(page.targets)
            if not is_far(target) and not leads_somewhere(target, file, pages)
        ]
    for file in sorted(site.rglob("*.css")):
        far = CSS_ADDRESS.findall(file.read_text("utf-8"))
        found += [f"{file.relative_to(site)} loads {address}" for address in far]
    return found


def is_far(address: str) -> bool:
    """Return whether an address names another host or another protocol."""
    parts = urlsplit(address)
    return bool(parts.netloc or parts.scheme)


def leads_somewhere(target: str, file: Path, pages: dict[Path, Page]) -> bool:
    """Return whether a page's link has a file, and its anchor if it names one."""
    parts = urlsplit(target)
    there = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if there.is_dir():
        there /= "index.html"
    if parts.fragment and there in pages:
        return unquote(parts.fragment) in pages[there].anchors
    return there.is_file()


def main() -> int:
    """Print what is wrong and return 1, or return 0."""
    site = Path(sys.argv[1]).resolve()
    found = problems(site)
    if not any(site.glob("*.html")):
        found.append(f"There is no page in {site}.")
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
