// How the executable was called: under the name of another benchmark it behaves as `bench` does.
import ArgumentParser

extension Hashmark {
    private static let benchNames = ["valkey-benchmark", "redis-benchmark"]

    static func main() {
        let name = CommandLine.arguments.first?.split(separator: "/").last.map { String($0) } ?? ""
        main(benchNames.contains(name) ? ["bench"] + CommandLine.arguments.dropFirst() : nil)
    }
}
