"""Customers to be left alone for now (SPEC §4): told so by the last feedback, or by 暂不跟进至."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Times, take
from crmsheet.plan.contacts import NAT, Contacts, later
from crmsheet.plan.log_words import PAUSE, matching
from crmsheet.tables.table import Table


class Pauses(NamedTuple):
    """Each of shape (customers,): ``refused`` by the last feedback, ``snoozed`` until a day that is to come (``until``)."""

    refused: Bools
    snoozed: Bools
    until: Times

    @property
    def paused(self) -> Bools:
        """Touches and events wait."""
        return self.refused | self.snoozed


def pauses(customers: Table, log: Table, contacts: Contacts, as_of: dt.date) -> Pauses:
    """Who is paused on as-of; on the day of 暂不跟进至 itself things go on."""
    feedback = take(log.frame["feedback"].to_numpy(dtype=object), contacts.latest(log.present["feedback"]))
    snoozed = np.append(log.frame["snooze_until"].to_numpy("datetime64[s]"), NAT)
    until: Times = later(
        customers.frame["snooze_until"].to_numpy("datetime64[s]"), snoozed[contacts.latest(log.present["snooze_until"])]
    )
    return Pauses(matching(feedback, PAUSE.search), until > np.datetime64(as_of, "s"), until)
