#include "app/cert.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static X509 *read_cert(const char *path)
{
	BIO *b = BIO_new_file(path, "r");
	X509 *x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;

	BIO_free(b);
	return x;
}

static EVP_PKEY *read_key(const char *path)
{
	BIO *b = BIO_new_file(path, "r");
	EVP_PKEY *k = b ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL) : NULL;

	BIO_free(b);
	return k;
}

static bool names_host(X509 *x, const char *host)
{
	return X509_check_host(x, host, 0, 0, NULL) == 1 ||
	       X509_check_ip_asc(x, host, 0) == 1;
}

static int bad(char *why, size_t size, const char *file, const char *what)
{
	snprintf(why, size, "%s %s", file, what);
	return -EINVAL;
}

static int check(X509 *x, EVP_PKEY *key, const char *cert_file,
		 const char *key_file, const char *host, int64_t now_s,
		 int *days, char *why, size_t size)
{
	ASN1_TIME *now;
	int secs = 0, ok;

	if (!x)
		return bad(why, size, cert_file,
			   "cannot be read as a PEM certificate");
	if (!key)
		return bad(why, size, key_file,
			   "cannot be read as a PEM key without passphrase");
	if (X509_check_private_key(x, key) != 1)
		return bad(why, size, key_file,
			   "is not the key of the certificate");
	if (host && !names_host(x, host)) {
		snprintf(why, size, "%s is not for %s", cert_file, host);
		return -EINVAL;
	}
	now = ASN1_TIME_set(NULL, (time_t)now_s);
	ok = now && ASN1_TIME_diff(days, &secs, now, X509_get0_notAfter(x));
	if (ok && (*days < 0 || secs < 0)) {
		snprintf(why, size, "%s expired %d days ago", cert_file,
			 -*days);
		ok = 0;
	} else if (ok) {
		snprintf(why, size, "good for %d days", *days);
	} else {
		snprintf(why, size, "%s has no readable end date", cert_file);
	}
	if (ok && ASN1_TIME_compare(X509_get0_notBefore(x), now) > 0) {
		snprintf(why, size, "%s is not valid yet", cert_file);
		ok = 0;
	}
	ASN1_TIME_free(now);
	return ok ? 0 : -EINVAL;
}

int cert_check(const char *cert_file, const char *key_file, const char *host,
	       int64_t now_s, int *days, char *why, size_t why_size)
{
	X509 *x = read_cert(cert_file);
	EVP_PKEY *key = read_key(key_file);
	int err;

	*days = 0;
	err = check(x, key, cert_file, key_file, host, now_s, days, why,
		    why_size);
	EVP_PKEY_free(key);
	X509_free(x);
	return err;
}
