// TLS by OpenSSL 3, opened when it is first asked for and not linked: an executable that is linked
// with it does not start on a machine without it. Its functions are declared here (library.h), so
// that building takes none of its headers either.
//
// A session is one side of one connection over a non-blocking socket. It has no buffers of its own
// between OpenSSL and the socket: what is written goes out as records of at most 16 KiB, one
// write(2) each.
#ifndef HASHMARK_COPENSSL_TLS_H
#define HASHMARK_COPENSSL_TLS_H

#include <stddef.h>
#include <stdint.h>

/// SSL_CTX and SSL_SESSION under the names that OpenSSL's headers give the structures.
struct ssl_ctx_st;
struct ssl_session_st;
struct hashmark_tls_session;

/// Opens libssl.so.3, once for the process. 0, or -1 where there is none.
/// SIGPIPE is ignored from then on if nobody had it: OpenSSL writes without MSG_NOSIGNAL.
int hashmark_tls_open(void);
/// `OpenSSL 3.0.19 27 Jan 2026`, of an open library.
const char *hashmark_tls_library(void);

/// What a call came to where it moved nothing.
enum hashmark_tls_outcome {
    HASHMARK_TLS_CLOSED = 0,    ///< the peer sends no more
    HASHMARK_TLS_BLOCKED = -1,  ///< again when the socket is ready: see hashmark_tls_wants_write
    HASHMARK_TLS_BROKEN = -2,   ///< the socket failed: hashmark_tls_errno
    HASHMARK_TLS_REFUSED = -3,  ///< the protocol failed: hashmark_tls_reason_of
};

/// What in a context was wrong.
enum hashmark_tls_fault {
    HASHMARK_TLS_FINE,
    HASHMARK_TLS_NO_MEMORY,
    HASHMARK_TLS_BAD_AUTHORITIES,
    HASHMARK_TLS_BAD_CERTIFICATE,
    HASHMARK_TLS_BAD_KEY,
    HASHMARK_TLS_BAD_CIPHERS,
    HASHMARK_TLS_BAD_SUITES,
};

/// How a peer is verified.
enum hashmark_tls_verify {
    HASHMARK_TLS_ANYBODY,   ///< not at all
    HASHMARK_TLS_IF_GIVEN,  ///< a client that shows a certificate must show a good one
    HASHMARK_TLS_ALWAYS,
};

/// Settings of many connections, TLS 1.2 or newer. Without authorities a client takes the system's.
/// - server: 1 for the side that accepts.
/// - text: gets OpenSSL's words for a fault, at most `size` bytes.
/// Null where `fault` says what was wrong.
struct ssl_ctx_st *hashmark_tls_context(
    int server, const char *authorities, const char *authority_folder, const char *certificate,
    const char *key, const char *ciphers, const char *suites, enum hashmark_tls_verify verify,
    enum hashmark_tls_fault *fault, char *text, size_t size);
void hashmark_tls_context_free(struct ssl_ctx_st *context);

/// The side that connects, over a socket that is connected.
/// - sni: the name that the server is told; null for none.
/// - name, address: what the certificate must be for, a host's name or an IP address; null for any.
/// - earlier: a session to be taken up again; null for none.
/// Null without memory.
struct hashmark_tls_session *hashmark_tls_connect(
    struct ssl_ctx_st *context, int fd, const char *sni, const char *name, const char *address,
    struct ssl_session_st *earlier);
/// The side that accepts.
struct hashmark_tls_session *hashmark_tls_accept(struct ssl_ctx_st *context, int fd);
/// Says goodbye where that does not block, and frees the session. The socket stays open.
void hashmark_tls_end(struct hashmark_tls_session *session);

/// Goes on with the handshake: 1 when it is done, or an outcome. Reading and writing do the same.
int hashmark_tls_handshake(struct hashmark_tls_session *session);
/// Reads until `count` bytes are there or the socket is empty; bytes, or an outcome.
ptrdiff_t hashmark_tls_read(struct hashmark_tls_session *session, void *bytes, size_t count);
/// Writes until all is sent or the socket is full; bytes, or an outcome. What did not go must be
/// tried again before anything else is, from anywhere in memory.
ptrdiff_t hashmark_tls_write(
    struct hashmark_tls_session *session, const void *bytes, size_t count);

/// Whether the last read, or handshake, waits until the socket takes bytes.
int hashmark_tls_wants_write(const struct hashmark_tls_session *session);
/// errno of HASHMARK_TLS_BROKEN.
int hashmark_tls_errno(const struct hashmark_tls_session *session);

/// Why the protocol failed.
enum hashmark_tls_reason {
    HASHMARK_TLS_OTHER,        ///< see hashmark_tls_text
    HASHMARK_TLS_NOT_TLS,      ///< the peer's bytes are no records
    HASHMARK_TLS_OLD,          ///< no version in common
    HASHMARK_TLS_NO_CIPHER,    ///< no cipher in common
    HASHMARK_TLS_EXPIRED,      ///< the peer's certificate is over
    HASHMARK_TLS_SELF_SIGNED,  ///< it, or one above it, has signed itself
    HASHMARK_TLS_UNKNOWN,      ///< who signed it is not known
    HASHMARK_TLS_WRONG_NAME,   ///< it is for others
    HASHMARK_TLS_BAD_CHAIN,    ///< it does not verify for another reason
    HASHMARK_TLS_WANTS_OURS,   ///< the peer asks for a certificate, or refuses the one it got
};
enum hashmark_tls_reason hashmark_tls_reason_of(const struct hashmark_tls_session *session);

/// Words about a session.
enum hashmark_tls_word {
    HASHMARK_TLS_VERSION,  ///< `TLSv1.3`
    HASHMARK_TLS_CIPHER,   ///< `TLS_AES_256_GCM_SHA384`
    HASHMARK_TLS_GROUP,    ///< `x25519`; none in a resumed session of TLS 1.2
    HASHMARK_TLS_SUBJECT,  ///< the peer's certificate: `/CN=localhost`
    HASHMARK_TLS_EXPIRES,  ///< `2027-01-31T12:00:00Z`
    HASHMARK_TLS_DOUBT,    ///< why the peer's certificate does not verify; none where it does
    HASHMARK_TLS_FAILURE,  ///< the last failure, in OpenSSL's words
};
/// Writes one of them into `text`: its length, or 0 where there is none.
size_t hashmark_tls_text(
    const struct hashmark_tls_session *session, enum hashmark_tls_word word, char *text,
    size_t size);
/// Whether the session took up an earlier one.
int hashmark_tls_resumed(const struct hashmark_tls_session *session);
/// Whether the kernel encrypts (1) and decrypts (2), or both (3).
int hashmark_tls_kernel(const struct hashmark_tls_session *session);

/// What went over the socket, the handshake included; records are those of data alone.
struct hashmark_tls_traffic {
    uint64_t bytes_sent, bytes_received, records_sent, records_received;
};
struct hashmark_tls_traffic hashmark_tls_traffic_of(const struct hashmark_tls_session *session);

/// What a later connection can take up; null where the server gave nothing for it.
struct ssl_session_st *hashmark_tls_ticket(struct hashmark_tls_session *session);
void hashmark_tls_ticket_free(struct ssl_session_st *ticket);

#endif
