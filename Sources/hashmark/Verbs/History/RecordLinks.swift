// Links from a page of trends to the records of its runs: relative, so that a folder with both can
// be moved, and only to what is still that run's.
import RunRecord

enum RecordLinks {
    /// The records of a history, each with the way to its file from a page instead of from the
    /// history; without one where the file is gone or a later run's.
    static func of(
        _ records: [RunRecord], in history: String, from page: String
    ) -> [RunRecord] {
        let folder = history.lastIndex(of: "/").map { String(history[...$0]) } ?? "./"
        // Often all runs were written to one folder.
        var found: [String: DocumentIdentity] = [:]
        return records.map { record in
            var linked = record
            linked.recordFile = nil
            guard let file = record.recordFile, let own = DocumentIdentity(of: record) else {
                return linked
            }
            let path = folder + file
            let there = found[path] ?? DocumentIdentity(at: path)
            found[path] = there
            if there == own { linked.recordFile = RelativePath.from(page, to: path) }
            return linked
        }
    }
}
