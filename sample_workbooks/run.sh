#!/bin/sh
# Installs crmsheet and runs the weekly job on the sample team; names the review it made.
#   sh sample_workbooks/run.sh [FOLDER]          FOLDER gets the workbook and its review (default: ./crmsheet-demo)
# CRMSHEET_PYTHON names a Python that has crmsheet already; without it a fresh .venv is made beside the README.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$PWD/crmsheet-demo}
python=${CRMSHEET_PYTHON:-}
if [ -z "$python" ]; then
    . "$root/tests/environment.sh"
    "$python" -m pip install --quiet --disable-pip-version-check "$root"
fi
mkdir -p "$folder"
cp "$root/sample_workbooks/team.xlsx" "$folder/team.xlsx"
"$python" -m crmsheet process "$folder/team.xlsx" --as-of 2026-09-30
