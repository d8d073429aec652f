/* web: which peers count as our own machine. */
#include "tests/unit/assert.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "io/web_impl.h"

static void test_who_is_loopback(void **state)
{
	static const struct {
		const char *addr;
		bool loopback;
	} tv[] = {
		{"127.0.0.1", true},
		{"127.255.0.9", true},
		{"128.0.0.1", false},
		{"10.0.0.1", false},
		{"0.0.0.0", false},
		{"::1", true},
		{"::2", false},
		{"::", false},
		{"::ffff:127.0.0.1", true},
		{"::ffff:192.0.2.1", false},
		{"::127.0.0.1", false},
		{"2001:db8::7f00:1", false},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct sockaddr_storage ss = {0};
		struct sockaddr_in *in4 = (void *)&ss;
		struct sockaddr_in6 *in6 = (void *)&ss;

		print_message("%s\n", tv[i].addr);
		ss.ss_family = strchr(tv[i].addr, ':') ? AF_INET6 : AF_INET;
		assert_int_equal(1,
				 inet_pton(ss.ss_family, tv[i].addr,
					   ss.ss_family == AF_INET6
						   ? (void *)&in6->sin6_addr
						   : (void *)&in4->sin_addr));
		assert_int_equal(tv[i].loopback, web_is_loopback(&ss));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
