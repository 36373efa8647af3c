import Diagnostics

/// The named tensors of a pickled checkpoint, found wherever training code puts them.
struct StateDictionary {
    /// The keys under which the dictionary was found, outermost first: `["state_dict"]`; empty at the top level.
    private(set) var nesting: [String] = []
    /// In the pickle's order.
    private(set) var tensors: [(name: String, tensor: PickleHeap.Tensor)] = []
    /// The class of the module that stands in a dictionary's place; nil where there is none.
    private(set) var moduleClass: String?
    /// What else could have been meant, and what of the dictionary is not read, for a person.
    private(set) var remarks: [String] = []
    /// What to throw unless names tell more: several dictionaries hold tensors, and `tensors` are those of all.
    private(set) var ambiguity: Problem?

    private let heap: PickleHeap
    private let file: MappedFile
    private var answers: [Question: Bool] = [:]

    /// Where training code keeps the weights, likeliest first: a checkpoint of a training run has the optimiser's state,
    /// and sometimes a running mean of the weights, beside them.
    static let knownKeys = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "parameters", "module",
        "state_dict_ema", "model_ema", "ema_state_dict", "ema",
    ]
    private static let nestingLimit = 3
    /// Tensors that are gone through where several dictionaries are read as one.
    private static let countLimit = 1_000_000

    /// The likeliest dictionary; where the names in it do not have `prefix` and others do, the tensors of all dictionaries, by
    /// names that begin with the keys which lead to them.
    /// - Throws: `Problem` naming what was found if nothing holds tensors.
    init(root: PickleValue, heap: PickleHeap, file: MappedFile, prefix: String? = nil) throws {
        self.heap = heap
        self.file = file
        try find(from: root)
        guard let prefix, !prefix.isEmpty, NamePrefix.full(prefix, in: tensors.map(\.name)).isEmpty else { return }
        let all = try flattened(root)
        guard !NamePrefix.full(prefix, in: all.map(\.name)).isEmpty else { return }
        (nesting, tensors, moduleClass, remarks, ambiguity) = ([], all, nil, [], nil)
    }

    private mutating func find(from root: PickleValue) throws {
        var current = root
        while true {
            if PickledModule.isModule(current, heap) {
                let module = try PickledModule(current, heap: heap, file: file)
                guard !module.tensors.isEmpty else { throw withoutTensors(current, []) }
                (tensors, moduleClass) = (module.tensors, module.className ?? "unknown")
                return
            }
            guard let items = heap.textItems(current) else {
                throw file.damaged(
                    "it holds \(kind(of: root)), not a state dictionary",
                    explanation: "A dictionary from parameter names to tensors was expected.",
                    remedy: "Save one with torch.save(model.state_dict(), 'weights.pt').")
            }
            let direct = Self.tensors(items, heap)
            // Known names come before the tensors beside them: a training record may well keep its best accuracy as a
            // tensor, and a state dictionary has no dictionary inside.
            let depth = Self.nestingLimit - nesting.count
            let nested = items.filter { mayHoldTensors($0.value, depth: depth) }
            if let known = Self.knownKeys.lazy.compactMap({ key in nested.first { $0.key == key } }).first {
                try passOver(nested, for: known)
                nesting.append(known.key)
                current = known.value
                continue
            }
            guard !direct.isEmpty || !nested.isEmpty else { throw withoutTensors(current, items) }
            let below = try nested.reduce(0) { try $0 + flattened($1.value).count }
            if direct.count >= below {
                tensors = direct
                noteUnreadable(items)
                return
            }
            guard nested.count > 1 else {
                nesting.append(nested[0].key)
                current = nested[0].value
                continue
            }
            tensors = try flattened(current)
            ambiguity = Problem(
                "cannot read '\(file.path)': it is not clear which of its dictionaries holds the weights",
                explanation: Self.keys(items),
                remedy: "Choose one with --prefix, such as --prefix \(printable(nested[0].key)), or save the weights alone with "
                    + "torch.save(model.state_dict(), 'weights.pt').")
            return
        }
    }

    private static func tensors(_ items: [(key: String, value: PickleValue)], _ heap: PickleHeap)
        -> [(name: String, tensor: PickleHeap.Tensor)]
    {
        items.compactMap { key, value in
            guard case .tensor(let index) = value else { return nil }
            return (key, heap.tensors[index])
        }
    }

    /// Notes dictionaries that hold about as many tensors as the one that is taken.
    private mutating func passOver(
        _ nested: [(key: String, value: PickleValue)], for chosen: (key: String, value: PickleValue)
    ) throws {
        guard nested.count > 1 else { return }
        let count = try flattened(chosen.value).count
        for other in nested where other.key != chosen.key {
            let others = try flattened(other.value).count
            guard 2 * others >= count else { continue }
            remarks.append(
                "Read from '\(printable((nesting + [chosen.key]).joined(separator: ".")))'; '\(printable(other.key))' holds weights as "
                    + "well (\(others) tensors): --prefix \(printable(other.key)) chooses them")
        }
    }

    /// Notes entries that are tensors of a kind that is not read.
    private mutating func noteUnreadable(_ items: [(key: String, value: PickleValue)]) {
        let unread = items.filter { heap.className($0.value)?.hasPrefix("torch._utils._rebuild") == true }
        guard let first = unread.first else { return }
        remarks.append(
            "\(unread.count) tensors are of a kind that is not read, such as '\(printable(first.key))', "
                + "made by `\(printable(heap.className(first.value) ?? ""))`")
    }

    /// All tensors in `value`, the keys that lead to them before their names.
    private mutating func flattened(_ value: PickleValue) throws -> [(name: String, tensor: PickleHeap.Tensor)] {
        var result: [(name: String, tensor: PickleHeap.Tensor)] = []
        var open: [(value: PickleValue, prefix: String, depth: Int)] = [(value, "", Self.nestingLimit)]
        var seen = 0
        while let (value, prefix, depth) = open.popLast() {
            if PickledModule.isModule(value, heap) {
                result += try PickledModule(value, heap: heap, file: file).tensors.map { (prefix + $0.name, $0.tensor) }
            } else {
                let items = heap.textItems(value) ?? []
                seen += items.count
                result += Self.tensors(items, heap).map { (prefix + $0.name, $0.tensor) }
                open += items.filter { mayHoldTensors($0.value, depth: depth) }.reversed().map {
                    ($0.value, "\(prefix)\($0.key).", depth - 1)
                }
            }
            guard result.count + seen + open.count <= Self.countLimit else {
                throw file.damaged("it refers to the same tensors more often than a checkpoint could need")
            }
        }
        return result
    }

    /// Dictionaries, by the place of one in the heap, and how much deeper to look.
    private struct Question: Hashable {
        let dictionary: Int
        let depth: Int
    }

    /// Whether `value` is a module, or a dictionary or object with a tensor under a text key, directly or in a dictionary of a known
    /// name at most `depth` deep. Each dictionary is looked through once for a depth, however often it is referred to.
    private mutating func mayHoldTensors(_ value: PickleValue, depth: Int) -> Bool {
        guard depth > 0 else { return false }
        if PickledModule.isModule(value, heap) { return true }
        return heap.dictionaries(of: value).contains { index in
            let question = Question(dictionary: index, depth: depth)
            if let answer = answers[question] { return answer }
            let answer = heap.dictionaries[index].contains { key, value in
                guard case .string(let key) = key else { return false }
                if case .tensor = value { return true }
                // Only known names are followed further: an optimiser keeps tensors below numbers, a scheduler anywhere.
                return Self.knownKeys.contains(key) && mayHoldTensors(value, depth: depth - 1)
            }
            answers[question] = answer
            return answer
        }
    }

    private func withoutTensors(_ value: PickleValue, _ items: [(key: String, value: PickleValue)]) -> Problem {
        let what = PickledModule.isModule(value, heap) ? "\(kind(of: value)) without parameters" : "no tensors"
        return file.damaged(
            "it holds \(what)", explanation: Self.keys(items),
            remedy: "Save the weights alone with torch.save(model.state_dict(), 'weights.pt').")
    }

    private static func keys(_ items: [(key: String, value: PickleValue)]) -> String {
        "Its keys: \(items.isEmpty ? "none" : items.lazy.map { "'\(printable($0.key))'" }.listed(first: 12))."
    }

    private func kind(of value: PickleValue) -> String {
        switch value {
        case .none: "nothing"
        case .boolean, .integer, .longInteger, .float: "a number"
        case .string, .bytes: "text"
        case .tuple, .list: "a list"
        case .dictionary: "a dictionary"
        case .global: "the name of a class"
        case .storage: "a storage"
        case .tensor: "a single tensor"
        case .object: heap.className(value).map { "an object of class `\($0)`" } ?? "an object"
        }
    }
}
