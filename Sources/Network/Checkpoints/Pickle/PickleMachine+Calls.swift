import Diagnostics

/// The calls that state dictionaries and the training records around them are made of. To understand another, add its name
/// below and say what data it stands for; the results of all others are objects.
extension PickleMachine {
    /// The element types of storage classes and of `torch.dtype` names, both in the module `torch`.
    private static let elementTypes: [String: ElementType] = [
        "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "DoubleStorage": .float64,
        "CharStorage": .int8, "ShortStorage": .int16, "IntStorage": .int32, "LongStorage": .int64,
        "ByteStorage": .uint8, "BoolStorage": .bool, "UntypedStorage": .uint8,
        "ComplexFloatStorage": .complex64, "ComplexDoubleStorage": .complex128,
        "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "float64": .float64,
        "int8": .int8, "int16": .int16, "int32": .int32, "int64": .int64,
        "uint8": .uint8, "uint16": .uint16, "uint32": .uint32, "uint64": .uint64, "bool": .bool,
        "complex32": .complex32, "complex64": .complex64, "complex128": .complex128,
        "float8_e4m3fn": .float8e4m3, "float8_e5m2": .float8e5m2,
    ]

    /// What calling `function` with `arguments` stands for.
    /// - Throws: `Problem` naming the function if only an attack calls it, or if its arguments make no sense.
    mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
        // A tensor of a derived class, or with attributes, wraps the call that makes the plain tensor.
        var (function, arguments) = (function, arguments)
        for _ in 0..<Self.wrappingLimit {
            guard case (.global(let index), .tuple(let place)) = (function, arguments),
                Self.wrappingCalls.contains(heap.globals[index].description), heap.tuples[place].count >= 3,
                case .tuple = heap.tuples[place][2]
            else { break }
            (function, arguments) = (heap.tuples[place][0], heap.tuples[place][2])
        }
        guard case .tuple(let place) = arguments else { throw reader.damaged("calls a function without its arguments") }
        guard case .global(let index) = function else {
            guard case .object = function else { throw reader.damaged("calls something that is not a function") }
            return object(of: nil)
        }
        let global = heap.globals[index]
        let parts = heap.tuples[place]
        switch global.description {
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
            return try rebuildTensor(parts, elementType: nil)
        case "torch._utils._rebuild_tensor_v3":
            guard parts.count >= 7, case .global(let type) = parts[6] else {
                throw reader.damaged("describes a tensor without its type")
            }
            return try rebuildTensor(parts, elementType: try elementType(heap.globals[type]))
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
            "torch._utils._rebuild_device_tensor_from_cpu_tensor":
            guard let tensor = parts.first else { throw reader.damaged("describes a parameter without its tensor") }
            return tensor
        case "collections.OrderedDict", "collections.defaultdict", "collections.Counter":
            return try orderedDictionary(parts)
        case "torch.Size":
            guard let sizes = parts.first else { return arguments }
            return sizes
        case "builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset":
            guard let elements = parts.first, case .list = elements else { return object(of: index) }
            return elements
        default:
            guard !isRefused(global) else { throw refusal(calling: global) }
            return object(of: index)
        }
    }

    /// `(function, class, arguments, attributes)`: what Tensor's `__reduce_ex__` writes for derived classes.
    private static let wrappingCalls: Set<String> = ["torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type"]
    private static let wrappingLimit = 4

    /// A new object of a class.
    /// - Throws: `Problem` naming the class if only an attack makes objects of it.
    mutating func makeObject(_ type: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
        guard case .tuple(let place) = arguments else { throw reader.damaged("makes an object without its arguments") }
        guard case .global(let index) = type else {
            guard case .object = type else { throw reader.damaged("makes an object of something that is not a class") }
            return object(of: nil)
        }
        let global = heap.globals[index]
        let name = global.description
        if name == "collections.OrderedDict" || name == "collections.Counter" { return try orderedDictionary(heap.tuples[place]) }
        if name == "torch.Size" { return heap.tuples[place].first ?? arguments }
        guard !isRefused(global) else { throw refusal(building: global) }
        return object(of: index)
    }

    private mutating func object(of type: Int?) -> PickleValue {
        heap.objects.append(PickleHeap.Object(type: type))
        return .object(heap.objects.count - 1)
    }

    /// Gives an object its state. Attributes of others, such as a state dictionary's `_metadata`, are of no interest.
    mutating func build(_ object: PickleValue, _ state: PickleValue) throws {
        guard case .object(let index) = object else { return }
        heap.objects[index].state = state
        for place in heap.dictionaries(of: object) {
            try charge(heap.dictionaries[place].count)
            heap.objects[index].isModule =
                heap.objects[index].isModule
                || heap.dictionaries[place].contains { key, _ in
                    if case .string("_parameters") = key { true } else if case .string("_modules") = key { true } else { false }
                }
        }
    }

    /// The storage that a persistent id describes: `('storage', class, key, location, count)`, in old files with a
    /// sixth element, a view `(key, offset, count)` or None.
    mutating func storage(described description: PickleValue) throws -> PickleValue {
        guard case .tuple(let place) = description, let first = heap.tuples[place].first, case .string(let kind) = first else {
            throw reader.damaged("refers to something outside that is not a storage")
        }
        let parts = heap.tuples[place]
        // Old files keep a module's source code beside its class.
        if kind == "module", parts.count > 1, case .global = parts[1] { return parts[1] }
        guard kind == "storage", parts.count >= 5,
            case (.global(let type), .string(let key), .integer(let count)) = (parts[1], parts[2], parts[4]),
            count >= 0, key.utf8.count <= Self.nameLimit
        else {
            throw reader.damaged("refers to something outside that is not a storage")
        }
        let elementType = try elementType(heap.globals[type])
        guard let index = heap.index(of: PickleHeap.Storage(key: key, elementType: elementType, elementCount: count)) else {
            throw reader.damaged("describes the storage '\(key)' in two ways")
        }
        var window = 0..<count
        if parts.count > 5, let view = heap.elements(parts[5]) {
            guard view.count == 3, case (.integer(let offset), .integer(let size)) = (view[1], view[2]),
                offset >= 0, size >= 0, offset <= count, size <= count - offset
            else {
                throw reader.damaged("describes a view outside the storage '\(key)'")
            }
            window = offset..<offset + size
        }
        heap.storageViews.append((index, window))
        return .storage(heap.storageViews.count - 1)
    }

    private func elementType(_ global: PickleHeap.Global) throws -> ElementType {
        let isTorch = global.module == "torch" || global.module == "torch.cuda" || global.module == "torch.storage"
        guard isTorch, let type = Self.elementTypes[global.name] else {
            throw reader.file.damaged(
                "it holds tensors of the type `\(global.description)`",
                explanation:
                    "Weights are read from float32, float16, bfloat16, float64, integers and booleans; quantised tensors are not read.",
                remedy: "Convert the model to float32 and save its state dictionary again.")
        }
        return type
    }

    /// `(storage, offset, size, stride, ...)`: offset and strides in elements.
    private mutating func rebuildTensor(_ arguments: [PickleValue], elementType: ElementType?) throws -> PickleValue {
        guard arguments.count >= 4, case (.storage(let view), .integer(let offset)) = (arguments[0], arguments[1]),
            let dimensions = heap.integers(arguments[2]), let strides = heap.integers(arguments[3])
        else {
            throw reader.damaged("describes a tensor in an unknown way")
        }
        let (storage, window) = heap.storageViews[view]
        // Version 2 ends in the view's notes, version 3 in the type and the notes.
        let notes = arguments.dropFirst(elementType == nil ? 6 : 7).first
        heap.tensors.append(
            PickleHeap.Tensor(
                storage: storage, elementType: elementType ?? heap.storages[storage].elementType, offset: offset,
                dimensions: dimensions, strides: strides, window: window, isNegated: isNegated(notes)))
        return .tensor(heap.tensors.count - 1)
    }

    /// Whether a tensor's notes, `{'conj': ..., 'neg': ...}` where either is set, say that the stored values have the other sign.
    private func isNegated(_ notes: PickleValue?) -> Bool {
        guard let notes, case .dictionary(let index) = notes, heap.dictionaries[index].count <= 8 else { return false }
        let item = heap.textItems(notes)?.first { $0.key == "neg" }
        if case .boolean(true)? = item?.value { return true }
        return false
    }

    /// No arguments, a list of pairs (Python 2), a dictionary (Counter), or a function for missing values (defaultdict).
    private mutating func orderedDictionary(_ arguments: [PickleValue]) throws -> PickleValue {
        var items: [(key: PickleValue, value: PickleValue)] = []
        if let first = arguments.first {
            if case .dictionary(let index) = first {
                items = heap.dictionaries[index]
                try charge(items.count)
            } else if let pairs = heap.elements(first) {
                try charge(pairs.count)
                for pair in pairs {
                    guard let parts = heap.elements(pair), parts.count == 2 else {
                        throw reader.damaged("makes a dictionary of something that is not pairs")
                    }
                    items.append((try checkedKey(parts[0]), parts[1]))
                }
            }
        }
        heap.dictionaries.append(items)
        return .dictionary(heap.dictionaries.count - 1)
    }
}
