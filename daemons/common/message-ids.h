/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_MESSAGE_IDS_H
#define HVG_DAEMONS_MESSAGE_IDS_H

/*
 * The MESSAGE_ID of every line that matters: one #define a line, each with an entry in
 * conf/catalog/hvguest.catalog. An id stays with its meaning for ever; programs match on it. A new
 * one comes from `systemd-id128 new`.
 */

#define HVG_MSG_REGISTERED	 "a19fee7efcc848c6b73163f66b176efe" /* the kernel took our registration */
#define HVG_MSG_DEVICE_ABSENT	 "a8415c6cc3144f1aaa8d1465ad2effc7" /* the host does not offer it */
#define HVG_MSG_DEVICE_WITHDRAWN "42e7634b2c574d50abd91f714a9d5e7c" /* the host took it away */
#define HVG_MSG_DEVICE_BUSY	 "0813044a8c5c47069d03761038b9f427" /* another program holds it */
#define HVG_MSG_DEVICE_FAILED	 "56afba3243004487a5907eba7e5bb2ff" /* any other failure of the device */
#define HVG_MSG_STALLED		 "d413bdd841cb4e2d8ff1b27c66b3b661" /* we were stopped for too long */
#define HVG_MSG_REQUEST_REFUSED	 "fb59a42222c14178970cdf9b9c1f5205" /* the host asked for what we do not do */
#define HVG_MSG_POOL_UNUSABLE	 "baa7dd0ece2545c38a0c06a215a0c490" /* a KVP pool cannot be read or written */
#define HVG_MSG_JOURNAL_REPLAYED "101b595f9e7d49d38e876a7e12846c2b" /* a half-made change was completed */
#define HVG_MSG_CONFIG_WARNING	 "bd84f015304748d69406e9a42d201d3b" /* a setting was not understood */
#define HVG_MSG_BUS_JOINED	 "4acf59e1c5094ddaa86cfc68b61605b3" /* our name is on the system bus */
#define HVG_MSG_BUS_LOST	 "1acb7661906b494e86fb1b1051358f5b" /* the bus went away, or refused our name */
#define HVG_MSG_IP_INJECTED      "6d648ae9633d4479b1d0f321c1863ac5" /* an IP configuration came from the host */
#define HVG_MSG_ANSWER_LOST      "a24b6e247e9946f4b824dc872af647ca" /* the kernel had given up on a request */
#define HVG_MSG_TEXT_CUT         "4ebdb82412e24c118f91ad5c0a4237b4" /* a record is longer than a host reads */
#define HVG_MSG_TEXT_REPAIRED    "6de52c8a95c24659a7f4297c5af6938a" /* a record is not UTF-8 */
#define HVG_MSG_VALUE_UNTRANSLATED "f2c19f0d5f8941c8907d8634034fe4b1" /* the kernel cannot translate a value */
#define HVG_MSG_CLOCK_STEPPED  "8695d332b1664939bbdb0065cba78d7e" /* hv-timed has set the clock */
#define HVG_MSG_CLOCK_SET      "6d50e7d45dd340ff841052c093cefb2e" /* somebody else has */
#define HVG_MSG_CLOCK_FOLLOWS  "446b7157aeba4b7d9fcee8fea405f4d8" /* the clock is on the host's time */
#define HVG_MSG_HOLDOVER       "ff75da9bd1c246c8821191181507cf28" /* the host is silent */
#define HVG_MSG_HOST_LOST      "6b468990f9064c4e93060706843e7108" /* it has been for ten minutes, or never spoke */
#define HVG_MSG_HOST_REFUSED   "b154a9c6b4d84995a9f6c66a99f94c0a" /* the host's time is not believed */
#define HVG_MSG_CLOCK_OWNED    "378e2bc1b12948d49b179a5d72940d85" /* another keeps the clock */
#define HVG_MSG_CLOCK_TAKEN    "1b9257760daa48f8b8495fc44953378d" /* hv-timed does */
#define HVG_MSG_CLOCK_FAILED   "66b640c6a8f741aabaf1548b4e330fce" /* it cannot be changed */
#define HVG_MSG_FCOPY_STARTED	 "0c7f34d2a36e4a609f08fa24d7f08299" /* a file began to come from the host */
#define HVG_MSG_FCOPY_DONE	 "a78966fc1a164321b87ce415b27bb97f" /* it is there */
#define HVG_MSG_FCOPY_REFUSED	 "c3d7eb4c0fa24f959267ef66031038cc" /* it was refused */
#define HVG_MSG_FCOPY_CANCELLED	 "615a604bfd304282bcc893d37a3d1c91" /* the host cancelled it */
#define HVG_MSG_FCOPY_FAILED	 "8a3bd50144e14237b064e953b5e37c19" /* it failed; or it came too late */
#define HVG_MSG_FCOPY_RECOVERED	 "d17ed9cbe69c4520afc0ac3fdee2e087" /* what a crash left of one was removed */
#define HVG_MSG_FCOPY_HOOK	 "03cd2af894c44aa7b80bd1b3bd0b5625" /* the hook cannot be run */
#define HVG_MSG_NET_APPLIED	 "fff0a0ab440d467fb94388e60364e2b6" /* hv-netd: a configuration is in force */
#define HVG_MSG_NET_FAILED	 "2df688a46b124458b08e5af285f42b8a" /* hv-netd: one is not, the former one is */
#define HVG_MSG_NET_WARNING	 "ec694a2c2b3844a481b76809de0d7d1c" /* hv-netd: it is in force, but */
#define HVG_MSG_FROZEN		 "a56951377f27452d9b1f941b54a587e0" /* file systems are frozen for a backup */
#define HVG_MSG_THAWED		 "b42ff08952034340a87033a0bc3dce55" /* and thawed after it */
#define HVG_MSG_BACKUP_FAILED	 "0d0540091d3140afa434c898e84cd576" /* a backup could not be taken, and why */
#define HVG_MSG_FS_LEFT_OUT	 "9931bb394ed24643a2be7cd4e9c1ace2" /* a file system was not frozen */
#define HVG_MSG_SELF_THAWED	 "c1ea747d27f844688d664d3a6b2d9053" /* thawed before the host asked for it */
#define HVG_MSG_THAW_FAILED	 "3649cb516ffe462bb7c278b461d98e4d" /* something is still frozen */
#define HVG_MSG_HOOK_FAILED	 "771e57141f5d420785ee7d4fe495b49f" /* a program around a backup failed */
#define HVG_MSG_LEFTOVERS_THAWED "da8af1842168479ba950f3abb7e189d1" /* what a former daemon had left frozen */

#endif
