"""The page of licences names every package that an installation brings, and none that would bind its users."""

from __future__ import annotations

import re
from importlib.metadata import distribution

import licences

FREE = re.compile(r"MIT|BSD|Apache|PSF|MPL|ISC|Zlib", re.IGNORECASE)


def test_every_package_is_listed_and_free() -> None:
    listed = dict(re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", licences.PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    del listed["package"]
    assert listed.keys() == licences.needed("crmsheet")
    assert {"pandas", "numpy", "python-dateutil"} <= listed.keys()  # what a package needs, too
    for name in listed:
        assert FREE.search(licences.licence(distribution(name))), name
        assert not re.search(r"\bA?GPL", licences.licence(distribution(name))), name
