-- Results of many runners in PostgreSQL 12 or later: what `hashmark publish` writes.
--
--   run     one row a run; its key is a hash of what it measured, so that a run which is sent twice
--           is one; `line` is the record as the history has it
--   result  its numbers, one row each, in the order of the record
--   hist    the buckets of its latencies, where the record has them: a percentile over several runs
--           is read from the sum of their buckets, and never from their percentiles
--
-- A migration begins at its comment and is applied once, in a transaction. One that has been
-- released is never changed: another follows it.

-- migration 1
CREATE TABLE hashmark.run (
    run_id text PRIMARY KEY,
    label text,
    started_at timestamptz,
    hashmark_version text NOT NULL,
    machine text NOT NULL,
    runner text,
    partial boolean NOT NULL,
    line text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX run_by_time ON hashmark.run (started_at);
CREATE INDEX run_by_label ON hashmark.run (label);

CREATE TABLE hashmark.result (
    run_id text NOT NULL REFERENCES hashmark.run ON DELETE CASCADE,
    place integer NOT NULL,
    metric text NOT NULL,
    unit text NOT NULL,
    better text NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    workload text,
    conditions jsonb NOT NULL,
    value double precision,
    reason text,
    PRIMARY KEY (run_id, place)
);
CREATE INDEX result_by_metric ON hashmark.result (metric, workload, target);

-- One row per bucket that is not empty: both ends in ns, and the samples in it.
CREATE TABLE hashmark.hist (
    run_id text NOT NULL,
    place integer NOT NULL,
    lowest_ns bigint NOT NULL,
    highest_ns bigint NOT NULL,
    n bigint NOT NULL CHECK (n > 0),
    PRIMARY KEY (run_id, place, lowest_ns),
    FOREIGN KEY (run_id, place) REFERENCES hashmark.result ON DELETE CASCADE
);

CREATE VIEW hashmark.latency_bucket AS
SELECT u.machine, u.label, u.started_at, u.run_id, r.target, r.workload, r.conditions,
       regexp_replace(r.metric, '/[^/]*$', '') AS distribution, h.lowest_ns, h.highest_ns, h.n
  FROM hashmark.hist h
  JOIN hashmark.result r ON r.run_id = h.run_id AND r.place = h.place
  JOIN hashmark.run u ON u.run_id = h.run_id
 WHERE NOT u.partial;

-- Percentiles over the runs of these labels, or over all where it is NULL: the upper end of the
-- bucket that holds the sample of that rank, as HdrHistogram defines them.
CREATE FUNCTION hashmark.latency_percentiles(only_labels text[])
RETURNS TABLE (
    machine text, target text, workload text, conditions jsonb, distribution text, runs bigint,
    samples numeric, p50_ns bigint, p90_ns bigint, p99_ns bigint, p999_ns bigint, max_ns bigint)
LANGUAGE sql STABLE AS $percentiles$
WITH chosen AS (
    SELECT b.* FROM hashmark.latency_bucket b
     WHERE only_labels IS NULL OR b.label = ANY (only_labels)
), counted AS (
    SELECT c.machine, c.target, c.workload, c.conditions, c.distribution,
           count(DISTINCT c.run_id) AS runs
      FROM chosen c GROUP BY 1, 2, 3, 4, 5
), summed AS (
    SELECT c.machine, c.target, c.workload, c.conditions, c.distribution, c.lowest_ns,
           max(c.highest_ns) AS highest_ns, sum(c.n) AS n
      FROM chosen c GROUP BY 1, 2, 3, 4, 5, 6
), ranked AS (
    SELECT s.*, sum(s.n) OVER (same ORDER BY s.lowest_ns) AS reached, sum(s.n) OVER same AS total
      FROM summed s
    WINDOW same AS (
        PARTITION BY s.machine, s.target, s.workload, s.conditions, s.distribution)
)
SELECT k.machine, k.target, k.workload, k.conditions, k.distribution, max(c.runs), max(k.total),
       min(k.highest_ns) FILTER (WHERE k.reached >= greatest(1, ceil(0.5 * k.total))),
       min(k.highest_ns) FILTER (WHERE k.reached >= greatest(1, ceil(0.9 * k.total))),
       min(k.highest_ns) FILTER (WHERE k.reached >= greatest(1, ceil(0.99 * k.total))),
       min(k.highest_ns) FILTER (WHERE k.reached >= greatest(1, ceil(0.999 * k.total))),
       max(k.highest_ns)
  FROM ranked k
  JOIN counted c ON c.machine = k.machine AND c.target = k.target
   AND c.workload IS NOT DISTINCT FROM k.workload AND c.conditions = k.conditions
   AND c.distribution = k.distribution
 GROUP BY 1, 2, 3, 4, 5
$percentiles$;

CREATE VIEW hashmark.latency_percentile AS SELECT * FROM hashmark.latency_percentiles(NULL);
