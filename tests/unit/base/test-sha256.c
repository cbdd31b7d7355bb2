// SPDX-License-Identifier: LGPL-2.1-or-later

/* The vectors of FIPS 180-4's examples, and that it does not matter in which pieces bytes come. */

#include "suites.h"

#include "base/sha256.h"
#include "base/units.h"

#include <string.h>

static const struct {
	const char *text, *hash;
} vectors[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(agrees_with_the_standard)
{
	char text[HVG_SHA256_TEXT_SIZE];
	struct hvg_sha256 hash;

	hvg_sha256_init(&hash);
	hvg_sha256_add(&hash, vectors[_i].text, strlen(vectors[_i].text));
	hvg_sha256_finish(&hash, text);
	ck_assert_str_eq(text, vectors[_i].hash);
}
END_TEST

START_TEST(hashes_a_million_letters)
{
	char letters[1000], text[HVG_SHA256_TEXT_SIZE];
	struct hvg_sha256 hash;

	memset(letters, 'a', sizeof(letters));
	hvg_sha256_init(&hash);
	for (int i = 0; i < 1000; i++)
		hvg_sha256_add(&hash, letters, sizeof(letters));
	hvg_sha256_finish(&hash, text);
	ck_assert_str_eq(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* Every length around the ends of blocks, cut anywhere. */
START_TEST(takes_bytes_in_any_pieces)
{
	char letters[200], whole[HVG_SHA256_TEXT_SIZE], pieces[HVG_SHA256_TEXT_SIZE];
	struct hvg_sha256 hash;

	memset(letters, 'x', sizeof(letters));
	for (size_t n = 0; n < sizeof(letters); n++) {
		hvg_sha256_init(&hash);
		hvg_sha256_add(&hash, letters, n);
		hvg_sha256_finish(&hash, whole);
		hvg_sha256_init(&hash);
		hvg_sha256_add(&hash, letters, n / 3);
		hvg_sha256_add(&hash, letters, 0);
		hvg_sha256_add(&hash, letters, n - n / 3);
		hvg_sha256_finish(&hash, pieces);
		ck_assert_str_eq(whole, pieces);
	}
}
END_TEST

Suite *hvg_suite_base_sha256(void)
{
	Suite *suite = suite_create("sha256");
	TCase *tcase = hvg_suite_case(suite, "sha256");

	tcase_add_loop_test(tcase, agrees_with_the_standard, 0, HVG_ELEMENTS(vectors));
	tcase_add_test(tcase, hashes_a_million_letters);
	tcase_add_test(tcase, takes_bytes_in_any_pieces);
	return suite;
}
