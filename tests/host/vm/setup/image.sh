# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For scripts that make an initramfs: its folder is $root. Nothing is compressed but what already is:
# unpacking would cost more time than it saves.

make_root() {
	root=$1
	rm -rf "$root"
	mkdir -p "$root"/{dev,etc,mnt,proc,run,srv,sys,tmp,var/lib} "$root"/usr/{bin,sbin,lib,lib64}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root"
}

# Where FILE lies once folders like /bin are links.
place_of() {
	echo "$(readlink -f "$(dirname "$1")")/$(basename "$1")"
}

libraries_of() {
	ldd "$1" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }'
}

# A file of this machine, at its own place or at $2. Most are libraries that many programs want.
add_file() {
	local to

	[ -z "${placed[$1:${2:-}]:-}" ] || return 0
	placed[$1:${2:-}]=1
	to=$root${2:-$(place_of "$1")}
	[ -e "$to" ] || install -D "$(readlink -f "$1")" "$to"
}

# The same, and the libraries that it is linked with.
add_program() {
	local library

	add_file "$@"
	for library in $(libraries_of "$1"); do
		add_file "$library"
	done
}

# A program of the packages below $1, with the libraries that came along, and this machine's for the rest.
add_packaged() {
	local tree=$1 program=$2 library

	add_file "$tree$program" "$program"
	for library in $(LD_LIBRARY_PATH=$tree/lib/x86_64-linux-gnu:$tree/usr/lib/x86_64-linux-gnu libraries_of "$tree$program"); do
		case $library in
		"$tree"/*) add_file "$library" "/usr/lib/x86_64-linux-gnu/${library##*/}" ;;
		*) add_file "$library" ;;
		esac
	done
}

add_command() {
	local name

	for name; do
		add_program "$(type -P "$name" || { echo "$name is not installed" >&2; exit 1; })"
	done
}

find_module() {
	find "$1" -name "$2.ko" -o -name "$2.ko.xz" -o -name "${2//_/-}.ko" -o -name "${2//_/-}.ko.xz" | head -n 1
}

read_module() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# A module of the kernel below $2, and before it those that it needs, into the folder $1: numbered, to be
# loaded in the order of their names. What the kernel has built in has no file.
add_module() {
	local folder=$root$1 tree=$2 name=${3//-/_} file needed

	[ -z "${added[$name]:-}" ] || return 0
	added[$name]=1
	file=$(find_module "$tree" "$name")
	[ -n "$file" ] || return 0
	for needed in $(read_module "$file" | tr '\0' '\n' | sed -n 's/^depends=//p' | tr ',' ' '); do
		add_module "$1" "$tree" "$needed"
	done
	mkdir -p "$folder"
	read_module "$file" >"$folder/$(printf %02d ${#order[@]})-$name.ko"
	order+=("$name")
}

pack() {
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$1"
}

declare -A added=() placed=()
declare -a order=()
