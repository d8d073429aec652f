#include "proto/call_id.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/buf.h"

enum { SID_MAX = 256 };

int call_id_make(struct uuid *out, struct sv secret, struct sv sid,
		 int64_t wall_ms)
{
	unsigned char mac[SHA256_DIGEST_LENGTH];
	unsigned len = sizeof(mac);
	struct buf b;
	int err;

	if (!sid.len || sid.len > SID_MAX || !secret.len || secret.len > 4096)
		return -EINVAL;
	buf_init(&b, 0);
	buf_str(&b, "nightbell call\n");
	buf_sv(&b, sid);
	err = b.err;
	if (!err && !HMAC(EVP_sha256(), secret.p, (int)secret.len,
			  (const unsigned char *)b.p, b.len, mac, &len))
		err = -ENOMEM;
	if (!err)
		*out = uuid_v7(wall_ms, mac);
	buf_fini(&b);
	return err;
}
