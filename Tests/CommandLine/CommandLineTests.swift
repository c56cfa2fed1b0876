// Runs the rows of every table in this folder. Each has a folder and servers of its own, so that as
// many run side by side as there are CPUs.
import Testing

@Suite struct CommandLineTests {
    @Test(arguments: Case.answers) func answers(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.output) func output(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.server) func server(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.numbers) func numbers(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.faults) func faults(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.foreign) func foreign(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.gate) func gate(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.bench) func bench(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.benchTargets) func benchTargets(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.benchOriginals) func benchOriginals(_ row: Case) throws {
        try row.check()
    }
    @Test(arguments: Case.benchOutput) func benchOutput(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.benchOutputOfOriginals) func benchOutputOfOriginals(_ row: Case) throws {
        try row.check()
    }
    @Test(arguments: Case.benchNumbers) func benchNumbers(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.encrypted) func encrypted(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.targets) func targets(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.nodes) func nodes(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.traces) func traces(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.names) func names(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.profile) func profile(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.project) func project(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.fleet) func fleet(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.publish) func publish(_ row: Case) throws { try row.check() }
    @Test(arguments: Case.records) func records(_ row: Case) throws { try row.check() }
}
