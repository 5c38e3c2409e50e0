# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/debian.sh - Debian packages by apt-get, into $dir; nothing is installed. For scripts that
# set $dir and $tool, their own name. Exit status 2: cannot be fetched.
# shellcheck shell=sh
set -eu

say()
{
    echo "$tool: $*" >&2
}

give_up()
{
    say "$*"
    exit 2
}

update_lists()
{
    if [ "$(id -u)" = 0 ]; then
        apt-get -qq update >&2
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n apt-get -qq update >&2
    else
        return 1
    fi
}

# download PACKAGE FILE: the .deb as FILE
download()
{
    sandbox=
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" != 0 ] || sandbox='-o APT::Sandbox::User=root'
    rm -rf "$dir/fetch"
    mkdir -p "$dir/fetch"
    # shellcheck disable=SC2086 # two words or none
    (cd "$dir/fetch" && apt-get -q $sandbox -o Acquire::Retries=2 download "$1" >&2) || return 1
    mv "$dir/fetch/"*.deb "$2"
    rmdir "$dir/fetch"
}

# fetch_package PACKAGE: $dir/PACKAGE.deb, or the end. Lists may be older than the archive: once more
# with fresh ones.
fetch_package()
{
    download "$1" "$dir/$1.deb" || { update_lists && download "$1" "$dir/$1.deb"; } ||
        give_up "$1: download failed"
}
