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

# Prints the first Python that is new enough.
find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
    command -v "$candidate" >/dev/null || continue
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$candidate"; return 0; }
  done
  return 1
}

# The checker of the national accessibility rules wants a pathspec older than our tools do: .venv/moda holds it alone.
MODA_PACKAGES=(a11y-moda==0.6.1 playwright==1.65.2)
ensure_moda() {
  local stamp=.venv/moda/.installed want="${MODA_PACKAGES[*]}"
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  say "installing the accessibility checker into .venv/moda (once)"
  .venv/bin/python -m venv --clear .venv/moda || die "the environment .venv/moda could not be made"
  .venv/moda/bin/python -m pip install --quiet --disable-pip-version-check "${MODA_PACKAGES[@]}" >&2 \
    || die "pip could not install ${MODA_PACKAGES[*]}; check the network, then run this again"
  printf '%s' "$want" > "$stamp"
}

# ensure_venv EXTRA: .venv holds this checkout and its dependencies; quick when pyproject.toml has not changed.
ensure_venv() {
  local extra=$1 python stamp want
  stamp=.venv/.installed-$extra
  want=$(sha256sum pyproject.toml | cut -d' ' -f1)
  [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  python=$(find_python) || { need_packages python3 python3-venv; python=$(find_python); } \
    || die "no Python 3.11 or newer was found"
  if [ ! -x .venv/bin/python ]; then
    say "making .venv with $("$python" --version)"
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then need_packages python3-venv; fi
    "$python" -m venv .venv || die "the virtual environment could not be made"
  fi
  say "installing the recorder and its libraries into .venv (once; a few minutes on a small machine)"
  local target=.
  [ "$extra" = run ] || target=".[$extra]"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -e "$target" >&2 \
    || die "pip could not install; check the network, then run this again"
  printf '%s' "$want" > "$stamp"
}
