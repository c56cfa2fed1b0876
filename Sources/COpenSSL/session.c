// One side of one connection: handshake, bytes, and what went wrong.
//
// Reading: OpenSSL reads ahead, so data may wait in its buffer of which no poller tells. A read
// therefore goes on until the caller's buffer is full or the socket is empty, which a read(2) that
// brought less than the buffer holds has shown; the one that would say EAGAIN is saved.
#include "library.h"
#include "tls.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hashmark_tls_session {
    SSL *ssl;
    BIO *reads, *writes;
    uint64_t records_sent, records_received;
    /// What reading has come to; HASHMARK_TLS_BLOCKED while more may come. An end is met behind
    /// bytes that are handed out first, and the socket tells of a failure only once.
    int kept;
    int wants_write;
    int error;
    enum hashmark_tls_reason reason;
    char text[160];
};

/// Half of OpenSSL's buffer for records (16 KiB and a header): a read(2) that brought less found
/// no more in the socket, wherever in the buffer it began.
enum { short_read = 8 * 1024 };
/// The most that one record holds.
enum { record_bytes = 16 * 1024 };

// x509_vfy.h and sslerr.h
enum {
    X509_V_OK = 0,
    X509_V_ERR_CERT_HAS_EXPIRED = 10,
    X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT = 18,
    X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN = 19,
    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY = 20,
    X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE = 21,
    X509_V_ERR_HOSTNAME_MISMATCH = 62,
    X509_V_ERR_IP_ADDRESS_MISMATCH = 64,
    SSL_R_CERTIFICATE_VERIFY_FAILED = 134,
    SSL_R_HTTPS_PROXY_REQUEST = 155,
    SSL_R_HTTP_REQUEST = 156,
    SSL_R_NO_CIPHERS_AVAILABLE = 181,
    SSL_R_NO_PROTOCOLS_AVAILABLE = 191,
    SSL_R_NO_SHARED_CIPHER = 193,
    SSL_R_PACKET_LENGTH_TOO_LONG = 198,
    SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE = 199,
    SSL_R_UNKNOWN_PROTOCOL = 252,
    SSL_R_UNSUPPORTED_PROTOCOL = 258,
    SSL_R_WRONG_VERSION_NUMBER = 267,
    SSL_R_UNEXPECTED_EOF_WHILE_READING = 294,
    SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE = 1040,
    SSL_R_SSLV3_ALERT_BAD_CERTIFICATE = 1042,
    SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN = 1046,
    SSL_R_TLSV1_ALERT_UNKNOWN_CA = 1048,
    SSL_R_TLSV1_ALERT_PROTOCOL_VERSION = 1070,
    SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED = 1116,
};

static enum hashmark_tls_reason reason_of_chain(long verify) {
    switch (verify) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return HASHMARK_TLS_EXPIRED;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return HASHMARK_TLS_SELF_SIGNED;
    // Its root came along, as roots are self-signed; nobody here knows it.
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return HASHMARK_TLS_UNKNOWN;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return HASHMARK_TLS_WRONG_NAME;
    default: return HASHMARK_TLS_BAD_CHAIN;
    }
}

static enum hashmark_tls_reason reason_of(SSL *connection, int code) {
    switch (code) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return reason_of_chain(hashmark_openssl.SSL_get_verify_result(connection));
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return HASHMARK_TLS_NOT_TLS;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return HASHMARK_TLS_OLD;
    case SSL_R_NO_CIPHERS_AVAILABLE:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return HASHMARK_TLS_NO_CIPHER;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return HASHMARK_TLS_WANTS_OURS;
    default: return HASHMARK_TLS_OTHER;
    }
}

/// What a call that returned `result` came to.
static int outcome(struct hashmark_tls_session *session, int result) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    int error = errno;
    session->wants_write = 0;
    switch (ssl->SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ: return HASHMARK_TLS_BLOCKED;
    case SSL_ERROR_WANT_WRITE:
        session->wants_write = 1;
        return HASHMARK_TLS_BLOCKED;
    case SSL_ERROR_ZERO_RETURN: return HASHMARK_TLS_CLOSED;
    case SSL_ERROR_SYSCALL:
        session->error = error;
        return error == 0 ? HASHMARK_TLS_CLOSED : HASHMARK_TLS_BROKEN;
    default: break;
    }
    // The first error is the cause, those behind it say where it passed.
    unsigned long code = ssl->ERR_peek_error();
    int reason = (int)(code & ERR_REASON_MASK);
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return HASHMARK_TLS_CLOSED;
    const char *words = ssl->ERR_reason_error_string(code);
    snprintf(session->text, sizeof session->text, "%s", words ? words : "unknown error");
    session->reason = reason_of(session->ssl, reason);
    return HASHMARK_TLS_REFUSED;
}

// MARK: beginning and end

static struct hashmark_tls_session *create(SSL_CTX *context, int fd) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    struct hashmark_tls_session *session = calloc(1, sizeof *session);
    if (!session) return NULL;
    session->ssl = ssl->SSL_new(context);
    if (!session->ssl || ssl->SSL_set_fd(session->ssl, fd) != 1) {
        ssl->SSL_free(session->ssl);
        free(session);
        return NULL;
    }
    // While the handshake lasts the writer is a buffer in front of the socket, and it goes away.
    session->reads = ssl->SSL_get_rbio(session->ssl);
    session->writes = ssl->SSL_get_wbio(session->ssl);
    session->kept = HASHMARK_TLS_BLOCKED;
    return session;
}

struct hashmark_tls_session *hashmark_tls_connect(
    struct ssl_ctx_st *context, int fd, const char *sni, const char *name, const char *address,
    struct ssl_session_st *earlier) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    struct hashmark_tls_session *session = create(context, fd);
    if (!session) return NULL;
    if (sni) ssl->SSL_ctrl(session->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, (void *)sni);
    if (name) ssl->SSL_set1_host(session->ssl, name);
    if (address) ssl->X509_VERIFY_PARAM_set1_ip_asc(ssl->SSL_get0_param(session->ssl), address);
    if (earlier) ssl->SSL_set_session(session->ssl, earlier);
    ssl->SSL_set_connect_state(session->ssl);
    return session;
}

struct hashmark_tls_session *hashmark_tls_accept(struct ssl_ctx_st *context, int fd) {
    struct hashmark_tls_session *session = create(context, fd);
    if (session) hashmark_openssl.SSL_set_accept_state(session->ssl);
    return session;
}

void hashmark_tls_end(struct hashmark_tls_session *session) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    ssl->ERR_clear_error();
    // Behind a failure OpenSSL refuses it, and says so.
    if (ssl->SSL_is_init_finished(session->ssl)) ssl->SSL_shutdown(session->ssl);
    ssl->ERR_clear_error();
    ssl->SSL_free(session->ssl);
    free(session);
}

// MARK: bytes

int hashmark_tls_handshake(struct hashmark_tls_session *session) {
    hashmark_openssl.ERR_clear_error();
    errno = 0;
    int result = hashmark_openssl.SSL_do_handshake(session->ssl);
    return result == 1 ? 1 : outcome(session, result);
}

ptrdiff_t hashmark_tls_read(struct hashmark_tls_session *session, void *bytes, size_t count) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    if (session->kept != HASHMARK_TLS_BLOCKED) return session->kept;
    session->wants_write = 0;
    size_t total = 0;
    while (total < count) {
        size_t room = count - total;
        int had = ssl->SSL_has_pending(session->ssl);
        uint64_t before = ssl->BIO_number_read(session->reads);
        ssl->ERR_clear_error();
        errno = 0;
        int result = ssl->SSL_read(
            session->ssl, (char *)bytes + total, room > INT_MAX ? INT_MAX : (int)room);
        if (result <= 0) {
            session->kept = outcome(session, result);
            if (total == 0) return session->kept;
            break;
        }
        total += (size_t)result;
        session->records_received++;
        if (!had && !ssl->SSL_has_pending(session->ssl)
            && ssl->BIO_number_read(session->reads) - before < short_read)
            break;
    }
    return (ptrdiff_t)total;
}

ptrdiff_t hashmark_tls_write(
    struct hashmark_tls_session *session, const void *bytes, size_t count) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    size_t total = 0;
    while (total < count) {
        size_t rest = count - total;
        int wanted_write = session->wants_write;
        ssl->ERR_clear_error();
        errno = 0;
        int result = ssl->SSL_write(
            session->ssl, (const char *)bytes + total, rest > INT_MAX ? INT_MAX : (int)rest);
        if (result <= 0) {
            int met = outcome(session, result);
            // What the reader waits for is no business of a writer whose own turn comes anyway,
            // but for the handshake, which is both.
            if (ssl->SSL_is_init_finished(session->ssl)) session->wants_write = wanted_write;
            if (total > 0 && met == HASHMARK_TLS_BLOCKED) break;
            return met;
        }
        total += (size_t)result;
        session->records_sent += ((uint64_t)result + record_bytes - 1) / record_bytes;
    }
    return (ptrdiff_t)total;
}

int hashmark_tls_wants_write(const struct hashmark_tls_session *session) {
    return session->wants_write;
}

int hashmark_tls_errno(const struct hashmark_tls_session *session) { return session->error; }

// MARK: what it is like

enum hashmark_tls_reason hashmark_tls_reason_of(const struct hashmark_tls_session *session) {
    return session->reason;
}

static const char *group_of(SSL *connection) {
    long group = hashmark_openssl.SSL_ctrl(connection, SSL_CTRL_GET_NEGOTIATED_GROUP, 0, NULL);
    return group == 0 ? NULL : hashmark_openssl.SSL_group_to_name(connection, (int)group);
}

static const char *doubt_of(SSL *connection) {
    long verify = hashmark_openssl.SSL_get_verify_result(connection);
    return verify == X509_V_OK ? NULL : hashmark_openssl.X509_verify_cert_error_string(verify);
}

/// Of the peer's certificate: its subject, or when it ends.
static void describe(SSL *connection, enum hashmark_tls_word word, char *text, size_t size) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    X509 *certificate = ssl->SSL_get1_peer_certificate(connection);
    if (!certificate) return;
    struct tm time;
    if (word == HASHMARK_TLS_SUBJECT) {
        ssl->X509_NAME_oneline(ssl->X509_get_subject_name(certificate), text, (int)size);
    } else if (ssl->ASN1_TIME_to_tm(ssl->X509_get0_notAfter(certificate), &time) == 1) {
        strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &time);
    }
    ssl->X509_free(certificate);
}

size_t hashmark_tls_text(
    const struct hashmark_tls_session *session, enum hashmark_tls_word word, char *text,
    size_t size) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    const char *words = NULL;
    if (size == 0) return 0;
    text[0] = 0;
    switch (word) {
    case HASHMARK_TLS_VERSION: words = ssl->SSL_get_version(session->ssl); break;
    case HASHMARK_TLS_CIPHER: {
        const SSL_CIPHER *cipher = ssl->SSL_get_current_cipher(session->ssl);
        words = cipher ? ssl->SSL_CIPHER_get_name(cipher) : NULL;
        break;
    }
    case HASHMARK_TLS_GROUP: words = group_of(session->ssl); break;
    case HASHMARK_TLS_DOUBT: words = doubt_of(session->ssl); break;
    case HASHMARK_TLS_FAILURE: words = session->text; break;
    case HASHMARK_TLS_SUBJECT:
    case HASHMARK_TLS_EXPIRES: describe(session->ssl, word, text, size); break;
    }
    if (words) snprintf(text, size, "%s", words);
    return strlen(text);
}

int hashmark_tls_resumed(const struct hashmark_tls_session *session) {
    return hashmark_openssl.SSL_session_reused(session->ssl);
}

int hashmark_tls_kernel(const struct hashmark_tls_session *session) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    int sends = ssl->BIO_ctrl(session->writes, BIO_CTRL_GET_KTLS_SEND, 0, NULL) > 0;
    int receives = ssl->BIO_ctrl(session->reads, BIO_CTRL_GET_KTLS_RECV, 0, NULL) > 0;
    return sends | receives << 1;
}

struct hashmark_tls_traffic hashmark_tls_traffic_of(const struct hashmark_tls_session *session) {
    struct hashmark_tls_traffic traffic = {
        .bytes_sent = hashmark_openssl.BIO_number_written(session->writes),
        .bytes_received = hashmark_openssl.BIO_number_read(session->reads),
        .records_sent = session->records_sent,
        .records_received = session->records_received,
    };
    return traffic;
}

// MARK: sessions that are taken up again

struct ssl_session_st *hashmark_tls_ticket(struct hashmark_tls_session *session) {
    const struct hashmark_openssl *ssl = &hashmark_openssl;
    SSL_SESSION *ticket = ssl->SSL_get1_session(session->ssl);
    if (!ticket) return NULL;
    if (ssl->SSL_SESSION_is_resumable(ticket)) return ticket;
    ssl->SSL_SESSION_free(ticket);
    return NULL;
}

void hashmark_tls_ticket_free(struct ssl_session_st *ticket) {
    hashmark_openssl.SSL_SESSION_free(ticket);
}
