// The schema, from whatever version a database has it in to this one's.

package struct Migrations {
    /// In the order of their numbers, which count from 1.
    package let steps: [String]

    /// Those that are shipped.
    package static let shipped = Migrations(
        String(decoding: PackageResources.schema_sql, as: UTF8.self))

    /// - Parameter text: statements below lines `-- migration N`, N counting from 1.
    package init(_ text: String) {
        var steps: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("-- migration ") {
                let number = line.split(separator: " ").last.flatMap { Int($0) }
                precondition(number == steps.count + 1, "migrations count from 1")
                steps.append("")
            } else if !steps.isEmpty {
                steps[steps.count - 1] += line + "\n"
            }
        }
        self.steps = steps
    }

    /// Any number that nobody else locks: ASCII `hashmark`.
    private static let lock = "7521962890172977771"

    /// Applies what the database does not have. Two that come at once take turns.
    func apply(to connection: PostgresConnection) throws(PostgresError) {
        if try version(connection) == steps.count { return }
        try connection.run("BEGIN")
        try connection.run("SELECT pg_advisory_xact_lock(\(Self.lock))")
        try connection.run(
            """
            CREATE SCHEMA IF NOT EXISTS hashmark;
            CREATE TABLE IF NOT EXISTS hashmark.migration (
                version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
            """)
        let version = try version(connection)
        guard version <= steps.count else {
            throw PostgresError(
                "the database has version \(version) of the schema, and this hashmark knows "
                    + "\(steps.count)", remedy: "use a newer hashmark")
        }
        for (index, step) in steps.enumerated().dropFirst(version) {
            try connection.run(step)
            try connection.run("INSERT INTO hashmark.migration (version) VALUES (\(index + 1))")
        }
        try connection.run("COMMIT")
    }

    /// 0 of a database without the schema.
    private func version(_ connection: PostgresConnection) throws(PostgresError) -> Int {
        guard try connection.text("SELECT to_regclass('hashmark.migration')") != nil else {
            return 0
        }
        let highest = try connection.text(
            "SELECT coalesce(max(version), 0) FROM hashmark.migration")
        return highest.flatMap { Int($0) } ?? 0
    }
}
