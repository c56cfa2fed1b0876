// What error replies mean to a run, as a flag of the verbs that fill a server and drive load on it.
import ArgumentParser
import LoadGenerator

struct ErrorOption: ParsableArguments {
    @Option(
        help: .value(
            "WHAT",
            "stop, invalid or ignore: whether an error reply ends the load, makes its figures "
                + "invalid (exit 3), or is what is measured."))
    var onErrors = ErrorPolicy.invalid
}
