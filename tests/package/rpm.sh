#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The packages for distributions with RPM are those for Debian, as far as that can be told without such a system:
# rpm.sh SOURCE-DIR, where the Debian packages are made already.
set -eu
tap_name=package-rpm
. "$(dirname "$0")/../meta/tap.sh"
source_dir=$(realpath "$1")
debs=$source_dir/build/package
rpms=$source_dir/build/rpm/RPMS
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# "hvctl -rwxr-xr-x /usr/bin/hvctl"; of a link: "hvctl l /usr/lib/…". RPM's distributions have libraries in lib64, executable, and
# their shells look elsewhere. What tells of the packages themselves is each kind's own.
alike() {
	sed -E 's, \./, /,; s, /lib/, /usr/lib/,; s,\.gz$,,; s,/lib/x86_64-linux-gnu/,/lib64/,; s,/vendor-completions/,/site-functions/,
		s,^libhvguest0 ,libhvguest ,; s,^libhvguest-dev ,libhvguest-devel ,; s, l[rwx-]+ , l ,; s, -rwxr-xr-x (.*\.so), -rw-r--r-- \1,' |
		grep -vE ' d|/usr/lib/\.build-id/|/usr/share/(licenses|lintian)/|/usr/share/doc/[^/]*/[^/]*$' | sort
}

files_of_debs() {
	local deb

	for deb in "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -tv | awk -v of="$(dpkg-deb --field "$deb" Package)" '{ print of, $1, $6 }'
	done
}

files_of_rpms() {
	rpm -qp --queryformat '[%{=NAME} %{FILEMODES:perms} %{FILENAMES}\n]' "$rpms"/*/*.rpm
}

same_files() {
	files_of_debs | alike >"$stage/deb"
	files_of_rpms | alike >"$stage/rpm"
	[ -s "$stage/deb" ] && diff "$stage/deb" "$stage/rpm"
}

keeps_settings() {
	diff <(rpm -qp --configfiles "$rpms"/*/*.rpm | sort) <(sed -n 's, -rw-r--r-- \(/etc/\),\1,; s,^hvguest/,/,p' "$stage/rpm")
}

# A macro that rpmbuild does not know stays as it is.
has_no_macro_left() {
	rpm -qp --scripts "$rpms"/*/*.rpm >"$stage/scripts"
	grep -q 'install-system-units.* hv-kvpd.service' "$stage/scripts" && ! grep '%' "$stage/scripts"
}

has_the_version_of_the_build() {
	grep -q "VERSION $(rpm -qp --queryformat '%{VERSION}' "$rpms"/*/hvguest-[0-9]*.rpm)\$" "$source_dir/CMakeLists.txt"
}

asks_for_what_it_needs() {
	local needed

	needed=$(sed -n '/HVG_BUILD_TESTS/q; s/^hvg_require([A-Z]* "\([a-z0-9]*\)>=\(.*\)" .*)$/BuildRequires:  pkgconfig(\1) >= \2/p' \
		"$source_dir/cmake/Dependencies.cmake")
	[ -n "$needed" ] && ! grep -vxFf "$source_dir/rpm/hvguest.spec" <<<"$needed"
}

takes_the_place() {
	rpm -qp --obsoletes "$rpms"/*/hvguest-[0-9]*.rpm | grep -q "^$1 < "
}

lint() {
	local said

	said=$(rpmlint --config "$source_dir/rpm/rpmlint.toml" "$rpms"/*/*.rpm "$source_dir/rpm/hvguest.spec" 2>&1) || true
	grep -q ' 0 errors, 0 warnings' <<<"$said" || { echo "$said"; return 1; }
}

check "./dev package --rpm makes packages" "$source_dir/dev" package --rpm
check "they have the files of the Debian packages, with their modes" same_files
check "they have the version of the build" has_the_version_of_the_build
check "the libraries that the build looks for are in the spec" asks_for_what_it_needs
check "settings are kept" keeps_settings
check "what is run when they are installed is shell" has_no_macro_left
for old in hyperv-daemons hypervfcopyd hypervkvpd hypervvssd; do
	check "they take the place of $old" takes_the_place "$old"
done
check "rpmlint has nothing to say but what rpm/rpmlint.toml explains" lint
finish
