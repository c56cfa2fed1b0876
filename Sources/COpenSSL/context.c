// Opening the library, and the settings of many connections.
#include "library.h"
#include "tls.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct hashmark_openssl hashmark_openssl;

static int is_open = 0;

static void open_library(void) {
    void *library = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
#define HASHMARK_OPENSSL_LOAD(result, name, parameters) \
    hashmark_openssl.name = (__typeof__(hashmark_openssl.name))dlsym(library, #name); \
    if (!hashmark_openssl.name) return;
    HASHMARK_OPENSSL(HASHMARK_OPENSSL_LOAD)
#undef HASHMARK_OPENSSL_LOAD
    struct sigaction pipe_action;
    if (sigaction(SIGPIPE, NULL, &pipe_action) == 0 && pipe_action.sa_handler == SIG_DFL) {
        signal(SIGPIPE, SIG_IGN);
    }
    is_open = 1;
}

int hashmark_tls_open(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    return is_open ? 0 : -1;
}

const char *hashmark_tls_library(void) { return hashmark_openssl.OpenSSL_version(0); }

/// As real servers have it: so many sessions, for so many seconds (tls-session-cache-size and
/// tls-session-cache-timeout of redis.conf).
enum { sessions_kept = 20480, sessions_kept_seconds = 300 };

static void set_up(SSL_CTX *context, int server) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    ssl->SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
    // Servers of this protocol close without a word, as plain ones do.
    ssl->SSL_CTX_set_options(
        context, SSL_OP_ENABLE_KTLS | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION
            | SSL_OP_NO_RENEGOTIATION);
    ssl->SSL_CTX_ctrl(
        context, SSL_CTRL_MODE,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, NULL);
    // One read(2) takes what there is, and not a header and then what it announces.
    ssl->SSL_CTX_ctrl(context, SSL_CTRL_SET_READ_AHEAD, 1, NULL);
    if (!server) {
        ssl->SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
        return;
    }
    static const unsigned char name[] = "hashmark";
    ssl->SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
    ssl->SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_SERVER, NULL);
    ssl->SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_SIZE, sessions_kept, NULL);
    ssl->SSL_CTX_set_timeout(context, sessions_kept_seconds);
}

static enum hashmark_tls_fault load(
    SSL_CTX *context, int server, const char *authorities, const char *authority_folder,
    const char *certificate, const char *key, const char *ciphers, const char *suites,
    enum hashmark_tls_verify verify) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    if (authorities || authority_folder) {
        if (ssl->SSL_CTX_load_verify_locations(context, authorities, authority_folder) != 1)
            return HASHMARK_TLS_BAD_AUTHORITIES;
    } else if (!server && verify != HASHMARK_TLS_ANYBODY) {
        if (ssl->SSL_CTX_set_default_verify_paths(context) != 1)
            return HASHMARK_TLS_BAD_AUTHORITIES;
    }
    if (certificate && ssl->SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return HASHMARK_TLS_BAD_CERTIFICATE;
    if (key) {
        if (ssl->SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
            return HASHMARK_TLS_BAD_KEY;
        if (certificate && ssl->SSL_CTX_check_private_key(context) != 1)
            return HASHMARK_TLS_BAD_KEY;
    }
    if (ciphers && ssl->SSL_CTX_set_cipher_list(context, ciphers) != 1)
        return HASHMARK_TLS_BAD_CIPHERS;
    if (suites && ssl->SSL_CTX_set_ciphersuites(context, suites) != 1)
        return HASHMARK_TLS_BAD_SUITES;
    int mode = SSL_VERIFY_NONE;
    if (verify != HASHMARK_TLS_ANYBODY) mode |= SSL_VERIFY_PEER;
    if (server && verify == HASHMARK_TLS_ALWAYS) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    ssl->SSL_CTX_set_verify(context, mode, NULL);
    return HASHMARK_TLS_FINE;
}

struct ssl_ctx_st *hashmark_tls_context(
    int server, const char *authorities, const char *authority_folder, const char *certificate,
    const char *key, const char *ciphers, const char *suites, enum hashmark_tls_verify verify,
    enum hashmark_tls_fault *fault, char *text, size_t size) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    if (size > 0) text[0] = 0;
    *fault = HASHMARK_TLS_NO_MEMORY;
    ssl->ERR_clear_error();
    SSL_CTX *context =
        ssl->SSL_CTX_new(server ? ssl->TLS_server_method() : ssl->TLS_client_method());
    if (!context) return NULL;
    set_up(context, server);
    *fault = load(
        context, server, authorities, authority_folder, certificate, key, ciphers, suites, verify);
    if (*fault == HASHMARK_TLS_FINE) return context;
    unsigned long code = ssl->ERR_peek_error();
    const char *reason = ssl->ERR_reason_error_string(code);
    if (!reason && (code & ERR_SYSTEM_FLAG)) reason = strerror((int)(code & ~ERR_SYSTEM_FLAG));
    snprintf(text, size, "%s", reason ? reason : "OpenSSL does not say why");
    ssl->SSL_CTX_free(context);
    return NULL;
}

void hashmark_tls_context_free(struct ssl_ctx_st *context) {
    hashmark_openssl.SSL_CTX_free(context);
}
