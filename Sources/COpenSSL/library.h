// The functions of OpenSSL 3 that are used, as its manual describes them: a table of pointers that
// hashmark_tls_open fills, and the constants behind its macros.
#ifndef HASHMARK_COPENSSL_LIBRARY_H
#define HASHMARK_COPENSSL_LIBRARY_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_session_st SSL_SESSION;
typedef struct ssl_cipher_st SSL_CIPHER;
typedef struct bio_st BIO;
typedef struct x509_st X509;
typedef struct X509_name_st X509_NAME;
typedef struct X509_VERIFY_PARAM_st X509_VERIFY_PARAM;
typedef struct asn1_string_st ASN1_TIME;

/// F(result, name, parameters). libcrypto's come along: libssl needs it, and dlsym looks there.
#define HASHMARK_OPENSSL(F) \
    F(const SSL_METHOD *, TLS_client_method, (void)) \
    F(const SSL_METHOD *, TLS_server_method, (void)) \
    F(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *)) \
    F(void, SSL_CTX_free, (SSL_CTX *)) \
    F(long, SSL_CTX_ctrl, (SSL_CTX *, int, long, void *)) \
    F(uint64_t, SSL_CTX_set_options, (SSL_CTX *, uint64_t)) \
    F(int, SSL_CTX_set_default_verify_paths, (SSL_CTX *)) \
    F(int, SSL_CTX_load_verify_locations, (SSL_CTX *, const char *, const char *)) \
    F(int, SSL_CTX_use_certificate_chain_file, (SSL_CTX *, const char *)) \
    F(int, SSL_CTX_use_PrivateKey_file, (SSL_CTX *, const char *, int)) \
    F(int, SSL_CTX_check_private_key, (const SSL_CTX *)) \
    F(int, SSL_CTX_set_cipher_list, (SSL_CTX *, const char *)) \
    F(int, SSL_CTX_set_ciphersuites, (SSL_CTX *, const char *)) \
    F(int, SSL_CTX_set_session_id_context, (SSL_CTX *, const unsigned char *, unsigned int)) \
    F(long, SSL_CTX_set_timeout, (SSL_CTX *, long)) \
    F(void, SSL_CTX_set_verify, (SSL_CTX *, int, void *)) \
    F(SSL *, SSL_new, (SSL_CTX *)) \
    F(void, SSL_free, (SSL *)) \
    F(long, SSL_ctrl, (SSL *, int, long, void *)) \
    F(int, SSL_set_fd, (SSL *, int)) \
    F(void, SSL_set_connect_state, (SSL *)) \
    F(void, SSL_set_accept_state, (SSL *)) \
    F(int, SSL_set1_host, (SSL *, const char *)) \
    F(X509_VERIFY_PARAM *, SSL_get0_param, (SSL *)) \
    F(int, X509_VERIFY_PARAM_set1_ip_asc, (X509_VERIFY_PARAM *, const char *)) \
    F(int, SSL_set_session, (SSL *, SSL_SESSION *)) \
    F(SSL_SESSION *, SSL_get1_session, (SSL *)) \
    F(int, SSL_SESSION_is_resumable, (const SSL_SESSION *)) \
    F(void, SSL_SESSION_free, (SSL_SESSION *)) \
    F(int, SSL_session_reused, (const SSL *)) \
    F(int, SSL_do_handshake, (SSL *)) \
    F(int, SSL_read, (SSL *, void *, int)) \
    F(int, SSL_write, (SSL *, const void *, int)) \
    F(int, SSL_has_pending, (const SSL *)) \
    F(int, SSL_get_error, (const SSL *, int)) \
    F(int, SSL_is_init_finished, (const SSL *)) \
    F(int, SSL_shutdown, (SSL *)) \
    F(BIO *, SSL_get_rbio, (const SSL *)) \
    F(BIO *, SSL_get_wbio, (const SSL *)) \
    F(const char *, SSL_get_version, (const SSL *)) \
    F(const SSL_CIPHER *, SSL_get_current_cipher, (const SSL *)) \
    F(const char *, SSL_CIPHER_get_name, (const SSL_CIPHER *)) \
    F(const char *, SSL_group_to_name, (SSL *, int)) \
    F(X509 *, SSL_get1_peer_certificate, (const SSL *)) \
    F(long, SSL_get_verify_result, (const SSL *)) \
    F(const char *, X509_verify_cert_error_string, (long)) \
    F(X509_NAME *, X509_get_subject_name, (const X509 *)) \
    F(char *, X509_NAME_oneline, (const X509_NAME *, char *, int)) \
    F(const ASN1_TIME *, X509_get0_notAfter, (const X509 *)) \
    F(int, ASN1_TIME_to_tm, (const ASN1_TIME *, struct tm *)) \
    F(void, X509_free, (X509 *)) \
    F(long, BIO_ctrl, (BIO *, int, long, void *)) \
    F(uint64_t, BIO_number_read, (BIO *)) \
    F(uint64_t, BIO_number_written, (BIO *)) \
    F(void, ERR_clear_error, (void)) \
    F(unsigned long, ERR_peek_error, (void)) \
    F(const char *, ERR_reason_error_string, (unsigned long)) \
    F(const char *, OpenSSL_version, (int))

struct hashmark_openssl {
#define HASHMARK_OPENSSL_MEMBER(result, name, parameters) result (*name) parameters;
    HASHMARK_OPENSSL(HASHMARK_OPENSSL_MEMBER)
#undef HASHMARK_OPENSSL_MEMBER
};

/// Filled once by hashmark_tls_open, before anything else here is called.
extern struct hashmark_openssl hashmark_openssl;

// ssl.h, tls1.h, bio.h, err.h
enum {
    SSL_FILETYPE_PEM = 1,
    SSL_MODE_ENABLE_PARTIAL_WRITE = 1,
    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER = 2,
    SSL_VERIFY_NONE = 0,
    SSL_VERIFY_PEER = 1,
    SSL_VERIFY_FAIL_IF_NO_PEER_CERT = 2,
    SSL_SESS_CACHE_OFF = 0,
    SSL_SESS_CACHE_SERVER = 2,
    SSL_ERROR_SSL = 1,
    SSL_ERROR_WANT_READ = 2,
    SSL_ERROR_WANT_WRITE = 3,
    SSL_ERROR_SYSCALL = 5,
    SSL_ERROR_ZERO_RETURN = 6,
    SSL_CTRL_MODE = 33,
    SSL_CTRL_SET_READ_AHEAD = 41,
    SSL_CTRL_SET_SESS_CACHE_SIZE = 42,
    SSL_CTRL_SET_SESS_CACHE_MODE = 44,
    SSL_CTRL_SET_TLSEXT_HOSTNAME = 55,
    SSL_CTRL_SET_MIN_PROTO_VERSION = 123,
    SSL_CTRL_GET_NEGOTIATED_GROUP = 134,
    TLS1_2_VERSION = 0x0303,
    BIO_CTRL_GET_KTLS_SEND = 73,
    BIO_CTRL_GET_KTLS_RECV = 76,
    ERR_REASON_MASK = 0x7fffff,
};
/// Errors with it are errno's.
static const unsigned long ERR_SYSTEM_FLAG = 0x80000000ul;
static const uint64_t SSL_OP_ENABLE_KTLS = 1u << 3;
static const uint64_t SSL_OP_IGNORE_UNEXPECTED_EOF = 1u << 7;
static const uint64_t SSL_OP_NO_COMPRESSION = 1u << 17;
static const uint64_t SSL_OP_NO_RENEGOTIATION = 1u << 30;

#endif
