/* JudyL as an index: a radix tree of 256 ways, here from hashes to entries. (JudyHS, Judy's own
 * table of strings, is a JudyL under a hash of 32 bits; it has no iteration, so `each` could not
 * be. JudySL ends keys at NUL.)
 *
 * An entry stands at the first free index from its home, the upper 63 bits of its hash, as in
 * linear probing, but on a line of 2^63 places where two neighbours are next to never taken. */
#include "adapter.h"

/* Exported, because libJudy looks for its two functions of memory by name, here at first. */
#pragma GCC visibility push(default)
#include <Judy.h>
#pragma GCC visibility pop

typedef struct {
    const hashmark_host *host;
    Pvoid_t array;
    uint64_t count;
} table;

/* Whose memory the call under way takes: JudyMalloc is not told. */
static __thread const hashmark_host *memory;

Word_t JudyMalloc(Word_t words) { return (Word_t)host_allocate(memory, words * sizeof(Word_t)); }

void JudyFree(Pvoid_t block, Word_t words) { host_release(memory, block, words * sizeof(Word_t)); }

Word_t JudyMallocVirtual(Word_t words) { return JudyMalloc(words); }

void JudyFreeVirtual(Pvoid_t block, Word_t words) { JudyFree(block, words); }

/* Without its top bit no run of entries reaches the end of the line. */
static Word_t home(uint64_t hash) { return hash >> 1; }

static uint64_t *entry_at(const table *in, Word_t index)
{
    return (uint64_t *)JudyLGet(in->array, index, PJE0);
}

static void *create(const hashmark_host *host)
{
    if (host->options[0] != 0) {
        host->refuse(host->context, "Judy has no options: leave out what follows the '?'");
        return NULL;
    }
    table *made = (table *)host_allocate(host, sizeof(table));
    *made = (table){.host = host};
    return made;
}

static void destroy(void *in)
{
    table *old = (table *)in;
    memory = old->host;
    JudyLFreeArray(&old->array, PJE0);
    host_release(old->host, old, sizeof(table));
}

static uint64_t count(const void *of) { return ((const table *)of)->count; }

static uint64_t *find(void *in, uint64_t hash, const void *key, size_t length)
{
    const table *from = (const table *)in;
    for (Word_t index = home(hash);; index++) {
        uint64_t *entry = entry_at(from, index);
        if (entry == NULL) return NULL;
        hashmark_bytes other = from->host->key(from->host->context, *entry);
        if (other.length == length && (length == 0 || memcmp(other.bytes, key, length) == 0))
            return entry;
    }
}

static void insert(void *in, uint64_t hash, uint64_t entry)
{
    table *into = (table *)in;
    Word_t index = home(hash);
    while (entry_at(into, index) != NULL) index++;
    memory = into->host;
    *(uint64_t *)JudyLIns(&into->array, index, PJE0) = entry;
    into->count++;
}

/* Entries behind the hole move into it, unless that were before their home. */
static void erase(void *in, uint64_t hash, uint64_t *place)
{
    table *from = (table *)in;
    Word_t hole = home(hash);
    while (entry_at(from, hole) != place) hole++;
    for (Word_t index = hole + 1;; index++) {
        uint64_t *entry = entry_at(from, index);
        if (entry == NULL) break;
        if (home(from->host->hash(from->host->context, *entry)) > hole) continue;
        *place = *entry;
        place = entry;
        hole = index;
    }
    memory = from->host;
    JudyLDel(&from->array, hole, PJE0);
    from->count--;
}

static void each(void *in, void (*visit)(void *to, uint64_t entry), void *to)
{
    const table *from = (const table *)in;
    Word_t index = 0;
    uint64_t *entry = (uint64_t *)JudyLFirst(from->array, &index, PJE0);
    for (; entry; entry = (uint64_t *)JudyLNext(from->array, &index, PJE0)) visit(to, *entry);
}

/* Blocks of hashes at a time, for cursors are short, and a run of neighbours to its end. What
 * stands behind a free index has its home behind it, too, and so never moves to before it. */
static uint64_t scan(void *in, uint64_t cursor,
                     void (*visit)(void *, uint64_t, hashmark_bytes, hashmark_bytes), void *to)
{
    enum { CURSOR_BITS = 50, BLOCK_BITS = 64 - CURSOR_BITS };
    const Word_t block = ((Word_t)1 << BLOCK_BITS) - 1;
    const table *from = (const table *)in;
    if (cursor >> CURSOR_BITS) return 0;
    Word_t index = cursor << BLOCK_BITS;
    uint64_t *entry = (uint64_t *)JudyLFirst(from->array, &index, PJE0);
    Word_t end = index | block;
    while (entry) {
        visit(to, *entry, (hashmark_bytes){NULL, 0}, (hashmark_bytes){NULL, 0});
        const Word_t neighbour = index + 1;
        entry = (uint64_t *)JudyLNext(from->array, &index, PJE0);
        if (entry && index > end) {
            if (index != neighbour) return index >> BLOCK_BITS;
            end = index | block;
        }
    }
    return 0;
}

/* Judy counts what is below an index: each entry is as likely as another. */
static void choose(void *in, uint64_t draw,
                   void (*visit)(void *, uint64_t, hashmark_bytes, hashmark_bytes), void *to)
{
    const table *from = (const table *)in;
    Word_t index;
    if (from->count == 0) return;
    uint64_t *entry =
        (uint64_t *)JudyLByCount(from->array, draw % from->count + 1, &index, PJE0);
    visit(to, *entry, (hashmark_bytes){NULL, 0}, (hashmark_bytes){NULL, 0});
}

static const hashmark_index index_of_entries = {
    .create = create, .destroy = destroy, .count = count, .find = find, .insert = insert,
    .erase = erase, .each = each, .more = {.random = choose, .scan = scan},
};

const hashmark_table_descriptor hashmark_table = {
    .version = HASHMARK_TABLE_VERSION,
    .threads = HASHMARK_READERS,
    .name = "Judy",
    .title = "Judy " LIBRARY_VERSION ": JudyL, a radix tree of 256 ways, from hashes to entries",
    .index = &index_of_entries,
};
