"""What turns the repository's pages into a site: the READMEs become its two first pages, and each page speaks one language.

MkDocs calls the ``on_…`` functions (https://www.mkdocs.org/user-guide/plugins/#events).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent.parent
STARTS = {"index.md": "README.zh-CN.md", "index.en.md": "README.md"}
NAMES = {"zh": "中文", "en": "English"}
# Pages of one language whose other one is not beside them.
ENGLISH = {"architecture.md", "benchmarks.md", "contributing.md", "decisions.md", "extensions.md", "library.md", "release.md", "testing.md"}
CHINESE = "[一-龥，。；：、（）“”]"


def other_language(page: str, pages: set[str]) -> str | None:
    """The page that says the same in the other language, if there is one: ``lead.md`` → ``lead.en.md``, ``weeks.zh.md`` → ``weeks.md``."""
    stem = page.removesuffix(".md")
    if stem.endswith((".en", ".zh")):
        return f"{stem[:-3]}.md"
    return next((one for one in (f"{stem}.en.md", f"{stem}.zh.md") if one in pages), None)


def language(page: str, pages: set[str]) -> str:
    """zh or en; zh for the generated pages, which hold both."""
    other = other_language(page, pages) or ""
    return "en" if page.endswith(".en.md") or other.endswith(".zh.md") or page in ENGLISH else "zh"


def start(readme: str) -> str:
    """A README as a page of docs/."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    return to_starts(re.sub(r"\]\(docs/", "](", text))


def to_starts(text: str) -> str:
    """Links to a README lead to the page that it became."""
    for page, readme in STARTS.items():
        text = re.sub(rf"\]\((\.\./)?{re.escape(readme)}\)", f"]({page})", text)
    return text


def on_files(files: Any, config: Any) -> Any:
    """The first pages."""
    for page, readme in STARTS.items():
        files.append(File.generated(config, page, content=start(readme)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links that leave the site lead to a first page, or are names of files without a link; Chinese lines are joined without a space."""
    named = re.sub(r"\[([^\]]+)\]\((?:\.\./|examples/)[^)]+\)", r"\1", to_starts(markdown))
    outside = re.split(r"(^```.*?^```)", named, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if i % 2 else re.sub(rf"(?<={CHINESE})\n *(?={CHINESE})", "", part) for i, part in enumerate(outside))


def on_page_context(context: dict[str, Any], page: Any, config: Any, **_: Any) -> dict[str, Any]:
    """The theme speaks the page's language, and its language menu leads to the page that says the same."""
    files = {file.src_uri: file for file in context["pages"]}
    mine = page.file.src_uri
    spoken, other = language(mine, set(files)), other_language(mine, set(files))
    config.theme["language"] = spoken
    config.extra["homepage"] = "index.en.html" if spoken == "en" else "index.html"
    ways = {spoken: mine, "en" if spoken == "zh" else "zh": other} if other else {}
    config.extra["alternate"] = [{"name": NAMES[lang], "lang": lang, "link": files[ways[lang]].url} for lang in NAMES if lang in ways]
    return context
