# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What tools/demo and tools/check share: installing what is missing, building.

BUILD_PACKAGES="gcc meson ninja-build pkg-config libpipewire-0.3-dev libspa-0.2-dev
	libcurl4-openssl-dev libxml2-dev libssl-dev"
DESKTOP_PACKAGES="pipewire pipewire-bin pipewire-pulse wireplumber libspa-0.2-modules
	pulseaudio-utils dbus python3"

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "need root (or sudo) to install packages: $*"
	fi
}

# Prints those of the named packages that are not installed.
missing_packages() {
	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
			installed) ;;
			*) printf '%s ' "$package" ;;
		esac
	done
}

# Installs what is missing; --optional packages that this release lacks are left out.
install_packages() {
	optional=
	if [ "$1" = --optional ]; then
		optional=1
		shift
	fi
	if ! command -v apt-get >/dev/null; then
		say "This is not a Debian: please see that these, or what your system calls them, are installed: $*"
		return 0
	fi
	# shellcheck disable=SC2086,SC2046
	set -- $(missing_packages "$@")
	[ $# -gt 0 ] || return 0
	say "Installing: $*"
	as_root apt-get update -qq || say "apt-get update failed; trying with the lists there are"
	if [ -n "$optional" ]; then
		for package in "$@"; do
			as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
				--no-install-recommends "$package" >/dev/null 2>&1 ||
				say "  not to be had here: $package"
		done
	else
		log=$(mktemp)
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends "$@" >"$log" 2>&1 || {
			cat "$log"
			rm -f "$log"
			die "cannot install: $*"
		}
		rm -f "$log"
	fi
}

# configure DIR [MESON-OPTION...]: as wanted, also where an older configuration lies
configure() {
	dir=$1
	shift
	if [ -f "$dir/build.ninja" ]; then
		meson configure "$dir" "$@" >/dev/null
	else
		mkdir -p "$dir"
		meson setup "$dir" "$@" >"$dir/setup.txt" 2>&1 || {
			cat "$dir/setup.txt"
			die "meson setup failed"
		}
	fi
}
