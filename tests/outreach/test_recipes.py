"""The task file of the cookbook is one that the Windows Task Scheduler's schema allows, and runs a command that exists."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

from crmsheet.cli import process

ROOT = Path(__file__).resolve().parent.parent.parent
SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
# Order of a Task's parts as its schema (MS-TSCH 2.5) has it; all but Actions may be missing.
PARTS = ["RegistrationInfo", "Triggers", "Principals", "Settings", "Data", "Actions"]
TRIGGER = ["Repetition", "StartBoundary", "EndBoundary", "ExecutionTimeLimit", "Enabled", "RandomDelay", "ScheduleByWeek"]
SETTINGS = {"MultipleInstancesPolicy": {"Parallel", "Queue", "IgnoreNew", "StopExisting"}, "StartWhenAvailable": {"true", "false"}}


def task() -> ET.Element:
    found = re.findall(r"^```xml\n(.*?)^```", (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return ET.fromstring(found[0].encode("utf-8"))


def names(element: ET.Element) -> list[str]:
    assert all(one.tag.startswith(SPACE) for one in element)
    return [one.tag.removeprefix(SPACE) for one in element]


def part(element: ET.Element, path: str) -> ET.Element:
    found = element.find("/".join(SPACE + name for name in path.split("/")))
    assert found is not None, path
    return found


def in_order(found: list[str], allowed: list[str]) -> bool:
    return found == [name for name in allowed if name in found]


def test_the_task_file_follows_the_schema() -> None:
    root = task()
    assert root.tag == f"{SPACE}Task" and root.attrib == {"version": "1.2"}
    assert in_order(names(root), PARTS) and "Actions" in names(root)
    trigger = part(root, "Triggers/CalendarTrigger")
    assert in_order(names(trigger), TRIGGER)
    assert names(part(trigger, "ScheduleByWeek")) == ["WeeksInterval", "DaysOfWeek"]
    for name, allowed in SETTINGS.items():
        assert part(root, f"Settings/{name}").text in allowed
    assert re.fullmatch(r"PT\d+H", part(root, "Settings/ExecutionTimeLimit").text or "")
    assert names(part(root, "Actions/Exec")) == ["Command", "Arguments", "WorkingDirectory"]


def test_it_starts_on_a_monday_morning_as_the_text_says() -> None:
    start = dt.datetime.fromisoformat(part(task(), "Triggers/CalendarTrigger/StartBoundary").text or "")
    assert (start.strftime("%a"), start.time()) == ("Mon", dt.time(7, 30))
    assert names(part(task(), "Triggers/CalendarTrigger/ScheduleByWeek/DaysOfWeek")) == ["Monday"]


def test_it_runs_a_command_that_exists_and_logs_its_faults() -> None:
    words = shlex.split(part(task(), "Actions/Exec/Arguments").text or "")
    assert words[:4] == ["/c", "crmsheet", "process", "team.xlsx"] and words[-2:] == ["2>>", "crmsheet.log"]
    options = {name for one in process.params for name in one.opts}
    assert {word for word in words if word.startswith("--")} <= options
