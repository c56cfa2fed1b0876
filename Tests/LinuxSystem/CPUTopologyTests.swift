// Who shares what: threads of cores, caches of the third level, sockets; and lists that are none.
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite struct CPUTopologyTests {
    private func topology(_ files: [String: String]) throws -> CPUTopology {
        let folder = TemporaryFolder()
        for (path, text) in files {
            let file = URL(filePath: folder.file("sys/devices/system/cpu/\(path)"))
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("\(text)\n".utf8).write(to: file)
        }
        return CPUTopology(root: folder.path)
    }

    @Test func threadsCachesAndSocketsAreRead() throws {
        var files = ["cpufreq/boost": "1"]
        for cpu in 0..<8 {
            files["cpu\(cpu)/topology/thread_siblings_list"] = "\(cpu % 4),\(cpu % 4 + 4)"
            files["cpu\(cpu)/topology/physical_package_id"] = "\(cpu % 4 / 2)"
            files["cpu\(cpu)/cache/index2/level"] = "2"
            files["cpu\(cpu)/cache/index2/shared_cpu_list"] = "\(cpu)"
            files["cpu\(cpu)/cache/index3/level"] = "3"
            files["cpu\(cpu)/cache/index3/shared_cpu_list"] = cpu % 4 < 2 ? "0-1,4-5" : "2-3,6-7"
        }
        let found = try topology(files)
        #expect(found.cores == [[0, 4], [1, 5], [2, 6], [3, 7]])
        #expect(found.thirdLevelCaches == [[0, 1, 4, 5], [2, 3, 6, 7]])
        #expect(found.sockets == 2)
        #expect(found.siblings(of: 6) == [2, 6] && found.siblings(of: 9) == [])
    }

    @Test func whatIsNoListIsNotKnown() throws {
        for text in ["", "x", "0-", "0-99999999999"] {
            let found = try topology(["cpu0/topology/thread_siblings_list": text])
            #expect(found.cores == [] && found.sockets == nil, "'\(text)'")
        }
        #expect(CPUTopology(root: "/nowhere").cores == [])
    }
}
