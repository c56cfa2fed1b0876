// A connection to a PostgreSQL server: commands in, rows of text out.
//
// Whatever waits has an end: a server that is not there, a network that swallows what is sent, a
// lock that somebody holds. A connection that was lost is not opened again here; whoever has it
// knows what is safe to send twice.
import CPostgres
import Glibc
import LinuxSystem

/// Why a server did not do what it was told.
public struct PostgresError: Error, CustomStringConvertible {
    public let cause: String
    public let remedy: String
    /// The server was not reached, or the connection to it was lost: it may work again later.
    public let isLoss: Bool

    init(_ cause: String, remedy: String, isLoss: Bool = false) {
        self.cause = Redaction.masked(cause)
        self.remedy = remedy
        self.isLoss = isLoss
    }

    public var description: String { "\(cause); \(remedy)" }
}

final class PostgresConnection {
    private let functions: hashmark_pq
    private let connection: UnsafeMutableRawPointer
    private let place: String

    /// In s: a server that answers, answers within this.
    private static let connectTimeout = "5"
    /// In ms: how long what was sent may stay unacknowledged.
    private static let networkTimeout = "10000"
    /// No statement of ours takes longer, but for one that waits for a lock.
    private static let statementTimeout = "60s"

    /// - Parameter uri: `postgresql://USER:PASSWORD@HOST/DATABASE?…`, as libpq takes it; what it
    ///   leaves out is taken from PGHOST, PGPASSWORD, ~/.pgpass … as libpq does.
    init(to uri: String) throws(PostgresError) {
        guard let library = PostgresLibrary.installed else {
            throw PostgresError(
                "this machine has no libpq.so.5", remedy: "install it (Debian: libpq5)")
        }
        functions = library.functions
        place = Redaction.masked(uri: uri)
        // What stands before `dbname` is a default, which the URI may override.
        let settings: [(String, String)] = [
            ("connect_timeout", Self.connectTimeout), ("tcp_user_timeout", Self.networkTimeout),
            ("fallback_application_name", "hashmark"), ("dbname", uri),
        ]
        let names: [String?] = settings.map { $0.0 } + [nil]
        let texts: [String?] = settings.map { $0.1 } + [nil]
        let opened: UnsafeMutableRawPointer? = Self.withCStrings(names) { keywords in
            Self.withCStrings(texts) { values in
                library.functions.connectdb_params(keywords, values, 1)
            }
        }
        guard let opened else {
            throw PostgresError("libpq has no memory for a connection", remedy: "free some")
        }
        connection = opened
        guard isOpen else {
            let message = functions.error_message(connection).map { String(cString: $0) } ?? ""
            let failure = ConnectionFailure(message)
            let isLoss = failure.mayPass {
                Self.withCStrings(names) { keywords in
                    Self.withCStrings(texts) { library.functions.ping_params(keywords, $0, 1) }
                }
            }
            throw PostgresError(
                "cannot connect to \(place): \(failure.reason)",
                remedy: isLoss
                    ? "check that a server runs there and lets you in"
                    : "correct the address: its host, port, database, user and password",
                isLoss: isLoss)
        }
        try run("SET client_min_messages = warning")
        try run("SET statement_timeout = '\(Self.statementTimeout)'")
    }

    deinit { functions.finish(connection) }

    private var isOpen: Bool { functions.status(connection) == CInt(hashmark_pq_ok) }

    /// Runs statements, several perhaps, whose rows do not matter.
    func run(_ statements: String) throws(PostgresError) {
        let result: UnsafeMutableRawPointer? = statements.withCString {
            functions.exec(connection, $0)
        }
        defer { functions.clear(result) }
        try check(result)
    }

    /// Runs one statement.
    /// - Parameter values: of `$1`, `$2`, … as text; nil is NULL.
    /// - Returns: its rows as text; nil where a column is NULL.
    @discardableResult
    func rows(
        _ statement: String, _ values: [String?] = []
    ) throws(PostgresError) -> [[String?]] {
        let count = CInt(values.count)
        let result: UnsafeMutableRawPointer? = Self.withCStrings(values) { texts in
            statement.withCString { statement in
                functions.exec_params(connection, statement, count, nil, texts, nil, nil, 0)
            }
        }
        defer { functions.clear(result) }
        try check(result)
        let columns = functions.nfields(result)
        return (0..<functions.ntuples(result)).map { row in
            (0..<columns).map { column in
                guard functions.getisnull(result, row, column) == 0,
                    let text = functions.getvalue(result, row, column)
                else { return nil }
                return String(cString: text)
            }
        }
    }

    /// The one value of the one row; nil where it is NULL, or there is none.
    func text(_ statement: String, _ values: [String?] = []) throws(PostgresError) -> String? {
        guard let row = try rows(statement, values).first, let column = row.first else {
            return nil
        }
        return column
    }

    private func check(_ result: UnsafeMutableRawPointer?) throws(PostgresError) {
        let status: CInt = result.map { functions.result_status($0) } ?? -1
        let isDone =
            status == CInt(hashmark_pq_command_ok)
            || status == CInt(hashmark_pq_tuples_ok)
        if isDone { return }
        let reason =
            result.map { Self.line(functions.result_error_message($0)) }
            ?? Self.line(functions.error_message(connection))
        throw PostgresError(
            "\(place): \(reason)",
            remedy: isOpen
                ? "let this user write to the schema hashmark, or name another database"
                : "check the server and the network",
            isLoss: !isOpen)
    }

    /// libpq's messages have several lines; the first has the cause.
    private static func line(_ message: UnsafeMutablePointer<CChar>?) -> String {
        let text = message.map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "it does not say why"
    }

    private static func withCStrings<R>(
        _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R
    ) -> R {
        let copies: [UnsafeMutablePointer<CChar>?] = texts.map { text in
            text.flatMap { strdup($0) }
        }
        defer { for copy in copies { free(copy) } }
        let pointers: [UnsafePointer<CChar>?] = copies.map { copy in
            copy.map { UnsafePointer($0) }
        }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
