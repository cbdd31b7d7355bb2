# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For scripts that take packages from Debian's archive: apt in a world of its own, which checks the archive's
# signatures; nothing of this machine's packages plays a part. What they keep is in $cache, by content.

cache=${HVG_CACHE:-${XDG_CACHE_HOME:-/var/cache}/hvguest}
key=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=${HVG_MIRROR:-http://deb.debian.org}
arch=amd64 # of the packages

say() {
	echo "cache: $*" >&2
}

sources() {
	local suite area

	for suite in ${1//,/ }; do
		case $suite in
		*-security) area=debian-security ;;
		*) area=debian ;;
		esac
		echo "deb [arch=$arch signed-by=$key] $mirror/$area $suite main"
	done
}

# apt-get, in a world of its own: $state, $arch.
apt() {
	local -a options=(
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=root
		-o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::status="$state/status"
		-o Dir::Cache="$state/cache" -o Dir::Etc::SourceList="$state/sources" -o Dir::Etc::SourceParts=-
		-o Dir::Etc::Preferences="$state/none" -o Dir::Etc::PreferencesParts="$state/empty"
		-o Acquire::Languages=none -o Acquire::ForceHash=SHA256 -o Acquire::Retries=3 -o Acquire::AllowInsecureRepositories=false
	)

	apt-get -qq "${options[@]}" "$@"
}

prepare_apt() {
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/empty"
	: >"$state/status"
	sources "$1" >"$state/sources"
	say "asking the archive about $1"
	apt update >&2
}

# Backports come last unless one asks for them.
prefer_backports() {
	prefer=()
	case $1 in
	*-backports,*) prefer=(-t "${1%%,*}") ;;
	esac
}

# What apt --print-uris says as lines of URI FILE SIZE HASH; and such a list in a few letters.
uris() {
	tr -d "'" | awk 'NF >= 4' | sort
}

hash_of() {
	awk '{ print $2, $4 }' "$1" | sha256sum | cut -c 1-16
}
