# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where things are installed, and where the daemons look for them. systemd's, D-Bus's and polkit's
# folders lie under the prefix, as their packages expect of other software.

set(HVG_CONF_DIR /etc/hvguest)
set(HVG_VENDOR_CONF_DIR ${CMAKE_INSTALL_PREFIX}/lib/hvguest)
set(HVG_STATE_DIR /var/lib/hvguest)
set(HVG_POOL_DIR /var/lib/hyperv)

set(HVG_UNIT_DIR lib/systemd/system)
set(HVG_PRESET_DIR lib/systemd/system-preset)
set(HVG_UDEV_RULES_DIR lib/udev/rules.d)
set(HVG_SLEEP_DIR lib/systemd/system-sleep)
set(HVG_SYSUSERS_DIR lib/sysusers.d)
set(HVG_TMPFILES_DIR lib/tmpfiles.d)
set(HVG_CATALOG_DIR lib/systemd/catalog)
set(HVG_NTP_UNITS_DIR lib/systemd/ntp-units.d)
set(HVG_DBUS_POLICY_DIR share/dbus-1/system.d)
set(HVG_DBUS_ACTIVATION_DIR share/dbus-1/system-services)
set(HVG_DBUS_INTERFACES_DIR share/dbus-1/interfaces)
set(HVG_BASH_COMPLETION_DIR share/bash-completion/completions)
set(HVG_ZSH_COMPLETION_DIR share/zsh/vendor-completions CACHE STRING "site-functions, where there is no such folder")
set(HVG_FISH_COMPLETION_DIR share/fish/vendor_completions.d)
set(HVG_POLKIT_DIR share/polkit-1/actions)
set(HVG_POLKIT_RULES_DIR share/polkit-1/rules.d)

# hvg_install_alias(NAME TARGET FOLDER): NAME leads to TARGET, which is installed in the same folder.
function(hvg_install_alias name target folder)
	set(link ${CMAKE_CURRENT_BINARY_DIR}/aliases/${name}) # apart from what is built: it leads nowhere yet
	file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/aliases)
	file(CREATE_LINK ${target} ${link} SYMBOLIC)
	install(FILES ${link} DESTINATION ${folder})
endfunction()

add_compile_definitions(
	HVG_VERSION="${PROJECT_VERSION}"
	HVG_CONF_DIR="${HVG_CONF_DIR}"
	HVG_VENDOR_CONF_DIR="${HVG_VENDOR_CONF_DIR}"
	HVG_STATE_DIR="${HVG_STATE_DIR}"
	HVG_POOL_DIR="${HVG_POOL_DIR}"
)
