"""Arrows go one way: which part may import which, read from the imports themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "crmsheet"
SHARED = {"model", "findings", "errors", "resources", "texts", "arrays", "extensions"}
ALLOWED = {
    "arrays": set(), "resources": set(), "model": set(), "__init__": {"errors", "library", "policy"},  # lazily: what the library offers
    "texts": {"resources"},
    "findings": {"model", "resources"},
    "errors": {"workbook"},
    "extensions": {"model", "findings"},
    "workbook": set(),
    "values": {"arrays"},
    "privacy": {"arrays", "values"},
    "policy": SHARED | {"values"},
    "tables": SHARED | {"values", "privacy", "workbook"},
    "checks": SHARED | {"values", "privacy", "policy", "tables", "plan"},
    "judge": SHARED | {"values", "privacy", "policy", "tables"},
    "plan": SHARED | {"values", "privacy", "policy", "tables"},
    "memory": SHARED | {"values", "tables", "workbook"},
    "moves": SHARED | {"values", "privacy", "policy", "tables", "judge", "plan", "memory"},
    "decisions": SHARED | {"values", "privacy", "tables", "workbook", "memory", "moves", "plan"},
    "tags": SHARED | {"values", "privacy", "policy", "tables", "judge"},
    "insight": SHARED | {"values", "privacy", "policy", "tables", "plan", "memory"},
    "review": SHARED | {"tables", "tags"},  # for the fields' headers, and tags one by one
    "writeback": SHARED | {"values", "policy", "tables", "judge", "workbook", "owned"},
    "owned": SHARED | {"tables", "workbook", "moves"},
    "mirror": SHARED | {"workbook"},  # whose folder it shares
    "record": SHARED | {"memory", "policy", "tables", "workbook"},
    "outcome": SHARED | {"values", "privacy", "policy", "tables", "judge", "plan"},
    "past": SHARED | {"memory", "plan", "privacy", "tables"},
    "reading": SHARED | {"policy", "tables", "workbook"},
    "outside": SHARED | {"policy", "source", "workbook"},
    "source": SHARED | {"policy", "workbook"},
    "rules": SHARED | {"judge", "plan", "policy", "reading"},
    "approval": SHARED | {"moves", "plan", "policy", "values"},
    "assess": SHARED | {"privacy", "approval", "rules", "progress", "outside", "reading", "values", "policy", "tables", "checks", "judge", "plan", "workbook", "writeback", "outcome",
                        "memory", "moves", "owned", "mirror", "record", "tags", "insight", "decisions", "past", "handover"},
    "handover": SHARED | {"insight", "owners", "plan", "policy"},
    "run": SHARED | {"progress", "assess", "policy", "mirror", "record", "workbook", "writeback"},
    "explain": SHARED | {"values", "privacy", "tables", "plan", "review", "assess"},
    "owners": SHARED | {"values"},
    "outreach": SHARED | {"values", "plan", "policy", "review"},  # it tells what the review's plan tells, in the same words
    "remind_lines": SHARED | {"outreach", "review"},
    "sending": SHARED | {"job", "outreach", "policy", "remind_lines", "review"},
    "handover_lines": SHARED | {"outreach", "review"},
    "handover_command": SHARED | {"job", "assess", "run", "handover", "handover_lines", "review"},
    "plan_lines": SHARED | {"outreach", "review"},
    "todo_commands": SHARED | {"job", "assess", "run", "plan", "outreach", "remind_lines", "plan_lines", "review", "sending", "policy"},
    "many": set(),
    "cluster": {"many"},
    "progress": SHARED,
    "rollup": SHARED | {"checks", "review"},  # names are compared as the check of one workbook does
    "rollup_command": SHARED | {"job", "review", "rollup"},
    "job": SHARED | {"assess", "review", "rollup"},
    "check_lines": SHARED | {"job", "tags"},
    "process_lines": SHARED | {"job", "review", "run"},
    "process_command": SHARED | {"cluster", "many", "progress", "job", "process_lines", "owners", "run", "review", "workbook", "rollup", "rollup_command"},
    "commands": SHARED | {"job", "check_lines", "run", "review", "tags", "mirror", "workbook", "explain"},  # undo asks the engine alone
    "blank": SHARED | {"values", "policy", "tables", "judge", "plan", "writeback"},  # a new workbook says what the rules say
    "propose": SHARED | {"values", "privacy", "policy", "tables", "workbook", "reading"},
    "start_commands": SHARED | {"job", "policy", "blank", "propose", "doctor", "demo", "workbook", "process_command", "review"},
    "demo": SHARED | {"policy", "tables", "blank", "assess", "run", "workbook"},
    "doctor": SHARED | {"policy", "tables", "judge", "plan", "propose", "reading", "workbook"},
    "sealing": SHARED | {"values", "privacy", "policy", "tables", "reading", "workbook"},
    "seal_command": SHARED | {"job", "mirror", "sealing", "privacy", "policy", "workbook"},
    "forgetting": SHARED | {"values", "privacy", "policy", "tables", "reading", "workbook"},
    "traces": {"privacy", "workbook"},
    "forget_command": SHARED | {"job", "mirror", "forgetting", "traces", "memory", "policy", "workbook"},
    "lab": SHARED | {"values", "policy", "tables", "judge", "plan", "memory", "insight", "review"},
    "lab_commands": SHARED | {"job", "assess", "lab", "review", "policy", "judge", "plan", "insight", "run"},
    "export": SHARED,
    "export_command": SHARED | {"job", "export", "review", "run"},
    "usage": SHARED,
    "library": SHARED | {"values", "privacy", "policy", "tables", "plan", "outcome", "reading", "assess", "run", "review", "workbook"},
    "cli": SHARED | {"usage", "export_command", "commands", "process_command", "start_commands", "lab_commands", "todo_commands", "handover_command", "seal_command", "forget_command", "job", "policy", "__init__"},
    "__main__": {"cli"},
}  # fmt: skip
DISK = {"workbook", "mirror", "review", "resources", "policy", "job", "process_command", "start_commands", "lab_commands", "todo_commands", "sending", "seal_command", "traces", "doctor", "demo", "cli"}  # what may open files (run only hands paths on)


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "crmsheet":
            names |= {alias.name if (ROOT / f"{alias.name}.py").exists() else "__init__" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("crmsheet."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("crmsheet.")}
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: import by full name"
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_arrows(path: Path) -> None:
    part = part_of(path)
    assert imported(path) - {part} <= ALLOWED[part]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_but_the_command_line_reads_the_clock(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if part_of(path) != "cli":
        assert not any(word in source for word in ("date.today(", "datetime.now(", "time.time(", "utcnow("))


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_values_in_values_out_only_the_edges_touch_the_disk(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if part_of(path) not in DISK:
        assert not any(word in source for word in ("open(", ".read_text(", ".write_text(", ".write_bytes(")) or part_of(path) == "run"


def test_every_package_is_installed() -> None:
    listed = (ROOT.parent / "setup.cfg").read_text(encoding="utf-8").split()
    for folder in ROOT.rglob("__init__.py"):
        assert ".".join(("crmsheet", *folder.parent.relative_to(ROOT).parts)) in listed


def test_the_teams_file_is_never_saved_through_openpyxl() -> None:
    for path in modules():
        source = path.read_text(encoding="utf-8")
        assert "load_workbook" not in source and "import openpyxl" not in source and ".save(" not in source, path


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_nobody_evaluates_text_or_walks_frames_with_iterrows(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert name not in {"eval", "query", "exec", "iterrows"}, f"{path}:{node.lineno}"
