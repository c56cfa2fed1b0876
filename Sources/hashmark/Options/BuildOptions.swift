// Where builds of `build:` targets are kept, as a flag of the verbs that take targets.
import ArgumentParser

struct BuildOptions: ParsableArguments {
    @Option(
        help: .value(
            "DIR",
            "Where builds of build: targets are kept; $XDG_CACHE_HOME/hashmark or "
                + "~/.cache/hashmark if left out."),
        completion: .directory)
    var cache: String?
}
