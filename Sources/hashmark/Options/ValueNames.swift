// What the value of an option is called in help, in the manual and in errors: as what it is (N,
// TIME, FILE, TARGET), where the parser would repeat the option's name.
import ArgumentParser

extension ArgumentHelp {
    /// - Parameters:
    ///   - name: in capitals.
    ///   - abstract: what the option does.
    static func value(_ name: String, _ abstract: String) -> ArgumentHelp {
        ArgumentHelp(abstract, valueName: name)
    }
}
