// libpq, opened when it is first asked for and not linked: an executable that publishes nothing
// needs no PostgreSQL, and the build needs no header of it. The prototypes are those that
// libpq.so.5 has had since PostgreSQL 9.1; its connections and results are pointers to what nobody
// looks into.
#ifndef HASHMARK_CPOSTGRES_H
#define HASHMARK_CPOSTGRES_H

/// The functions in use, as libpq-fe.h describes them, without `PQ` before their names.
struct hashmark_pq {
    void *(*connectdb_params)(
        const char *const *keywords, const char *const *values, int expand_dbname);
    int (*status)(void *connection);
    int (*ping_params)(
        const char *const *keywords, const char *const *values, int expand_dbname);
    char *(*error_message)(void *connection);
    void *(*exec)(void *connection, const char *command);
    void *(*exec_params)(
        void *connection, const char *command, int count, const unsigned int *types,
        const char *const *values, const int *lengths, const int *formats, int result_format);
    int (*result_status)(void *result);
    char *(*result_error_message)(void *result);
    int (*ntuples)(void *result);
    int (*nfields)(void *result);
    char *(*getvalue)(void *result, int row, int column);
    int (*getisnull)(void *result, int row, int column);
    void (*clear)(void *result);
    void (*finish)(void *connection);
};

/// What `status` says of a connection that works, and `result_status` of a command that did.
enum { hashmark_pq_ok = 0, hashmark_pq_command_ok = 1, hashmark_pq_tuples_ok = 2 };

/// What `ping_params` says where a server takes connections, and where the address is none to try;
/// between them are servers that start up or shut down (1), and those that do not answer (2).
enum { hashmark_pq_ping_ok = 0, hashmark_pq_ping_no_attempt = 3 };

/// Opens a library by its name, for good. 0, or -1 where there is none that has all of them.
int hashmark_pq_open(const char *name, struct hashmark_pq *pq);

#endif
