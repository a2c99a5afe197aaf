"""What the generated pages have in common."""

from __future__ import annotations

MADE = "<!-- made by docs/make.py -->\n"


def table(headers: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
