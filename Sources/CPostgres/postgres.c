#include "postgres.h"

#include <dlfcn.h>

// A pointer to data becomes one to a function, which ISO C leaves to POSIX: dlsym promises it.
#define TAKE(field, name) (*(void **)&pq->field = dlsym(library, name))

int hashmark_pq_open(const char *name, struct hashmark_pq *pq) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return -1;
    return TAKE(connectdb_params, "PQconnectdbParams") && TAKE(status, "PQstatus")
        && TAKE(ping_params, "PQpingParams")
        && TAKE(error_message, "PQerrorMessage") && TAKE(exec, "PQexec")
        && TAKE(exec_params, "PQexecParams") && TAKE(result_status, "PQresultStatus")
        && TAKE(result_error_message, "PQresultErrorMessage") && TAKE(ntuples, "PQntuples")
        && TAKE(nfields, "PQnfields") && TAKE(getvalue, "PQgetvalue")
        && TAKE(getisnull, "PQgetisnull") && TAKE(clear, "PQclear")
        && TAKE(finish, "PQfinish") ? 0 : -1;
}
