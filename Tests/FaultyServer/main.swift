// A RESP server with faults to order: what comparisons of servers are tried against. It is small,
// fast enough to be measured, and wrong in exactly the ways that its command line names.
//
// Not a goal: to be a good server. It shares no code with the reference server, whose faults would
// otherwise stand on both sides.
import Glibc
import LinuxSystem

// A copy of the program has the flags of the file beside it, PROGRAM.flags: so each commit of a
// repository can be a server of its own.
let program = CommandLine.arguments.first ?? ""
let own = (SmallFile.read("\(program).flags") ?? "").split(whereSeparator: \.isWhitespace)
let words = own.map { String($0) } + CommandLine.arguments.dropFirst()
if words.contains("--help") {
    print(Options.help, terminator: "")
    exit(0)
}

let options: Options
do throws(Options.Problem) {
    options = try Options(words)
} catch {
    Work.say("\(error)")
    exit(64)
}

if let percent = options.burns {
    let parent = getppid()
    Work.burn(percent: percent) { getppid() == parent }
    exit(0)
}
if options.daemonises {
    Work.spawn(words.filter { $0 != "--daemonize" }, ownSession: true)
    exit(0)
}
if options.startDelay > 0 { Work.sleep(nanoseconds: Double(options.startDelay)) }
if options.refusesToStart {
    Work.say("refuses to start, as ordered")
    exit(1)
}
if options.neverListens { while true { pause() } }

do throws(SystemCallError) {
    var server = try Server(options)
    print("ready \(server.port)")
    fflush(nil)
    try server.run()
} catch {
    Work.say("\(error)")
    exit(1)
}
