import Diagnostics

/// The calls that state dictionaries and the training records around them are made of. To admit another, add its name
/// below and say what data it stands for.
extension PickleMachine {
    /// Objects of these classes may stand beside the weights; what they hold is not looked at.
    private static let bystanders: Set<String> = [
        "argparse.Namespace", "types.SimpleNamespace",
        "numpy.dtype", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
        "_codecs.encode",
        "__builtin__.set", "builtins.set", "__builtin__.frozenset", "builtins.frozenset", "__builtin__.complex",
        "builtins.complex",
        "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath", "pathlib.PureWindowsPath",
        "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
        "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta",
        "torch.device", "torch.serialization._get_layout",
    ]

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
    /// - Throws: `Problem` naming the function if it is none of those known here.
    mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
        guard case .global(let index) = function, case .tuple(let place) = arguments else {
            throw reader.damaged("calls something that is not a function")
        }
        let global = heap.globals[index]
        let arguments = heap.tuples[place]
        switch global.description {
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
            return try rebuildTensor(arguments, elementType: nil)
        case "torch._utils._rebuild_tensor_v3":
            guard arguments.count >= 7, case .global(let type) = arguments[6] else {
                throw reader.damaged("describes a tensor without its type")
            }
            return try rebuildTensor(arguments, elementType: try elementType(heap.globals[type]))
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
            guard case .tensor? = arguments.first else { throw reader.damaged("describes a parameter without its tensor") }
            return arguments[0]
        case "collections.OrderedDict", "collections.defaultdict", "collections.Counter":
            return try orderedDictionary(arguments)
        case "torch.Size":
            guard let sizes = arguments.first else { return arguments.isEmpty ? .tuple(place) : .none }
            return sizes
        case let name where Self.bystanders.contains(name):
            return .object(index)
        default:
            throw refusal(calling: global)
        }
    }

    /// A new object of a class. One of an unknown class is kept as a bare name until its content shows what it is.
    mutating func makeObject(_ type: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
        guard case .global(let index) = type, case .tuple(let place) = arguments else {
            throw reader.damaged("makes an object of something that is not a class")
        }
        let name = heap.globals[index].description
        if name == "collections.OrderedDict" || name == "collections.Counter" { return try orderedDictionary(heap.tuples[place]) }
        if name == "torch.Size" { return heap.tuples[place].first ?? .tuple(place) }
        if !Self.bystanders.contains(name), foreignClass == nil { foreignClass = index }
        return .object(index)
    }

    /// Gives an object its state: of no interest here, except that it tells a module by its parts.
    mutating func build(_ object: PickleValue, _ state: PickleValue) throws {
        switch object {
        case .object:
            guard let foreignClass, case .dictionary(let place) = state else { return }
            try charge(heap.dictionaries[place].count)
            guard let items = heap.textItems(state) else { return }
            if items.contains(where: { $0.key == "_modules" || $0.key == "_parameters" }) { throw wholeModule(foreignClass) }
        case .dictionary, .tensor: break  // attributes, such as a state dictionary's `_metadata`
        default: throw reader.damaged("gives a state to something that has none")
        }
    }

    /// The storage that a persistent id describes: `('storage', class, key, location, count)`, in old files with a
    /// sixth element, a view `(key, offset, count)` or None.
    mutating func storage(described description: PickleValue) throws -> PickleValue {
        guard case .tuple(let place) = description, let first = heap.tuples[place].first, case .string(let kind) = first else {
            throw reader.damaged("refers to something outside that is not a storage")
        }
        let parts = heap.tuples[place]
        if kind == "module", parts.count > 1, case .global(let index) = parts[1] { throw wholeModule(index) }
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
        heap.tensors.append(
            PickleHeap.Tensor(
                storage: storage, elementType: elementType ?? heap.storages[storage].elementType, offset: offset,
                dimensions: dimensions, strides: strides, window: window))
        return .tensor(heap.tensors.count - 1)
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
