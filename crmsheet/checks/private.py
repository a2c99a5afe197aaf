"""Private values where they do not belong: told by cell and kind, never by value (S002-98..100, S003-6..9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from crmsheet.arrays import Bools, Objects
from crmsheet.checks.context import Context, check, words
from crmsheet.model import CellRef, Finding
from crmsheet.privacy.detect import BANK_CARD, EMAIL, FINDINGS, ID_NUMBER, MOBILE, find_column, may_hold
from crmsheet.privacy.name_index import names_in
from crmsheet.tables.noise import tell
from crmsheet.tables.table import TextColumn
from crmsheet.values.columns import parse_distinct, spread_bools

# Columns of their own: what stands there is meant to stand there.
_OWN_FIELDS: Mapping[str, frozenset[str]] = {"phone": frozenset({MOBILE, EMAIL}), "email": frozenset({MOBILE, EMAIL})}
_OWN_HEADERS: Mapping[str, re.Pattern[str]] = {
    ID_NUMBER: re.compile("身份证|证件"),
    BANK_CARD: re.compile("银行卡|卡号|账号|账户|帐号|帐户"),
    MOBILE: re.compile("手机|电话|联系方式|微信|传真"),
    EMAIL: re.compile("邮箱|邮件|e-?mail", re.IGNORECASE),
}
_NUMBERED = frozenset({"followup_id"})  # an id of 11 digits or more, and of nothing private
# What shows a contact: a name, seven digits (half a number is none), a mail of which nothing is starred out.
CONTACT: Mapping[str, Callable[[str], object]] = {
    "contact": names_in, "phone": re.compile(r"[0-9](?:[ -]?[0-9]){6}").search, "email": re.compile(r"[^*@\s]@").search,
}  # fmt: skip


@check(*FINDINGS.values())
def private_value(seen: Context) -> list[Finding]:
    """An identity number, bank card, mobile or mail outside its own columns, in any text of the tables (S002-98, S002-99).

    A column that crmsheet writes is not searched: its texts are masked already.
    """
    found = []
    for table in (seen.customers, seen.log, seen.strategy, seen.classes):
        for column in table.texts:
            header = column.region.headers[column.column]
            if column.field not in _NUMBERED and header not in seen.ours:
                found += _in_column(column, header)
    return found


def _in_column(column: TextColumn, header: str) -> list[Finding]:
    own = _OWN_FIELDS.get(column.field or "", frozenset()) | {kind for kind, called in _OWN_HEADERS.items() if called.search(header)}
    kinds = may_hold(column.text) - own
    found = []
    for kind, rows in find_column(column.text).items() if kinds else ():
        if kind in kinds:
            found += tell(np.flatnonzero(rows), len(rows), partial(_at, column, FINDINGS[kind], header))
    return found


def _at(column: TextColumn, code: str, header: str, i: int) -> Finding:
    return Finding(code, CellRef(column.region.sheet, int(column.rows[i]), column.column), None, {"field": " ".join(header.split())})


@check("contact-unmasked")
def contact_unmasked(seen: Context) -> list[Finding]:
    """Contacts' names, phones and mails that are not masked (S000-21, S003-6..9): once a column, with the count."""
    table = seen.customers
    found = []
    for field, shows in CONTACT.items():
        at = np.flatnonzero(_holds(words(table, field), shows))
        if len(at):
            found.append(Finding("contact-unmasked", table.ref(field, int(at[0])), None, {"field": table.header(field), "count": len(at)}))
    return found


def _holds(text: Objects, what: Callable[[str], object]) -> Bools:
    codes, answers = parse_distinct(text, lambda value: bool(what(value)))
    return spread_bools(codes, answers)
