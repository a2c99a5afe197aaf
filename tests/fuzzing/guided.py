"""Coverage-guided fuzzing with atheris: ``python tests/fuzzing/guided.py [TARGET ...] [--seconds 60]``.

Needs ``pip install -e '.[test,fuzz]'``.  Each target runs in a process of its own, from its kept inputs; what breaks a law is printed
as a line to put into ``tests/fuzzing/seeds/TARGET.txt`` once it is mended.  Ends with exit 1 when something broke.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "fuzzing"), str(TESTS / "workbook"), str(TESTS)]


def one(name: str, seconds: int) -> int:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["crmsheet"]):
        import targets

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(targets.seeds(name)):
            (Path(folder) / str(number)).write_bytes(data)

        def attempt(data: bytes) -> None:
            try:
                targets.run(name, data)
            except Exception:
                print(f"{name}: {targets.escaped(data)}", flush=True)
                raise

        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=2048", "-timeout=20", "-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={folder}/", folder], attempt)
        atheris.Fuzz()
    return 0


def main() -> int:
    """All asked targets, one after the other."""
    from targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if unknown := set(args.target) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if args.one:
        return one(args.target[0], args.seconds)
    worst = 0
    for name in args.target or TARGETS:
        done = subprocess.run([sys.executable, __file__, name, "--one", "--seconds", str(args.seconds)], encoding="utf-8", errors="replace", capture_output=True, check=False)
        runs = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "?")
        print(f"{name}: {runs} inputs in {args.seconds} s, {'no fault' if done.returncode == 0 else 'FAULT'}", flush=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-1500:], flush=True)
        worst = max(worst, bool(done.returncode))
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
