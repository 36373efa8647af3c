import Diagnostics

/// The named tensors of a pickled checkpoint, found wherever training code puts them.
struct StateDictionary {
    /// The keys under which the dictionary was found, outermost first: `["state_dict"]`; empty at the top level.
    let nesting: [String]
    /// In the pickle's order.
    let tensors: [(name: String, tensor: PickleHeap.Tensor)]

    /// Where training code keeps the weights, likeliest first: a checkpoint of a training run has the optimiser's state,
    /// and sometimes a running mean of the weights, beside them.
    static let knownKeys = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "parameters", "module",
        "state_dict_ema", "model_ema", "ema_state_dict", "ema",
    ]
    private static let nestingLimit = 3

    /// - Throws: `Problem` naming what was found if no dictionary, or more than one unknown dictionary, holds tensors.
    init(root: PickleValue, heap: PickleHeap, file: MappedFile) throws {
        var nesting: [String] = []
        var answers: [Question: Bool] = [:]
        var current = root
        while true {
            guard let items = heap.textItems(current) else {
                throw file.damaged(
                    "it holds \(Self.kind(of: root)), not a state dictionary",
                    explanation: "A dictionary from parameter names to tensors was expected.",
                    remedy: "Save one with torch.save(model.state_dict(), 'weights.pt').")
            }
            let tensors = items.compactMap { key, value -> (name: String, tensor: PickleHeap.Tensor)? in
                guard case .tensor(let index) = value else { return nil }
                return (key, heap.tensors[index])
            }
            // Known names come before the tensors beside them: a training record may well keep its best accuracy as a
            // tensor, and a state dictionary has no dictionary inside.
            let depth = Self.nestingLimit - nesting.count
            let nested = items.filter { Self.mayHoldTensors($0.value, heap, depth: depth, &answers) }
            if let known = Self.knownKeys.lazy.compactMap({ key in nested.first { $0.key == key } }).first {
                nesting.append(known.key)
                current = known.value
            } else if !tensors.isEmpty {
                self.nesting = nesting
                self.tensors = tensors
                return
            } else if nested.count == 1 {
                nesting.append(nested[0].key)
                current = nested[0].value
            } else {
                let keys = items.prefix(12).map { "'\($0.key)'" }.joined(separator: ", ")
                throw file.damaged(
                    nested.isEmpty ? "it holds no tensors" : "it is not clear which of its dictionaries holds the weights",
                    explanation:
                        "Its keys: \(keys.isEmpty ? "none" : keys)\(items.count > 12 ? " and \(items.count - 12) more" : "").",
                    remedy: "Save the weights alone with torch.save(model.state_dict(), 'weights.pt').")
            }
        }
    }

    /// A dictionary, by its place in the heap, and how much deeper to look.
    private struct Question: Hashable {
        let dictionary: Int
        let depth: Int
    }

    /// Whether `value` is a dictionary with a tensor under a text key, directly or in a dictionary of a known name at most
    /// `depth` deep. Each dictionary is looked through once for a depth, however often it is referred to.
    private static func mayHoldTensors(_ value: PickleValue, _ heap: PickleHeap, depth: Int, _ answers: inout [Question: Bool])
        -> Bool
    {
        guard depth > 0, case .dictionary(let index) = value else { return false }
        let question = Question(dictionary: index, depth: depth)
        if let answer = answers[question] { return answer }
        let answer = heap.dictionaries[index].contains { key, value in
            guard case .string(let key) = key else { return false }
            if case .tensor = value { return true }
            // Only known names are followed further: an optimiser keeps tensors below numbers, a scheduler anywhere.
            return knownKeys.contains(key) && mayHoldTensors(value, heap, depth: depth - 1, &answers)
        }
        answers[question] = answer
        return answer
    }

    private static func kind(of value: PickleValue) -> String {
        switch value {
        case .none: "nothing"
        case .boolean, .integer, .longInteger, .float: "a number"
        case .string, .bytes: "text"
        case .tuple, .list: "a list"
        case .dictionary: "a dictionary"
        case .global: "the name of a class"
        case .storage: "a storage"
        case .tensor: "a single tensor"
        case .object: "an object"
        }
    }
}
