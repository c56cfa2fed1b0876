// Requests that an I/O thread parsed: their arguments, and where each begins. Lent to a connection
// from the push of a read to its reaping.
import RESP

struct PreparedRequests: ~Copyable {
    struct Entry {
        let firstArgument: Int
        let argumentCount: Int
        /// Row of the command table or −1.
        let row: Int
    }

    /// A batch's worth; the executing thread parses what a longer pipeline has besides.
    static let capacity = 64

    var arguments = ArgumentVector()
    private let entries: UnsafeMutablePointer<Entry>
    private(set) var count = 0
    private(set) var failure: RequestError?

    init() { entries = .allocate(capacity: Self.capacity) }

    deinit { entries.deallocate() }

    subscript(_ index: Int) -> Entry { entries[index] }

    mutating func removeAll() {
        arguments.removeAll()
        count = 0
        failure = nil
    }

    /// Parses what is in `input`. On the I/O thread.
    mutating func parse(_ input: inout ConnectionInput, _ names: CommandNames) {
        while count < Self.capacity {
            let first = arguments.count
            switch input.nextRequest(into: &arguments) {
            case .request:
                guard arguments.count > first else { continue }
                let name = arguments[first]
                (entries + count).initialize(
                    to: Entry(
                        firstArgument: first, argumentCount: arguments.count &- first,
                        row: names.row(UnsafeRawPointer(name.base), name.count)))
                count &+= 1
            case .incomplete: return
            case .failed(let error):
                failure = error
                return
            }
        }
    }
}
