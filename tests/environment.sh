# Sourced: makes the project's .venv on a Debian with Python, and sets $python.  Expects $root.
install_packages() {  # system packages that are missing; as root, or with sudo
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

python=$root/.venv/bin/python
if [ ! -x "$python" ]; then
    if ! python3 -m venv "$root/.venv"; then
        rm -rf "$root/.venv"
        install_packages python3-venv
        python3 -m venv "$root/.venv"
    fi
fi
