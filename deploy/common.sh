# Shared by deploy/run, deploy/test and deploy/bench: a Python, a virtual environment, missing system packages.
# Sourced, never run. Prints what it does to standard error; stops with a plain sentence when it cannot go on.

say() { printf '%s\n' "$*" >&2; }
die() { say "deploy: $*"; exit 1; }

# What printing the office's papers needs: the typesetter's libraries, and the Kai face with its rare characters.
PAPER_PACKAGES=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-cns11643-kai)

# Installs the named Debian packages that are not there yet.
need_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing and this is not root: ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq || die "apt-get update failed; check the network and /etc/apt"
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 \
    || die "apt-get could not install: ${missing[*]}"
}

# Whether a Python is one that the locks are for.
is_supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

# Prints the Python to use: the system's own where it is supported, else the first in PATH that is.
find_python() {
  local candidate
  for candidate in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
    command -v "$candidate" >/dev/null && is_supported "$candidate" && { command -v "$candidate"; return 0; }
  done
  return 1
}

# install_lock FOLDER LOCK: the environment FOLDER holds what deploy/locks/LOCK.txt names, each file of the hash there.
install_lock() {
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "deploy/locks/$2.txt" >&2 \
    || die "pip could not install deploy/locks/$2.txt into $1, see above why: if no index was reached, check the network \
and run this again; if a hash differs, the file is not the one that was locked, so find out where it came from"
}

# Whether an environment was made and filled to the end at least once, and no later filling was broken off.
is_whole() { [ ! -e "$1/.unfinished" ] && compgen -G "$1/.installed-*" >/dev/null; }

# make_environment FOLDER PYTHON LOCK: an environment with the lock and this checkout; quick when nothing has changed.
# One that was broken off, such as by Ctrl-C, may lack anything, pip included: it is made anew.
make_environment() {
  local folder=$1 python=$2 lock=$3 version want stamp=$1/.installed-$3
  version=$("$python" -c 'import platform, sys; print(platform.python_version(), sys.base_prefix)')
  want="$version $(cat pyproject.toml "deploy/locks/$lock.txt" | sha256sum | cut -d' ' -f1)"
  is_whole "$folder" && [ -x "$folder/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  if ! is_whole "$folder" \
    || [ "$("$folder/bin/python" -c 'import platform, sys; print(platform.python_version(), sys.base_prefix)' 2>/dev/null)" != "$version" ]; then
    say "making $folder with Python $version"
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then need_packages python3-venv; fi
    "$python" -m venv --clear "$folder" || die "the environment $folder could not be made"
  fi
  say "installing the recorder and its libraries into $folder (once; a few minutes on a small machine)"
  : > "$folder/.unfinished"
  install_lock "$folder" "$lock"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2 \
    || die "pip could not install this checkout into $folder, see above why"
  printf '%s' "$want" > "$stamp"
  rm "$folder/.unfinished"
}

# ensure_venv LOCK: .venv holds this checkout and what the lock names.
ensure_venv() {
  local python
  python=$(find_python) || { need_packages python3 python3-venv; python=$(find_python); } \
    || die "no Python 3.11 to 3.13 was found"
  make_environment .venv "$python" "$1"
}

# The checker of the national accessibility rules wants a pathspec older than our tools do: .venv/moda holds it alone.
ensure_moda() {
  local stamp=.venv/moda/.installed want
  want=$(sha256sum deploy/locks/moda.txt)
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  say "installing the accessibility checker into .venv/moda (once)"
  .venv/bin/python -m venv --clear .venv/moda || die "the environment .venv/moda could not be made"
  install_lock .venv/moda moda
  printf '%s' "$want" > "$stamp"
}

# Cameras that are not ours, for the tests to record: .venv/foreign is a folder of packages that run on .venv's libraries.
ensure_foreign() {
  local stamp=.venv/foreign/.installed want
  want=$(sha256sum deploy/locks/foreign.txt)
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  say "installing the cameras that are not ours into .venv/foreign (once)"
  rm -rf .venv/foreign
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --target .venv/foreign \
    -r deploy/locks/foreign.txt >&2 || die "pip could not install deploy/locks/foreign.txt, see above why"
  printf '%s' "$want" > "$stamp"
}
