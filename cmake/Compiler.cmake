# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How every C file here is compiled: the language, the warnings that are errors, and hardening.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

include(CheckPIESupported)
check_pie_supported()

# Each warning is named, so that a new compiler brings no surprises and each one can be argued about.
list(APPEND HVG_WARNINGS
	-Wall
	-Wextra
	-Werror=address
	-Werror=array-bounds
	-Werror=cast-align
	-Werror=cast-qual
	-Werror=empty-body
	-Werror=format=2
	-Werror=format-nonliteral
	-Werror=ignored-qualifiers
	-Werror=implicit-fallthrough
	-Werror=implicit-function-declaration
	-Werror=incompatible-pointer-types
	-Werror=init-self
	-Werror=int-conversion
	-Werror=missing-declarations
	-Werror=missing-include-dirs
	-Werror=missing-prototypes
	-Werror=nested-externs
	-Werror=null-dereference
	-Werror=old-style-definition
	-Werror=parentheses
	-Werror=pointer-arith
	-Werror=redundant-decls
	-Werror=return-type
	-Werror=sequence-point
	-Werror=shadow
	-Werror=sign-compare
	-Werror=strict-prototypes
	-Werror=switch-enum
	-Werror=undef
	-Werror=uninitialized
	-Werror=unused
	-Werror=unused-result
	-Werror=vla
	-Werror=write-strings
	-Wno-missing-field-initializers	# { 0 } and designated initialisers leave the rest zero on purpose
	-Wno-unused-parameter		# callbacks have the signature their caller wants
)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	list(APPEND HVG_WARNINGS
		-Werror=duplicated-branches
		-Werror=duplicated-cond
		-Werror=jump-misses-init
		-Werror=logical-op
		-Werror=maybe-uninitialized
		-Werror=misleading-indentation
	)
endif()
add_compile_options(${HVG_WARNINGS})
add_compile_definitions(_GNU_SOURCE)

# The hardening that distributions build with, for optimised builds.
if(CMAKE_BUILD_TYPE MATCHES "^Rel")
	add_compile_options(
		-fstack-protector-strong
		-fstack-clash-protection
		-U_FORTIFY_SOURCE
		-D_FORTIFY_SOURCE=2
	)
	if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
		add_compile_options(-fcf-protection=full)
	endif()
	add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed)
endif()

if(HVG_SANITIZE)
	add_compile_options(-fsanitize=${HVG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${HVG_SANITIZE})
endif()

if(HVG_COVERAGE)
	add_compile_options(--coverage -fprofile-update=atomic) # some tests have threads
	add_link_options(--coverage)
endif()

# Whatever a fuzzer reaches tells it where it has been.
if(HVG_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
