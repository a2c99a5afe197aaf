"""One folder with a program that needs no Python: ``python onefolder/build.py [--out dist]``.

Builds for the system that it runs on (PyInstaller does not cross), then tries the program on the sample team from a folder
of its own, without the environment of this one.  Needs ``pip install . pyinstaller``.  Ends with exit 1 when a try fails.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "sample_workbooks" / "team.xlsx"
DATA = ("crmsheet.templates", "crmsheet.sample_workbooks", "opencc", "cn2an")  # files beside the code of these packages
LATE = ("holidays.countries.china",)  # imported by name while it runs
UNUSED = ("tkinter", "matplotlib", "IPython", "pytest")
TRIES = (
    ["--version"],
    ["policy", "list"],
    ["doctor", "team.xlsx"],
    ["check", "team.xlsx"],
    ["process", "team.xlsx", "--as-of", "2026-09-30"],
    ["explain", "team.xlsx", "C2026001", "--as-of", "2026-09-30"],
    ["remind", "team.xlsx", "--as-of", "2026-09-30", "--ics", "calendars"],
    ["init", "new.xlsx"],
    ["process", "new.xlsx", "team.xlsx", "--jobs", "2", "--as-of", "2026-09-30"],
    ["undo", "team.xlsx"],
)


def build(out: Path) -> Path:
    """The folder ``out/crmsheet`` with the program in it.  Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as work:
        words = ["--name", "crmsheet", "--onedir", "--console", "--noconfirm", "--clean", "--distpath", str(out), "--workpath", work, "--specpath", work]
        for name in DATA:
            words += ["--collect-data", name]
        for name in LATE:
            words += ["--hidden-import", name]
        for name in UNUSED:
            words += ["--exclude-module", name]
        words += ["--collect-submodules", "crmsheet", "--recursive-copy-metadata", "crmsheet", "--log-level", "WARN"]
        subprocess.run([sys.executable, "-m", "PyInstaller", *words, str(HERE / "launch.py")], check=True)
    return out / "crmsheet"


def attempt(folder: Path) -> list[str]:
    """Run the program on the sample; what went wrong."""
    program = shutil.which("crmsheet", path=str(folder))
    if program is None:
        return [f"no program in {folder}"]
    wrong = []
    with tempfile.TemporaryDirectory() as place:
        team = Path(place) / "team.xlsx"
        shutil.copy(SAMPLE, team)
        env = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}  # no PATH, no Python
        env |= {"BROWSER": "true", "HOME": place}
        for words in [*TRIES, [str(team)]]:  # the last one as if dropped onto the icon
            done = subprocess.run([program, *words], cwd=place, env=env, input="\n", encoding="utf-8", capture_output=True, check=False)
            if done.returncode or "Traceback" in done.stderr:
                wrong.append(f"crmsheet {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return wrong


def main() -> int:
    """Build, try, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("dist"))
    folder = build(parser.parse_args().out.resolve())
    wrong = attempt(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(*wrong, f"{folder}: {size / 1e6:.0f} MB, {len(TRIES) + 1 - len(wrong)} of {len(TRIES) + 1} tries passed", sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
