// The commands of Bloom filters but BF.INSERT, which has options (Engine+BloomInsert.swift). The
// first write makes a filter, by a plan that BF.RESERVE and BF.INSERT choose.
//
// Texts follow valkey-bloom 1.0.
import Keyspaces
import RESP

extension BloomFault {
    /// As an error reply, or as an element of one's array.
    var message: String {
        switch self {
        case .isFull: "ERR non scaling filter is full"
        case .exceedsLimit: "ERR operation exceeds bloom object memory limit"
        case .errorRateVanishes: "ERR false positive degrades to 0 on scale out"
        case .capacityOverflows: "ERR bad capacity"
        case .scaleExceedsLimit:
            "ERR provided VALIDATESCALETO causes bloom object to exceed memory limit"
        case .scaleErrorRateVanishes:
            "ERR provided VALIDATESCALETO causes false positive to degrade to 0"
        }
    }
}

extension Engine where K: ~Copyable {
    /// The name as the module registered it.
    mutating func wrongBloomArity(_ request: Request) {
        wrongArity(Command.all[request.row].name)
    }

    // MARK: Writing

    /// The filter of the request's key, made by `plan` if there is none; nil after an error reply.
    mutating func findOrMakeBloom(
        _ request: Request, _ plan: BloomPlan
    ) -> CollectionObject? {
        switch keyspace.findCollection(request.key) {
        case .collection(let found) where found.type == .bloom: return found
        case .collection, .string: wrongType(request)
        case .missing:
            if makeBloom(request, plan) { return keyspace.peekCollection(request.key) }
        }
        return nil
    }

    /// The key is not there; false after an error reply.
    private mutating func makeBloom(_ request: Request, _ plan: BloomPlan) -> Bool {
        if let fault = plan.fault {
            fail(request, fault.message)
            return false
        }
        let made = withValues { values, _ in values.makeBloom(plan) }
        keyspace.put(made, at: request.key, expiry: .never)
        noteChange(of: request.key)
        return true
    }

    /// BF.ADD, and BF.MADD with its array.
    mutating func bfadd(_ request: Request, isMany: Bool) {
        guard let filter = findOrMakeBloom(request, BloomPlan()) else { return }
        if isMany { return addItems(request, from: 2, to: filter) }
        let item = argument(request, 2).bytes
        switch withValues({ values, _ in values.add(item: item, to: filter) }) {
        case .success(let isNew):
            reply.integer(isNew ? 1 : 0)
            if isNew { noteChange(of: request.key) }
        case .failure(let fault): fail(request, fault.message)
        }
    }

    /// Adds the request's arguments from `index` on and answers with an array, which ends with the
    /// first error.
    mutating func addItems(_ request: Request, from index: Int, to filter: CollectionObject) {
        let words = words(request, from: index)
        var answers: [Bool] = []
        var fault: BloomFault?
        answers.reserveCapacity(words.count)
        for word in words {
            let added = withValues { values, _ in values.add(item: word.bytes, to: filter) }
            if case .failure(let met) = added {
                fault = met
                break
            }
            answers.append(added == .success(true))
        }
        reply.array(answers.count + (fault == nil ? 0 : 1))
        for isNew in answers { reply.integer(isNew ? 1 : 0) }
        if let fault { fail(request, fault.message) }
        if answers.contains(true) { noteChange(of: request.key) }
    }

    mutating func bfreserve(_ request: Request) {
        guard request.argumentCount <= 6 else { return wrongBloomArity(request) }
        var plan = BloomPlan()
        guard let rate = bloomRate(request, 2), let capacity = bloomCapacity(request, 3) else {
            return
        }
        (plan.errorRate, plan.capacity) = (rate, capacity)
        if request.argumentCount == 5, argument(request, 4).isWord("nonscaling") {
            plan.expansion = 0
        } else if request.argumentCount == 6, argument(request, 4).isWord("expansion") {
            guard let expansion = bloomExpansion(request, 5) else { return }
            plan.expansion = expansion
        } else if request.argumentCount > 4 {
            return fail(request, "ERROR")
        }
        switch keyspace.findCollection(request.key) {
        case .collection(let found) where found.type == .bloom: fail(request, "ERR item exists")
        case .collection, .string: wrongType(request)
        case .missing: if makeBloom(request, plan) { reply.ok() }
        }
    }

    // MARK: Reading

    /// BF.EXISTS, and BF.MEXISTS with its array.
    mutating func bfexists(_ request: Request, isMany: Bool) {
        guard let found = find(request.key, .bloom, request) else { return }
        let words = words(request, from: 2)
        if isMany { reply.array(words.count) }
        guard let filter = found.collection else {
            for _ in words { reply.integer(0) }
            return
        }
        withValues { values, reply in
            for word in words {
                reply.integer(values.contains(item: word.bytes, in: filter) ? 1 : 0)
            }
        }
    }

    mutating func bfcard(_ request: Request) {
        guard let found = find(request.key, .bloom, request) else { return }
        guard let filter = found.collection else { return reply.integer(0) }
        let items = withValues { values, _ in values.report(of: filter).items }
        reply.integer(items)
    }

    mutating func bfinfo(_ request: Request) {
        guard request.argumentCount <= 3 else { return wrongBloomArity(request) }
        guard let found = find(request.key, .bloom, request) else { return }
        guard let filter = found.collection else { return fail(request, "ERR not found") }
        let report = withValues { values, _ in values.report(of: filter) }
        let isScaling = report.plan.isScaling
        if request.argumentCount == 3 { return replyBloomField(request, report) }
        var most: Int64 = 0
        if isScaling {
            guard let capacity = maxScaledCapacity(request, report) else { return }
            most = capacity
        }
        reply.array(isScaling ? 16 : 12)
        for (name, value) in [
            ("Capacity", report.capacity), ("Size", Int64(report.bytes)),
            ("Number of filters", Int64(report.filters)),
            ("Number of items inserted", report.items),
        ] {
            reply.simple(name)
            reply.integer(value)
        }
        reply.simple("Error rate")
        reply.score(report.plan.errorRate)
        reply.simple("Expansion rate")
        guard isScaling else { return reply.null() }
        reply.integer(Int64(report.plan.expansion))
        reply.simple("Tightening ratio")
        reply.score(report.plan.tightening)
        reply.simple("Max scaled capacity")
        reply.integer(most)
    }

    /// One field of BF.INFO. What only a filter that scales has, another does not know.
    private mutating func replyBloomField(_ request: Request, _ report: BloomReport) {
        let isScaling = report.plan.isScaling
        switch argument(request, 2).string.uppercased() {
        case "CAPACITY": reply.integer(report.capacity)
        case "SIZE": reply.integer(report.bytes)
        case "FILTERS": reply.integer(report.filters)
        case "ITEMS": reply.integer(report.items)
        case "ERROR": reply.score(report.plan.errorRate)
        case "EXPANSION" where !isScaling: reply.null()
        case "EXPANSION": reply.integer(Int64(report.plan.expansion))
        case "TIGHTENING" where isScaling: reply.score(report.plan.tightening)
        case "MAXSCALEDCAPACITY" where isScaling:
            if let most = maxScaledCapacity(request, report) { reply.integer(most) }
        default: fail(request, "ERR invalid information value")
        }
    }

    /// nil after an error reply.
    private mutating func maxScaledCapacity(
        _ request: Request, _ report: BloomReport
    ) -> Int64? {
        do throws(BloomFault) {
            return try report.plan.scaledCapacity()
        } catch {
            fail(request, error.message)
            return nil
        }
    }
}
