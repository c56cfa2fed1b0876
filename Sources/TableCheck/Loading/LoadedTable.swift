// The table that is checked: loaded and looked at as every other that is loaded, by the keyspaces'
// own loader; what that refuses is a finding here.
import CTable
import Keyspaces

struct LoadedTable: Sendable {
    private let library: ForeignLibrary

    var index: hashmark_index? { library.index?.pointee }
    var store: hashmark_store? { library.store?.pointee }
    var more: hashmark_optional { library.more }
    var looksUpMany: Bool { index?.find_many != nil || store?.get_many != nil }
    var threads: UInt32 { library.threads }
    var name: String { library.name }
    var title: String { TableFinding.oneLine(library.title) }

    /// - Parameter path: with a slash, so that it is no name in the loader's search path.
    /// - Throws: a finding `descriptor`, with the remedy.
    init(_ path: String) throws(TableFinding) {
        do throws(TableError) {
            library = try ForeignLibrary(path)
        } catch {
            throw TableFinding("descriptor", error.description)
        }
    }
}
