// SPDX-License-Identifier: LGPL-2.1-or-later

/* Messages of integration components, to and from bytes. */

#include "host/vm/icmsg.h"
#include "host/vm/bytes.h"

#include <string.h>

/* struct vmbuspipe_hdr */
#define AT_PIPE_FLAGS    0
#define AT_PIPE_SIZE     4
#define PIPE_DATA        1
#define PIPE_HEADER      8
/* struct icmsg_hdr, which follows */
#define AT_FRAMEWORK     8
#define AT_TYPE          12
#define AT_MESSAGE       14
#define AT_SIZE          18
#define AT_STATUS        20
#define AT_TRANSACTION   24
#define AT_FLAGS         25
#define FLAG_TRANSACTION 1
#define FLAG_REQUEST     2
#define FLAG_RESPONSE    4
/* struct icmsg_negotiate, the body of that type */
#define AT_N_FRAMEWORK   0
#define AT_N_MESSAGE     2
#define AT_VERSIONS      8
#define VERSION          4

static void put_version(uint8_t *at, struct icmsg_version version)
{
	put_le16(at, version.major);
	put_le16(at + 2, version.minor);
}

static struct icmsg_version get_version(const uint8_t *at)
{
	return (struct icmsg_version){ get_le16(at), get_le16(at + 2) };
}

void icmsg_encode(const struct icmsg *icmsg, uint8_t *ret)
{
	memset(ret, 0, ICMSG_HEADERS);
	put_le32(ret + AT_PIPE_FLAGS, PIPE_DATA);
	put_le32(ret + AT_PIPE_SIZE, (uint32_t)(ICMSG_HEADERS - PIPE_HEADER + icmsg->size));
	put_version(ret + AT_FRAMEWORK, icmsg->framework);
	put_le16(ret + AT_TYPE, icmsg->type);
	put_version(ret + AT_MESSAGE, icmsg->message);
	put_le16(ret + AT_SIZE, (uint16_t)icmsg->size);
	put_le32(ret + AT_STATUS, icmsg->status);
	ret[AT_TRANSACTION] = icmsg->transaction;
	ret[AT_FLAGS] = FLAG_TRANSACTION | FLAG_REQUEST;
	memcpy(ret + ICMSG_HEADERS, icmsg->body, icmsg->size);
}

bool icmsg_decode(const uint8_t *bytes, size_t size, struct icmsg *ret)
{
	if (size < ICMSG_HEADERS || bytes[AT_FLAGS] != (FLAG_TRANSACTION | FLAG_RESPONSE))
		return false;
	*ret = (struct icmsg){
		.framework = get_version(bytes + AT_FRAMEWORK),
		.message = get_version(bytes + AT_MESSAGE),
		.type = get_le16(bytes + AT_TYPE),
		.status = get_le32(bytes + AT_STATUS),
		.transaction = bytes[AT_TRANSACTION],
		.body = bytes + ICMSG_HEADERS,
		.size = size - ICMSG_HEADERS,
	};
	return true;
}

size_t icmsg_encode_versions(const struct icmsg_versions *versions, uint8_t *ret)
{
	uint8_t *at = ret + AT_VERSIONS;

	memset(ret, 0, AT_VERSIONS);
	put_le16(ret + AT_N_FRAMEWORK, versions->n_framework);
	put_le16(ret + AT_N_MESSAGE, versions->n_message);
	for (unsigned int i = 0; i < versions->n_framework; i++, at += VERSION)
		put_version(at, versions->framework[i]);
	for (unsigned int i = 0; i < versions->n_message; i++, at += VERSION)
		put_version(at, versions->message[i]);
	return (size_t)(at - ret);
}

bool icmsg_decode_choice(const struct icmsg *reply, struct icmsg_version *ret_framework,
	struct icmsg_version *ret_message)
{
	if (reply->size < AT_VERSIONS + 2 * VERSION ||
		get_le16(reply->body + AT_N_FRAMEWORK) != 1 ||
		get_le16(reply->body + AT_N_MESSAGE) != 1)
		return false;
	*ret_framework = get_version(reply->body + AT_VERSIONS);
	*ret_message = get_version(reply->body + AT_VERSIONS + VERSION);
	return true;
}
