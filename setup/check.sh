#!/bin/sh
# Checks what building and running needs; names all that is missing at once, each with the command that mends it.
# Usage: setup/check.sh [TOOL...]   without names: all of them.
set -u

missing=0

# say NAME WHY COMMAND
say() {
    [ "$missing" -eq 0 ] && echo "These are missing:" >&2
    missing=$((missing + 1))
    printf '  %-8s %s\n           install with: %s\n' "$1" "$2" "$3" >&2
}

# at_least WANTED FOUND: compares versions, number by number.
at_least() {
    awk -v wanted="$1" -v found="$2" 'BEGIN {
        n = split(wanted, w, "."); split(found, f, ".")
        for (i = 1; i <= n; i++) { if (f[i] + 0 > w[i] + 0) exit 0; if (f[i] + 0 < w[i] + 0) exit 1 }
    }'
}

# Command that installs packages here: `apt DEBIAN FEDORA ALPINE ARCH BREW`.
installs() {
    as_root=""
    [ "$(id -u)" -ne 0 ] && as_root="sudo "
    if command -v apt-get >/dev/null; then echo "${as_root}apt-get install -y $1"
    elif command -v dnf >/dev/null; then echo "${as_root}dnf install -y $2"
    elif command -v apk >/dev/null; then echo "${as_root}apk add $3"
    elif command -v pacman >/dev/null; then echo "${as_root}pacman -S --noconfirm $4"
    elif command -v brew >/dev/null; then echo "brew install $5"
    else echo "your system's package manager ($1)"
    fi
}

# want NAME WANTED-VERSION FOUND-VERSION COMMAND
want() {
    if [ -z "$3" ]; then
        say "$1" "is not installed${2:+ (needed: $2 or newer)}" "$4"
    elif [ -n "$2" ] && ! at_least "$2" "$3"; then
        say "$1" "is $3, needed is $2 or newer" "$4"
    fi
}

# version COMMAND...: the first number with a dot that the command prints; empty if it does not run.
version() {
    "$@" 2>/dev/null | sed -n 's/[^0-9]*\([0-9][0-9]*\(\.[0-9][0-9]*\)*\).*/\1/p' | head -n 1
}

rust="rustup toolchain install stable && rustup default stable"
command -v rustup >/dev/null || rust="$(installs rustup rustup rustup rustup rustup) && rustup default stable"

for tool in ${*:-rustc cargo node npm cc python3 make}; do
    case $tool in
        rustc)   want rustc 1.94 "$(version rustc --version)" "$rust" ;;
        cargo)   want cargo 1.94 "$(version cargo --version)" "$rust" ;;
        node)    want node 20 "$(version node --version)" "$(installs nodejs nodejs nodejs nodejs node)" ;;
        npm)     want npm 9 "$(version npm --version)" "$(installs npm npm npm npm node)" ;;
        cc)      want cc "" "$(command -v cc)" "$(installs build-essential gcc build-base base-devel gcc)" ;;
        make)    want make "" "$(command -v make)" "$(installs make make make make make)" ;;
        python3) want python3 3.9 "$(version python3 --version)" \
                     "$(installs 'python3 python3-venv' python3 python3 python python3)" ;;
        *)       echo "setup/check.sh does not know how to look for $tool" >&2; exit 2 ;;
    esac
done

[ "$missing" -eq 0 ] || exit 1
