"""The packages that an installation brings with it and their licences: ``python docs/licences.py`` writes licences.md."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

PAGE = Path(__file__).resolve().parent / "licences.md"
HEAD = """# Licences
<!-- made by docs/licences.py -->

crmsheet is under the MIT licence. `pip install crmsheet` brings these packages; none of them is under a licence that would bind
what you do with your workbooks or your own code. Vendored files say theirs in their first lines. Extras (`export`, `learn` …) are not listed.

| package | licence |
|---|---|
"""


def needed(name: str) -> set[str]:
    """Names of all packages that a package needs on this system, itself left out."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for text in distribution(waiting.pop()).requires or []:
            one = Requirement(text)
            plain = re.sub("[-_.]+", "-", one.name).lower()
            if plain not in found and (one.marker is None or one.marker.evaluate({"extra": ""})):
                found.add(plain)
                waiting.append(plain)
    return found


def licence(of: Distribution) -> str:
    """What a package's metadata says, in the shortest of its ways."""
    said = of.metadata.get("License-Expression") or ""
    classifiers = [line.rpartition(" :: ")[2] for line in of.metadata.get_all("Classifier") or [] if line.startswith("License :: ")]
    return said or ", ".join(classifiers) or (of.metadata.get("License") or "?").splitlines()[0]


def page() -> str:
    """The page as it should be."""
    return HEAD + "".join(f"| {name} | {licence(distribution(name))} |\n" for name in sorted(needed("crmsheet")))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
