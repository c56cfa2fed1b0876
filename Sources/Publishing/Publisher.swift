// Runs into a database, and out of it again.
//
//     spool, then what is given ─► 100 runs a transaction ─► run, result, hist
//             ▲                          │ lost: again from its beginning, three times
//             └──── what is left ◄───────┘
//
// A run's key is a hash of what it measured, and rows that are there stay as they are: to send a
// transaction again whose end was never heard of does no harm. The records themselves stay where
// they are; a database that is lost is filled from them again.
import Foundation
import LinuxSystem
import RunRecord

/// What became of runs that were to be published.
public struct Publication: Sendable {
    /// Runs that the database has now, those of the spool included.
    public var published = 0
    /// Those of them that it did not have before.
    public var fresh = 0
    /// Runs that wait in the spool.
    public var waiting = 0
    /// Why they do.
    public var obstacle: String?
}

/// Why runs cannot be published or read, in one line.
public enum PublishError: Error, CustomStringConvertible {
    case record(RunRecordError)
    case database(PostgresError)

    public var description: String {
        switch self {
        case .record(let error): "\(error)"
        case .database(let error): "\(error)"
        }
    }
}

public struct Publisher {
    private let uri: String
    private let spool: Spool

    /// Few enough to be sent again, and many enough that a commit costs little of each.
    private static let batch = 100
    /// Before each attempt, in ms: a server that restarts is back within seconds.
    private static let pauses = [0, 1_000, 3_000]

    /// - Parameters:
    ///   - uri: of the database, as libpq takes it.
    ///   - spool: the folder of runs that wait.
    public init(to uri: String, spool: String) {
        self.uri = uri
        self.spool = Spool(folder: spool)
    }

    /// Publishes what waits and these runs.
    /// - Throws: where it would fail again: without libpq, at a database that refuses. A server
    ///   that is not there is none of that: then all that is left waits in the spool.
    public func publish(_ runs: [RunRecord]) throws(PublishError) -> Publication {
        var sent: [String] = []
        var all: [RunRecord] = []
        do throws(RunRecordError) {
            for file in spool.files {
                let (found, damage) = try RunRecord.readHistory(at: file)
                all += found
                // What cannot be read stays for whoever wants to look into it.
                if damage.isEmpty { sent.append(file) }
            }
        } catch {
            throw PublishError.record(error)
        }
        all = Self.distinct(all + runs)
        var outcome = Publication()
        var loss: PostgresError?
        for pause in Self.pauses where outcome.published < all.count {
            Clock.sleep(milliseconds: pause)
            do throws(PostgresError) {
                loss = nil
                try send(all, &outcome)
            } catch {
                guard error.isLoss else { throw PublishError.database(error) }
                loss = error
            }
            if Interruption.requested { break }
        }
        let left = Array(all.dropFirst(outcome.published))
        if !left.isEmpty {
            outcome.waiting = left.count
            outcome.obstacle = loss?.cause ?? "interrupted"
            do throws(RunRecordError) {
                try spool.keep(left, "\(Clock.unixNanoseconds())-\(getpid())")
            } catch {
                throw PublishError.record(error)
            }
        }
        Spool.remove(sent)
        return outcome
    }

    /// Each run once: what waits may be given again. Without its latencies a run is another one,
    /// for it brings less.
    private static func distinct(_ runs: [RunRecord]) -> [RunRecord] {
        var seen: Set<[String]> = []
        return runs.filter { run in
            let hasBuckets = run.results.contains { $0.histogram != nil }
            let key = [PublishedRun(run).content, run.label ?? "", "\(hasBuckets)"]
            return seen.insert(key).inserted
        }
    }

    private func send(
        _ runs: [RunRecord], _ outcome: inout Publication
    ) throws(PostgresError) {
        let connection = try PostgresConnection(to: uri)
        try Migrations.shipped.apply(to: connection)
        while outcome.published < runs.count, !Interruption.requested {
            let batch = runs[outcome.published...].prefix(Self.batch)
            var fresh = 0
            try connection.run("BEGIN")
            for run in batch {
                if try Self.write(run, connection) { fresh += 1 }
            }
            try connection.run("COMMIT")
            outcome.published += batch.count
            outcome.fresh += fresh
        }
    }

    /// - Returns: whether the database did not have it.
    private static func write(
        _ run: RunRecord, _ connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        let published = PublishedRun(run)
        let line: String
        let buckets: [PublishedRun.Buckets]
        do throws(RunRecordError) {
            line = try published.line()
            buckets = try published.buckets()
        } catch {
            throw PostgresError(error.cause, remedy: error.remedy)
        }
        // A row that was updated has been written before; xmax tells.
        let written = try connection.rows(
            """
            INSERT INTO hashmark.run AS run (run_id, label, started_at, hashmark_version, machine,
                runner, partial, line)
            VALUES (encode(sha256(convert_to($1, 'UTF8')), 'hex'), $2, $3::timestamptz, $4, $5,
                $6, $7::boolean, $8)
            ON CONFLICT (run_id) DO UPDATE SET label = coalesce(run.label, excluded.label)
            RETURNING run_id, xmax = 0
            """,
            [
                published.content, run.label, run.startedAt, run.hashmarkVersion,
                run.environment.comparisonKey, run.environment.hostnameHash,
                run.partial ? "true" : "false", line,
            ])
        guard let row = written.first, row.count == 2, let identity = row[0] else {
            throw PostgresError(
                "the database did not say what it wrote", remedy: "look into its triggers")
        }
        try connection.rows(
            """
            INSERT INTO hashmark.result
            SELECT $1::text, place, r->>'metric', r->>'unit', r->>'better', r->>'kind',
                r->>'target',
                r->>'workload', r->'conditions', (r->>'value')::double precision, r->>'reason'
            FROM jsonb_array_elements($2::jsonb -> 'results') WITH ORDINALITY AS e (r, place)
            ON CONFLICT DO NOTHING
            """, [identity, line])
        for bucket in buckets {
            try connection.rows(
                """
                INSERT INTO hashmark.hist
                SELECT $1::text, $2::integer, lowest, highest, n
                FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS b (lowest, highest, n)
                ON CONFLICT DO NOTHING
                """,
                [
                    identity, String(bucket.place), bucket.lowest, bucket.highest, bucket.counts,
                ])
        }
        return row[1] == "t"
    }

    /// All runs of a database, the oldest first.
    public static func runs(from uri: String) throws(PublishError) -> [RunRecord] {
        let rows: [[String?]]
        do throws(PostgresError) {
            let connection = try PostgresConnection(to: uri)
            rows = try connection.rows(
                "SELECT label, line FROM hashmark.run ORDER BY started_at NULLS FIRST, run_id")
        } catch {
            throw PublishError.database(error)
        }
        do throws(RunRecordError) {
            var runs: [RunRecord] = []
            for (index, row) in rows.enumerated() {
                let line = Data((row[1] ?? "").utf8)
                var run = try RunRecord(json: line, name: "row \(index + 1) of hashmark.run")
                run.label = row[0]
                runs.append(run)
            }
            return runs
        } catch {
            throw PublishError.record(error)
        }
    }
}
