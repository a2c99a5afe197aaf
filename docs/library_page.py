"""docs/library.md: the library's calls in words, and the columns of its frames from the code."""

from __future__ import annotations

from markup import MADE, table

from crmsheet.library.columns import FRAMES

INTRO = """\
`pip install .` gives the command and the library. `import crmsheet` itself loads nothing heavy; pandas comes with the first call.

```python
import datetime as dt

import crmsheet

run = crmsheet.check("team.xlsx", as_of=dt.date(2024, 3, 20))
run.customers.query("status == 'overdue'")[["name", "tier", "owner", "overdue_days"]]
```

[library.ipynb](library.ipynb) is a notebook to start from; the tests run it.

| call | what it does |
| --- | --- |
| `crmsheet.check(workbook, as_of=…)` | reads, checks, grades and plans; writes nothing |
| `crmsheet.process(workbook, as_of=…)` | the weekly run: writes the workbook, in place with a backup, or as a copy to `output=`; `reviews=FOLDER` makes the review too |
| `crmsheet.read_tables(workbook, as_of=…)` | the workbook's tables by kind (`customers`, `followups`, `strategy`, `classes`, `people`) as frames with `sheet`, `row` and a column for each [field](fields.md) that the workbook has: money in 元, rates as fractions, days as `datetime64[s]` |
| `crmsheet.load_policy(name_or_file)` | a preset or a policy file as typed values |

- `as_of` has no default: what a program finds out must not depend on the day on which it happens to run.
- `policy`, `period`, `logs` (files of follow-ups), `password` and `lang` mean what the command's options mean; so does `crmsheet.toml`.
- A refusal is an exception: `InputError`, `TableError`, `PolicyError`, `EditError`, or `BusyError` when somebody else has the file. All are
  `crmsheet.WorkbookError`, with the line in Chinese (`zh`, also `str(error)`) and in English (`en`). Nothing was written then.
- Bad data is no exception; it is a row of `findings`.
- Names that leave the workbook are masked here as in the reviews: contacts, phones, mails, persons who are customers, and what stands
  of them in free text. Birthdays are left out. `[privacy] contact = "clear"` changes the reviews, not these frames.

## Run

`check` and `process` give a `Run`. Its frames are made when they are asked for, always with the columns and dtypes below and a
`RangeIndex`; a missing text is `NaN`, a missing day `NaT`. Beside them: `run.workbook`, `run.policy`, `run.receipt` (what was written:
`path`, `cells_changed`, `backup`, hashes; `None` of a check), `run.outputs` (the review's files by kind) and `run.document()`
(the result document, as `--json` prints it).
"""
FRAMES_ABOUT = {
    "customers": "One row a customer, in the workbook's order.", "tasks": "One row a thing to do, by customer, then by day.",
    "findings": "One row a problem, worst first.", "moves": "One row a customer whose tier changes, or is proposed to.",
    "indicators": "One row an indicator of the team.",
}  # fmt: skip


def library_page() -> str:
    """The whole page."""
    parts = [f"# 作为程序库 · As a library\n{MADE}\n{INTRO}"]
    for name, about in FRAMES_ABOUT.items():
        rows = [[f"`{one.name}`", one.dtype, one.about] for one in FRAMES[name]]
        parts.append(f"### run.{name}\n\n{about}\n\n{table(['column', 'dtype', 'what it is'], rows)}")
    return "\n".join(parts)
