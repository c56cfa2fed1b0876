// A hash table in C that tests compile, sound or broken in one way.
import Foundation
import LinuxSystem
import TestSupport
import Testing

/// The ways in which the table below can be broken.
enum Bug: Int, CaseIterable, Sendable {
    case none, lostOnGrowth, endlessScan, doubleFree, hang, wrongSize, leak, crash, count, overrun
    case terminatedKeys, exit, draw, shared, many, writesAfterRelease, silentRefusal, wrongBytes
}

struct CheckedTable {
    private let folder = TemporaryFolder()
    var path: String { folder.file("table.so") }

    /// - Parameter flags: more for the compiler.
    init(_ bug: Bug = .none, flags: String...) throws {
        let source = folder.file("table.c")
        try Self.source.write(toFile: source, atomically: true, encoding: .utf8)
        let include = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/CTable/include").path
        let errors = folder.file("errors")
        let words = ["cc", "-shared", "-fPIC", "-O1", "-I", include, "-DBUG=\(bug.rawValue)"]
        let output = try Tool.run(
            words + flags + [source, "-o", path], milliseconds: 60_000, errorFile: errors)
        try #require(output.succeeded, "\(SmallFile.read(errors) ?? "")")
    }

    /// Runs `tables check` on it.
    /// - Parameter options: of the command line, behind those that keep it short.
    func check(_ options: String..., query: String = "") throws -> ProgramOutput {
        let words = ["tables", "check", "foreign:\(path)\(query)", "--quiet", "--seed", "1"]
        let short = ["--operations", "2000", "--depth", "3", "--shrink-seconds", "10"]
        return try RunningProgram([Hashmark.executable] + words + short + options).finish()
    }

    private static let source = #"""
        /* A chained hash table behind hashmark_table.h, as a store or (-DINDEX) as an index; -DBUG=N breaks
         * it in one way. The cursor of a scan counts with its bits reversed, as Redis's does. */
        #include <stdlib.h>
        #include <string.h>
        #include "hashmark_table.h"

        #ifndef BUG
        #define BUG 0
        #endif
        enum { LOST_ON_GROWTH = 1, ENDLESS_SCAN, DOUBLE_FREE, HANG, WRONG_SIZE, LEAK, CRASH, COUNT, OVERRUN,
               TERMINATED_KEYS, EXIT, DRAW, SHARED, MANY, WRITES_AFTER, SILENT_REFUSAL, WRONG_BYTES };

        typedef struct node {
            struct node *next;
            uint64_t hash, entry;
            size_t key, value, size;
            char bytes[];
        } node;

        typedef struct {
            const hashmark_host *host;
            node **buckets;
            uint64_t mask, count, puts;
        } table;

        static uint64_t shared_count;

        static void *take(table *t, size_t bytes) { return t->host->allocate(t->host->context, bytes, 16); }
        static void give(table *t, void *memory, size_t bytes) {
            t->host->release(t->host->context, memory, bytes, 16);
        }
        static node **buckets(table *t, uint64_t n) {
            node **b = take(t, n * sizeof *b);
            memset(b, 0, n * sizeof *b);
            return b;
        }

        static void *create(const hashmark_host *host) {
            if (BUG == SILENT_REFUSAL && *host->options) return NULL;
            if (strstr(host->options, "no-such-option")) {
                host->refuse(host->context, "there is no such option");
                return NULL;
            }
            table *t = host->allocate(host->context, sizeof *t, 16);
            *t = (table){.host = host, .mask = 3};
            t->buckets = buckets(t, 4);
            return t;
        }

        static void drop(table *t, node *n) {
            give(t, n, BUG == WRONG_SIZE ? n->size + 8 : n->size);
            if (BUG == DOUBLE_FREE) give(t, n, n->size);
        }

        static void destroy(void *table_) {
            table *t = table_;
            for (uint64_t b = 0; b <= t->mask; b++)
                for (node *n = t->buckets[b], *next; n; n = next) { next = n->next; drop(t, n); }
            shared_count -= t->count;
            give(t, t->buckets, (t->mask + 1) * sizeof *t->buckets);
            give(t, t, sizeof *t);
        }

        static uint64_t count(const void *t) {
            return BUG == SHARED ? shared_count : ((const table *)t)->count;
        }

        static int same(table *t, node *n, uint64_t hash, const void *key, size_t length) {
            if (n->hash != hash) return 0;
        #ifdef INDEX
            hashmark_bytes own = t->host->key(t->host->context, n->entry);
        #else
            hashmark_bytes own = {n->bytes, n->key};
            (void)t;
        #endif
            if (BUG == TERMINATED_KEYS)
                return own.length == length && !strncmp(own.bytes, key, length);
            return own.length == length && !memcmp(own.bytes, key, length);
        }

        static node **look(table *t, uint64_t hash, const void *key, size_t length) {
            node **at = &t->buckets[hash & t->mask];
            while (*at && !same(t, *at, hash, key, length)) at = &(*at)->next;
            return at;
        }

        static void grow(table *t) {
            uint64_t old = t->mask + 1;
            node **from = t->buckets;
            t->buckets = buckets(t, old * 2);
            t->mask = old * 2 - 1;
            for (uint64_t b = 0; b < old; b++)
                for (node *n = from[b], *next; n; n = next) {
                    next = n->next;
                    if (BUG == LOST_ON_GROWTH && b == old - 1 && !next) { drop(t, n); continue; }
                    n->next = t->buckets[n->hash & t->mask];
                    t->buckets[n->hash & t->mask] = n;
                }
            give(t, from, old * sizeof *from);
        }

        static void add(table *t, node *n) {
            if (BUG == CRASH && ++t->puts == 12) *(volatile int *)8 = 1;
            if (BUG == EXIT && ++t->puts == 12) exit(3);
            if (t->count > t->mask) grow(t);
            n->next = t->buckets[n->hash & t->mask];
            t->buckets[n->hash & t->mask] = n;
            t->count++;
            shared_count++;
        }

        static void cut(table *t, node **at) {
            node *n = *at;
            if (BUG == HANG && t->count == 2) for (volatile int i = 0;; i++) {}
            *at = n->next;
            drop(t, n);
            if (BUG == WRITES_AFTER) n->hash = 0;
            t->count--;
            shared_count--;
        }

        typedef void (*visitor)(void *, uint64_t, hashmark_bytes, hashmark_bytes);
        static void show(node *n, visitor visit, void *to) {
        #ifdef INDEX
            visit(to, n->entry, (hashmark_bytes){0}, (hashmark_bytes){0});
        #else
            visit(to, 0, (hashmark_bytes){n->bytes, n->key}, (hashmark_bytes){n->bytes + n->key, n->value});
        #endif
        }

        static uint64_t reversed(uint64_t x) {
            uint64_t y = 0;
            for (int i = 0; i < 64; i++, x >>= 1) y = y << 1 | (x & 1);
            return y;
        }

        static uint64_t scan(void *table_, uint64_t cursor, visitor visit, void *to) {
            table *t = table_;
            for (node *n = t->buckets[cursor & t->mask]; n; n = n->next) show(n, visit, to);
            if (BUG == ENDLESS_SCAN && t->count > 6 && (cursor & t->mask) == t->mask) return cursor;
            return reversed(reversed(cursor | ~t->mask) + 1);
        }

        static void random_entry(void *table_, uint64_t draw, visitor visit, void *to) {
            table *t = table_;
            if (!t->count) return;
            uint64_t b = draw & t->mask;
            if (BUG != DRAW) while (!t->buckets[b]) b = (b + 1) & t->mask;
            uint64_t length = 0;
            for (node *n = t->buckets[b]; n; n = n->next) length++;
            if (!length) return;
            node *n = t->buckets[b];
            for (uint64_t skip = (draw >> 40) % length; skip; skip--) n = n->next;
            show(n, visit, to);
        }

        static uint64_t capacity(const void *t) { return ((const table *)t)->mask + 2; }

        static void probe_lengths(const void *table_, uint64_t *lengths, size_t n) {
            const table *t = table_;
            for (uint64_t b = 0; b <= t->mask; b++) {
                size_t steps = 0;
                for (node *e = t->buckets[b]; e; e = e->next, steps++) lengths[steps < n ? steps : n - 1]++;
            }
        }

        static const char *violation(const void *table_) {
            const table *t = table_;
            for (uint64_t b = 0; b <= t->mask; b++)
                for (node *n = t->buckets[b]; n; n = n->next)
                    if ((n->hash & t->mask) != b) return "a node is in another bucket than its hash says";
            return NULL;
        }

        #define MORE {.random = random_entry, .scan = scan, .capacity = capacity, \
                      .probe_lengths = probe_lengths, .violation = violation}

        #ifdef INDEX
        static uint64_t *find(void *t, uint64_t hash, const void *key, size_t length) {
            node *n = *look(t, hash, key, length);
            return n ? &n->entry : NULL;
        }
        static void insert(void *t, uint64_t hash, uint64_t entry) {
            node *n = take(t, sizeof *n);
            *n = (node){.hash = hash, .entry = entry, .size = sizeof *n};
            add(t, n);
        }
        static void erase(void *table_, uint64_t hash, uint64_t *place) {
            table *t = table_;
            node **at = &t->buckets[hash & t->mask];
            while (&(*at)->entry != place) at = &(*at)->next;
            cut(t, at);
        }
        static void each(void *table_, void (*visit)(void *, uint64_t), void *to) {
            table *t = table_;
            for (uint64_t b = 0; b <= t->mask; b++)
                for (node *n = t->buckets[b]; n; n = n->next) visit(to, n->entry);
        }
        static const hashmark_index functions = {create, destroy, count, find, insert,
                                                 erase,  each,    NULL,  MORE};
        #else
        static node *found(void *t, uint64_t hash, const void *key, size_t length) {
            return *look(t, hash, key, length);
        }
        static int get(void *t, uint64_t hash, const void *key, size_t length, hashmark_bytes *value) {
            node *n = found(t, hash, key, length);
            if (n) *value = (hashmark_bytes){n->bytes + n->key, n->value};
            return n != NULL;
        }
        static int put(void *table_, uint64_t hash, const void *key, size_t length, const void *value,
                       size_t value_length) {
            table *t = table_;
            size_t size = sizeof(node) + length + value_length + 1;
            node *n = take(t, size - (BUG == OVERRUN));
            *n = (node){.hash = hash, .key = length, .value = value_length};
            n->size = size - (BUG == OVERRUN);
            memcpy(n->bytes, key, length);
            memcpy(n->bytes + length, value, value_length);
            n->bytes[length + value_length] = 0;
            if (BUG == WRONG_BYTES && value_length > 8) n->bytes[length + 3] ^= 1;
            node **at = look(t, hash, key, length);
            if (*at) {
                n->next = (*at)->next;
                if (BUG != LEAK) drop(t, *at);
                *at = n;
                return 0;
            }
            add(t, n);
            return 1;
        }
        static int erase(void *table_, uint64_t hash, const void *key, size_t length) {
            table *t = table_;
            node **at = look(t, hash, key, length);
            if (BUG == COUNT && !*at && t->count) t->count--;
            if (!*at) return 0;
            cut(t, at);
            return 1;
        }
        static void each(void *table_, void (*visit)(void *, hashmark_bytes, hashmark_bytes), void *to) {
            table *t = table_;
            for (uint64_t b = 0; b <= t->mask; b++)
                for (node *n = t->buckets[b]; n; n = n->next)
                    visit(to, (hashmark_bytes){n->bytes, n->key},
                          (hashmark_bytes){n->bytes + n->key, n->value});
        }
        static void get_many(void *t, const hashmark_query *queries, size_t n, hashmark_bytes *values) {
            for (size_t i = 0; i < n; i++) {
                size_t at = BUG == MANY && i == 15 ? 14 : i;
                if (!get(t, queries[at].hash, queries[at].key, queries[at].length, &values[i]))
                    values[i] = (hashmark_bytes){0};
            }
        }
        static const hashmark_store functions = {create, destroy, count,    get, put,
                                                 erase,  each,    get_many, MORE};
        #endif

        const hashmark_table_descriptor hashmark_table = {
            HASHMARK_TABLE_VERSION, HASHMARK_READERS, "test::chained", "chains, doubled at load 1",
        #ifdef INDEX
            &functions, NULL
        #else
            NULL, &functions
        #endif
        };
        """#
}
