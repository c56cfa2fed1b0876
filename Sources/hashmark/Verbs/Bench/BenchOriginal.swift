// `bench` under the name of redis-benchmark or valkey-benchmark: scripts around those must not see
// the difference. Numbers are read as C's atoi reads them, unknown tests are passed over, the first
// error reply ends the run, and a command line that is wrong ends with 1.
//
// Credits: the options are those of redis-benchmark 7.0 and valkey-benchmark 9.1.
import LoadGenerator
import RunRecord

struct BenchOriginal {
    /// `redis-benchmark` or `valkey-benchmark`.
    let name: String
    /// The release whose behaviour this is.
    private let release: String
    /// What the original calls its server.
    private let product: String

    /// The one that this process was called as; nil under a name of our own.
    static let current: BenchOriginal? = {
        let path = CommandLine.arguments.first ?? ""
        return BenchOriginal(path.split(separator: "/").last.map { String($0) } ?? "")
    }()

    init?(_ name: String) {
        switch name {
        case "redis-benchmark": (release, product) = ("7.0.15", "Redis")
        case "valkey-benchmark": (release, product) = ("9.1.0", "Valkey")
        default: return nil
        }
        self.name = name
    }

    /// As the originals answer `--version`: the build in brackets is ours.
    var version: String { "\(name) \(release) (hashmark \(RunRecord.hashmarkVersion))" }

    /// An error in the original's words.
    func words(_ text: String) -> String {
        let ours = "could not connect to "
        return text.hasPrefix(ours)
            ? "Could not connect to \(product) at \(text.dropFirst(ours.count))" : text
    }

    /// A message in this name, and in the original's form where it has the original's words.
    func named(_ text: String) -> String {
        let text = text.replacing("hashmark bench", with: name)
        let prefix = "Error: "
        return text.hasPrefix(prefix + "Could not connect")
            ? String(text.dropFirst(prefix.count)) : text
    }

    // MARK: the command line

    private static let numbers: Set<String> = [
        "-c", "-n", "-k", "-d", "-P", "-r", "--threads", "--precision", "--dbnum", "--duration",
        "--warmup", "--rps", "--seed", "--num-functions", "--num-keys-in-fcall", "-p", "--port",
    ]
    /// Options with a value that is taken as it stands; ours are among them.
    private static let texts: Set<String> = [
        "-h", "--host", "-s", "-a", "--user", "-u", "-t", "--qps", "--arrival",
        "--latency-mode", "--cpus", "--mix", "--key-dist", "--key-size", "--value-size", "--ttl",
        "--hit-ratio", "--saturate", "--repeat", "--stall-timeout", "--on-errors", "--json",
        "--out", "--hdr-log", "--export", "--dataset", "--maxdocs", "--target",
        "--cache", "--sni", "--cacert", "--cacertdir", "--cert", "--key", "--tls-ciphers",
        "--tls-ciphersuites", "--handshakes", "--rfr", "--also-count", "--keys-per-op",
        "--grid", "--objective",
        "--server-node", "--client-node", "--numa-policy",
    ]
    /// Seconds that stand for "until it is interrupted": what `-n 0` comes to there.
    private static let endless = "900000000"

    /// A command line of the original as one of `bench`.
    func translated(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var index = 0
        while index < arguments.count {
            let option = arguments[index]
            guard option.hasPrefix("-"), option != "--" else { break }  // the command begins
            guard index + 1 < arguments.count,
                Self.numbers.contains(option) || Self.texts.contains(option)
            else {
                result.append(option)
                index += 1
                continue
            }
            result += Self.translated(option, arguments[index + 1])
            index += 2
        }
        return result + arguments[index...]
    }

    private static func translated(_ option: String, _ value: String) -> [String] {
        if option == "-t" { return [option, known(value)] }
        guard numbers.contains(option) else { return [option, value] }
        let number = atoi(value)
        switch option {
        case "-n": return number > 0 ? [option, "\(number)"] : ["--duration", endless]
        case "-c", "-P": return [option, "\(min(max(number, 1), 1 << 20))"]
        case "-d": return [option, "\(min(max(number, 1), 1 << 30))"]
        // As there: with 0 and below, placeholders are filled in, all with the same number.
        case "-r": return [option, "\(max(number, 1))"]
        case "-k": return [option, number == 0 ? "0" : "1"]
        case "--duration" where number <= 0, "--threads" where number <= 0: return []
        case "--precision": return number < 0 ? [] : [option, "\(min(number, 4))"]
        case "--rps", "--warmup", "--seed", "--dbnum": return [option, "\(max(number, 0))"]
        default: return [option, "\(number)"]
        }
    }

    /// The leading digits; 0 without any.
    private static func atoi(_ text: String) -> Int {
        let trimmed = text.drop(while: \.isWhitespace)
        let isNegative = trimmed.hasPrefix("-")
        let digits = trimmed.drop { $0 == "-" || $0 == "+" }.prefix { "0123456789".contains($0) }
        let number = digits.isEmpty ? 0 : Int(digits) ?? .max
        return isNegative ? -number : number
    }

    /// The names of tests in a list that there are.
    private static func known(_ list: String) -> String {
        list.lowercased().split(separator: ",").filter {
            BenchmarkTest.allNames.contains(String($0))
        }.joined(separator: ",")
    }
}
