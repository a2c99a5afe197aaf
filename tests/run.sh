#!/bin/sh
# Installs what the tests need, system packages too (Debian), and passes them.
#   sh tests/run.sh [PYTEST ARGUMENTS]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tests/environment.sh

missing=
for pair in chromium:chromium soffice:libreoffice-calc pdftoppm:poppler-utils strace:strace faketime:faketime mkfs.ext4:e2fsprogs; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
fc-list 2>/dev/null | grep -qi "noto.*cjk" || missing="$missing fontconfig fonts-noto-cjk"
# shellcheck disable=SC2086  # a list of package names
[ -z "$missing" ] || install_packages $missing

"$python" -m pip install --quiet --disable-pip-version-check --editable ".[test]"
"$python" -m ruff check .
"$python" -m mypy
unset PYTHONDONTWRITEBYTECODE  # the tests start the command hundreds of times; compiling it anew would be a third of each start
# Each of the two takes half of the files, in order, and then of what the other has left: what a file's tests share is made once.
"$python" -m pytest -n 2 --dist worksteal --durations=60 "$@"
