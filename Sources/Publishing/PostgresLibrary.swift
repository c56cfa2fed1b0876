// libpq, where this machine has it.
import CPostgres

/// Unchecked: functions of a library that stays open.
struct PostgresLibrary: @unchecked Sendable {
    let functions: hashmark_pq

    /// Nil where this machine has none.
    static let installed = PostgresLibrary("libpq.so.5")

    /// Nil where there is no library of that name, or it is another one.
    init?(_ name: String) {
        var functions = hashmark_pq()
        guard hashmark_pq_open(name, &functions) == 0 else { return nil }
        self.functions = functions
    }
}
