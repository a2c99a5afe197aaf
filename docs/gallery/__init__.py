"""The error gallery: for every code of the catalogue a small workbook that has it.  The page docs/findings.md shows
them, and tests/test_gallery.py runs them."""

from __future__ import annotations

from gallery.customers import CUSTOMERS
from gallery.example import Example
from gallery.log import LOG
from gallery.others import PRIVATE, STRATEGY, WRITTEN
from gallery.tables import TABLES, VALUES

GALLERY: tuple[Example, ...] = (*TABLES, *VALUES, *CUSTOMERS, *LOG, *STRATEGY, *PRIVATE, *WRITTEN)
