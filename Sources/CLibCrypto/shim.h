#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

// EVP_sha256 is a function, but HMAC and PBKDF2 are easier to call through one narrow door.
static inline int pgsteer_hmac_sha256(
    const void *key, int keyLength, const unsigned char *data, size_t dataLength, unsigned char *result
) {
    unsigned int length = 32;
    return HMAC(EVP_sha256(), key, keyLength, data, dataLength, result, &length) != NULL;
}

static inline int pgsteer_pbkdf2_sha256(
    const char *password, int passwordLength, const unsigned char *salt, int saltLength, int iterations,
    unsigned char *result
) {
    return PKCS5_PBKDF2_HMAC(
        password, passwordLength, salt, saltLength, iterations, EVP_sha256(), 32, result);
}

static inline int pgsteer_md5(const void *data, size_t length, unsigned char *result) {
    return EVP_Digest(data, length, result, NULL, EVP_md5(), NULL);
}
