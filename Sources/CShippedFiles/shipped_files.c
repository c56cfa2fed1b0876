// The table behind shipped_files.h. A file that is added to Workloads/ gets a block and a row here;
// Tests/Tidy/EmbeddedFileTests.swift says which is missing.
#include "shipped_files.h"

// `#embed` is C23's; clang has it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char acknowledged_write[] = {
#embed "../../Workloads/acknowledged-write.yaml"
};
static const unsigned char bad_connection_storm[] = {
#embed "../../Workloads/bad-connection-storm.yaml"
};
static const unsigned char bad_eviction[] = {
#embed "../../Workloads/bad-eviction.yaml"
};
static const unsigned char bad_expiry_storm[] = {
#embed "../../Workloads/bad-expiry-storm.yaml"
};
static const unsigned char bad_failover[] = {
#embed "../../Workloads/bad-failover.yaml"
};
static const unsigned char bad_flush[] = {
#embed "../../Workloads/bad-flush.yaml"
};
static const unsigned char bad_hot_key_flip[] = {
#embed "../../Workloads/bad-hot-key-flip.yaml"
};
static const unsigned char bad_large_values[] = {
#embed "../../Workloads/bad-large-values.yaml"
};
static const unsigned char bad_rehash[] = {
#embed "../../Workloads/bad-rehash.yaml"
};
static const unsigned char bad_replica[] = {
#embed "../../Workloads/bad-replica.yaml"
};
static const unsigned char bad_slot_migration[] = {
#embed "../../Workloads/bad-slot-migration.yaml"
};
static const unsigned char bad_slow_readers[] = {
#embed "../../Workloads/bad-slow-readers.yaml"
};
static const unsigned char bad_snapshot[] = {
#embed "../../Workloads/bad-snapshot.yaml"
};
static const unsigned char durable_write[] = {
#embed "../../Workloads/durable-write.yaml"
};
static const unsigned char fb_etc_2012[] = {
#embed "../../Workloads/fb-etc-2012.yaml"
};
static const unsigned char fb_usr_2012[] = {
#embed "../../Workloads/fb-usr-2012.yaml"
};
static const unsigned char fb_wildcard_2013[] = {
#embed "../../Workloads/fb-wildcard-2013.yaml"
};
static const unsigned char get_16x1k[] = {
#embed "../../Workloads/get-16x1k.yaml"
};
static const unsigned char get_16x64[] = {
#embed "../../Workloads/get-16x64.yaml"
};
static const unsigned char hot_key[] = {
#embed "../../Workloads/hot-key.yaml"
};
static const unsigned char hyperloglog[] = {
#embed "../../Workloads/hyperloglog.yaml"
};
static const unsigned char membership[] = {
#embed "../../Workloads/membership.yaml"
};
static const unsigned char meta_kvcache_202401[] = {
#embed "../../Workloads/meta-kvcache-202401.yaml"
};
static const unsigned char policies_default[] = {
#embed "../../Workloads/policies/default.yaml"
};
static const unsigned char replicated_write[] = {
#embed "../../Workloads/replicated-write.yaml"
};
static const unsigned char rocksdb_zippydb_2020[] = {
#embed "../../Workloads/rocksdb-zippydb-2020.yaml"
};
static const unsigned char set_16x1k[] = {
#embed "../../Workloads/set-16x1k.yaml"
};
static const unsigned char set_16x64[] = {
#embed "../../Workloads/set-16x64.yaml"
};
static const unsigned char set_algebra[] = {
#embed "../../Workloads/set-algebra.yaml"
};
static const unsigned char sets_and_hashes[] = {
#embed "../../Workloads/sets-and-hashes.yaml"
};
static const unsigned char suites_bad_days[] = {
#embed "../../Workloads/suites/bad-days.yaml"
};
static const unsigned char suites_claims[] = {
#embed "../../Workloads/suites/claims.yaml"
};
static const unsigned char suites_durable[] = {
#embed "../../Workloads/suites/durable.yaml"
};
static const unsigned char suites_fleet[] = {
#embed "../../Workloads/suites/fleet.yaml"
};
static const unsigned char suites_memory[] = {
#embed "../../Workloads/suites/memory.yaml"
};
static const unsigned char suites_releases[] = {
#embed "../../Workloads/suites/releases.yaml"
};
static const unsigned char suites_rivals[] = {
#embed "../../Workloads/suites/rivals.yaml"
};
static const unsigned char suites_rivals_claims[] = {
#embed "../../Workloads/suites/rivals-claims.yaml"
};
static const unsigned char suites_smoke[] = {
#embed "../../Workloads/suites/smoke.yaml"
};
static const unsigned char suites_tables[] = {
#embed "../../Workloads/suites/tables.yaml"
};
static const unsigned char sweeps_valkey[] = {
#embed "../../Workloads/sweeps/valkey.yaml"
};
static const unsigned char tiny_8x8[] = {
#embed "../../Workloads/tiny-8x8.yaml"
};
static const unsigned char traces_twitter_shaped[] = {
#embed "../../Workloads/traces/twitter-shaped.csv"
};
static const unsigned char twitter_c12_write_heavy[] = {
#embed "../../Workloads/twitter-c12-write-heavy.yaml"
};
static const unsigned char twitter_c14_delete_heavy[] = {
#embed "../../Workloads/twitter-c14-delete-heavy.yaml"
};
static const unsigned char twitter_c15_dedup[] = {
#embed "../../Workloads/twitter-c15-dedup.yaml"
};
static const unsigned char twitter_c22_counter_negative[] = {
#embed "../../Workloads/twitter-c22-counter-negative.yaml"
};
static const unsigned char twitter_c25_tiny_read[] = {
#embed "../../Workloads/twitter-c25-tiny-read.yaml"
};
static const unsigned char twitter_c37_large_short_ttl[] = {
#embed "../../Workloads/twitter-c37-large-short-ttl.yaml"
};
static const unsigned char twitter_c52_storage[] = {
#embed "../../Workloads/twitter-c52-storage.yaml"
};
static const unsigned char valkey_fleet_median[] = {
#embed "../../Workloads/valkey-fleet-median.yaml"
};
static const unsigned char ycsb_a[] = {
#embed "../../Workloads/ycsb-a.yaml"
};
static const unsigned char ycsb_b[] = {
#embed "../../Workloads/ycsb-b.yaml"
};
static const unsigned char ycsb_c[] = {
#embed "../../Workloads/ycsb-c.yaml"
};
static const unsigned char ycsb_d[] = {
#embed "../../Workloads/ycsb-d.yaml"
};
static const unsigned char ycsb_e[] = {
#embed "../../Workloads/ycsb-e.yaml"
};
static const unsigned char ycsb_f[] = {
#embed "../../Workloads/ycsb-f.yaml"
};

#define FILE_ROW(path, bytes) {path, bytes, sizeof bytes}

static const struct hashmark_shipped_file files[] = {
    FILE_ROW("Workloads/acknowledged-write.yaml", acknowledged_write),
    FILE_ROW("Workloads/bad-connection-storm.yaml", bad_connection_storm),
    FILE_ROW("Workloads/bad-eviction.yaml", bad_eviction),
    FILE_ROW("Workloads/bad-expiry-storm.yaml", bad_expiry_storm),
    FILE_ROW("Workloads/bad-failover.yaml", bad_failover),
    FILE_ROW("Workloads/bad-flush.yaml", bad_flush),
    FILE_ROW("Workloads/bad-hot-key-flip.yaml", bad_hot_key_flip),
    FILE_ROW("Workloads/bad-large-values.yaml", bad_large_values),
    FILE_ROW("Workloads/bad-rehash.yaml", bad_rehash),
    FILE_ROW("Workloads/bad-replica.yaml", bad_replica),
    FILE_ROW("Workloads/bad-slot-migration.yaml", bad_slot_migration),
    FILE_ROW("Workloads/bad-slow-readers.yaml", bad_slow_readers),
    FILE_ROW("Workloads/bad-snapshot.yaml", bad_snapshot),
    FILE_ROW("Workloads/durable-write.yaml", durable_write),
    FILE_ROW("Workloads/fb-etc-2012.yaml", fb_etc_2012),
    FILE_ROW("Workloads/fb-usr-2012.yaml", fb_usr_2012),
    FILE_ROW("Workloads/fb-wildcard-2013.yaml", fb_wildcard_2013),
    FILE_ROW("Workloads/get-16x1k.yaml", get_16x1k),
    FILE_ROW("Workloads/get-16x64.yaml", get_16x64),
    FILE_ROW("Workloads/hot-key.yaml", hot_key),
    FILE_ROW("Workloads/hyperloglog.yaml", hyperloglog),
    FILE_ROW("Workloads/membership.yaml", membership),
    FILE_ROW("Workloads/meta-kvcache-202401.yaml", meta_kvcache_202401),
    FILE_ROW("Workloads/policies/default.yaml", policies_default),
    FILE_ROW("Workloads/replicated-write.yaml", replicated_write),
    FILE_ROW("Workloads/rocksdb-zippydb-2020.yaml", rocksdb_zippydb_2020),
    FILE_ROW("Workloads/set-16x1k.yaml", set_16x1k),
    FILE_ROW("Workloads/set-16x64.yaml", set_16x64),
    FILE_ROW("Workloads/set-algebra.yaml", set_algebra),
    FILE_ROW("Workloads/sets-and-hashes.yaml", sets_and_hashes),
    FILE_ROW("Workloads/suites/bad-days.yaml", suites_bad_days),
    FILE_ROW("Workloads/suites/claims.yaml", suites_claims),
    FILE_ROW("Workloads/suites/durable.yaml", suites_durable),
    FILE_ROW("Workloads/suites/fleet.yaml", suites_fleet),
    FILE_ROW("Workloads/suites/memory.yaml", suites_memory),
    FILE_ROW("Workloads/suites/releases.yaml", suites_releases),
    FILE_ROW("Workloads/suites/rivals-claims.yaml", suites_rivals_claims),
    FILE_ROW("Workloads/suites/rivals.yaml", suites_rivals),
    FILE_ROW("Workloads/suites/smoke.yaml", suites_smoke),
    FILE_ROW("Workloads/suites/tables.yaml", suites_tables),
    FILE_ROW("Workloads/sweeps/valkey.yaml", sweeps_valkey),
    FILE_ROW("Workloads/tiny-8x8.yaml", tiny_8x8),
    FILE_ROW("Workloads/traces/twitter-shaped.csv", traces_twitter_shaped),
    FILE_ROW("Workloads/twitter-c12-write-heavy.yaml", twitter_c12_write_heavy),
    FILE_ROW("Workloads/twitter-c14-delete-heavy.yaml", twitter_c14_delete_heavy),
    FILE_ROW("Workloads/twitter-c15-dedup.yaml", twitter_c15_dedup),
    FILE_ROW("Workloads/twitter-c22-counter-negative.yaml", twitter_c22_counter_negative),
    FILE_ROW("Workloads/twitter-c25-tiny-read.yaml", twitter_c25_tiny_read),
    FILE_ROW("Workloads/twitter-c37-large-short-ttl.yaml", twitter_c37_large_short_ttl),
    FILE_ROW("Workloads/twitter-c52-storage.yaml", twitter_c52_storage),
    FILE_ROW("Workloads/valkey-fleet-median.yaml", valkey_fleet_median),
    FILE_ROW("Workloads/ycsb-a.yaml", ycsb_a),
    FILE_ROW("Workloads/ycsb-b.yaml", ycsb_b),
    FILE_ROW("Workloads/ycsb-c.yaml", ycsb_c),
    FILE_ROW("Workloads/ycsb-d.yaml", ycsb_d),
    FILE_ROW("Workloads/ycsb-e.yaml", ycsb_e),
    FILE_ROW("Workloads/ycsb-f.yaml", ycsb_f),
    {NULL, NULL, 0},
};

const struct hashmark_shipped_file *hashmark_shipped_files(void) { return files; }
