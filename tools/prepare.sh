# Sourced by examples/quickstart/run.sh and tests/run.sh: installs what the build needs, says what it does.
#
# prepare_packages          Debian packages: the Build-Depends of debian/control, and nothing else
# prepare_node FOLDER       npm packages of FOLDER, as its package-lock.json names them
# build PRESET TARGET...    configures and builds into build/PRESET

say() { printf '\n==> %s (at %s s)\n' "$*" "$SECONDS"; }
die() { printf '\n%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "installing packages needs root: run this as root, or install sudo"; fi
}

# Runs a command into a log, and shows the log's last line every half minute: progress without a line for each file.
logged() {
  local log=$1 status=0
  shift
  "$@" > "$log" 2>&1 &
  local command=$!
  while kill -0 "$command" 2>/dev/null; do
    sleep 1
    if [ $((SECONDS % 30)) = 0 ]; then tail -n 1 "$log" | cut -c1-100; fi
  done
  wait "$command" || status=$?
  return "$status"
}

prepare_packages() {
  if command -v dpkg-checkbuilddeps >/dev/null && dpkg-checkbuilddeps 2>/dev/null; then return; fi
  command -v apt-get >/dev/null || die "expected Debian 12 (or newer) with apt-get; elsewhere install what debian/control lists under Build-Depends"
  say "Installing the Debian packages that debian/control lists (some minutes)"
  logged build/packages.log as_root apt-get update -qq ||
    { tail -n 5 build/packages.log >&2; die "apt-get update failed: is the network there, and /etc/apt/sources.list right?"; }
  logged build/packages.log as_root env DEBIAN_FRONTEND=noninteractive apt-get build-dep -y -q --no-install-recommends ./ ||
    { tail -n 20 build/packages.log >&2; die "installing packages failed: see build/packages.log"; }
}

prepare_node() {
  local stamp="$1/node_modules/.patchbay-lock"
  if cmp -s "$1/package-lock.json" "$stamp"; then return; fi
  say "Installing the npm packages of $1"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error) || die "npm ci failed in $1: is the network there?"
  cp "$1/package-lock.json" "$stamp"
}

build() {
  local preset=$1
  shift
  cmake --preset "$preset" > "build/$preset.configure.log" 2>&1 ||
    { tail -n 30 "build/$preset.configure.log" >&2; die "configuring failed: see build/$preset.configure.log"; }
  if [ -t 1 ]; then
    ninja -C "build/$preset" "$@" || die "building failed"
  else
    if ! NINJA_STATUS='[%f/%t] ' logged "build/$preset.build.log" ninja -C "build/$preset" "$@"; then
      grep -E 'error|FAILED' "build/$preset.build.log" | head -n 40 >&2
      die "building failed: see build/$preset.build.log"
    fi
    tail -n 1 "build/$preset.build.log" | cut -c1-100
  fi
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
mkdir -p build
# Depend mode takes what the compiler itself says of the headers: without it a first build preprocesses everything twice.
export CCACHE_DIR=${CCACHE_DIR:-$top/build/ccache} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G} CCACHE_DEPEND=1
