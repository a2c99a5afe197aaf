"""Every command that README and docs show is run, and every one that they mention is there with its options."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import forked
import pytest

from crmsheet.cli import cli
from crmsheet.resources import sample_bytes

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
# commands.md is made from the commands, coverage.md names some that are still to come.
PAGES = [path for path in [*ROOT.glob("README*.md"), ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))] if path.name not in ("commands.md", "coverage.md")]
# A page and its other language show the same blocks (test_docs_languages.py), so one of them is run; the READMEs likewise, see below.
RUN = [page for page in PAGES if not page.name.endswith((".zh.md", ".en.md", ".zh-CN.md"))]
# Commands of the repository itself, which these tests are a part of: run as README says, by CI.
OWN = re.compile(r"^(sh (sample_workbooks|tests)/run\.sh|CRMSHEET_LONG=1 |python (tests|docs)/)")


def blocks(page: Path, language: str) -> Iterator[str]:
    """Lines of a page's fenced blocks in one language."""
    for block in re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        yield from (line for line in block.splitlines() if line.strip())


def shown(page: Path) -> list[str]:
    """The commands that a page shows, as a shell gets them."""
    crontab = [line.split(maxsplit=5)[5] for line in blocks(page, "cron")]
    services = [f"cd /srv/sales && {line.removeprefix('ExecStart=')}" for line in blocks(page, "ini") if line.startswith("ExecStart=")]
    return [line for line in blocks(page, "sh") if not OWN.match(line)] + crontab + services


@pytest.fixture(scope="module")
def bin_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `crmsheet` that starts quickly; for the one that pip makes see test_terminal.py."""
    script = tmp_path_factory.mktemp("bin") / "crmsheet"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(forked.command())} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script.parent


def folder_with_teams(place: Path) -> Path:
    for team in (place / "team.xlsx", place / "华北" / "team.xlsx"):
        team.parent.mkdir(exist_ok=True)
        team.write_bytes(sample_bytes("team.xlsx"))
    return place


def test_both_readmes_show_the_same_commands() -> None:
    zh, en = ([re.sub("[一-龥]+[.]xlsx", "new.xlsx", line.partition(" #")[0].rstrip()) for line in shown(ROOT / name)] for name in ("README.zh-CN.md", "README.md"))
    assert zh == en  # so one of them need be run


@pytest.mark.parametrize("page", [page for page in RUN if shown(page)], ids=lambda page: page.name)
def test_every_command_that_is_shown_works(page: Path, bin_: Path, tmp_path: Path) -> None:
    folder = folder_with_teams(tmp_path)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    env |= {"PATH": f"{bin_}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}", "BROWSER": "true", "HOME": str(folder)}
    for line in shown(page):
        command = line.replace("/srv/sales", shlex.quote(str(folder))).replace("/opt/crmsheet/bin", shlex.quote(str(bin_)))
        done = subprocess.run(["sh", "-c", command], cwd=folder, env=env, encoding="utf-8", capture_output=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, line


def mentioned() -> Iterator[tuple[str, str]]:
    """(page, command) of every `crmsheet …` in running text and in blocks for Windows."""
    for page in PAGES:
        for text in re.findall(r"`(crmsheet [a-z][^`]*)`", page.read_text(encoding="utf-8")):
            yield page.name, text
        for line in blocks(page, "bat"):
            yield from ((page.name, text) for text in re.findall(r"crmsheet [a-z][^\"<>|]*", line.partition("/TR")[2].split(" 2>>")[0]))


@pytest.mark.parametrize(("page", "text"), sorted(set(mentioned())))
def test_every_command_that_is_mentioned_is_there_with_its_options(page: str, text: str) -> None:
    command: click.Command = cli
    words = shlex.split(text)[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{page}: {text}"
        command = command.commands[words.pop(0)]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help", "-h", "--version"}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options, f"{page}: {text}"
