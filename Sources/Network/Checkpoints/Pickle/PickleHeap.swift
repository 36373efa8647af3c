/// The containers, names, storages, tensors and objects that a pickle made.
struct PickleHeap {
    /// A class or function as the pickle names it.
    struct Global: Hashable {
        let module: String
        let name: String
        var description: String { "\(module).\(name)" }
    }

    /// A storage as a persistent id describes it. Where its bytes are is the file format's matter.
    struct Storage: Equatable {
        let key: String
        let elementType: ElementType
        let elementCount: Int
    }

    struct Tensor {
        let storage: Int
        let elementType: ElementType
        /// In elements, from the start of the storage.
        let offset: Int
        let dimensions: [Int]
        let strides: [Int]
        /// The part of the storage that the tensor may use, in elements: the whole, or a view in old files.
        let window: Range<Int>
        /// Whether the values are the storage's with the other sign: a lazy view, such as `.imag` of a conjugate.
        var isNegated = false
    }

    /// An object of any class, as data.
    struct Object {
        /// The index of its class, or of the function whose result it is; nil where the pickle makes that itself.
        let type: Int?
        /// Its attributes, as Python's `__setstate__` would get them.
        var state: PickleValue?
        /// The index of the dictionary of what was set by key, for classes derived from `dict`.
        var items: Int?
        /// Whether the state is that of a module, which has parameters and parts.
        var isModule = false
    }

    var tuples: [[PickleValue]] = []
    var lists: [[PickleValue]] = []
    /// In the order of insertion; a repeated key stands twice, and the later value counts.
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    private(set) var globals: [Global] = []
    var storages: [Storage] = []
    /// For each storage value: the storage's index and the part of it that is meant.
    var storageViews: [(storage: Int, window: Range<Int>)] = []
    var tensors: [Tensor] = []
    var objects: [Object] = []
    private var globalIndices: [Global: Int] = [:]
    private var storageIndices: [String: Int] = [:]

    mutating func index(of global: Global) -> Int {
        if let index = globalIndices[global] { return index }
        globals.append(global)
        globalIndices[global] = globals.count - 1
        return globals.count - 1
    }

    /// The index of `storage`, which is added at its first mention; nil if an earlier mention contradicts it.
    mutating func index(of storage: Storage) -> Int? {
        if let index = storageIndices[storage.key] { return storages[index] == storage ? index : nil }
        storages.append(storage)
        storageIndices[storage.key] = storages.count - 1
        return storages.count - 1
    }

    func storageIndex(key: String) -> Int? { storageIndices[key] }

    /// The number of containers and objects, which is what memory is bounded by.
    var objectCount: Int {
        tuples.count + lists.count + dictionaries.count + globals.count + storageViews.count + tensors.count + objects.count
    }

    /// The name of an object's class; nil for anything else, or where it is not known.
    func className(_ value: PickleValue) -> String? {
        guard case .object(let index) = value else { return nil }
        return objects[index].type.map { globals[$0].description }
    }

    /// The elements of a tuple or list; nil for anything else.
    func elements(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .tuple(let index): tuples[index]
        case .list(let index): lists[index]
        default: nil
        }
    }

    /// The elements of a tuple or list of whole numbers, as many as a tensor may have axes; nil for anything else.
    func integers(_ value: PickleValue) -> [Int]? {
        guard let elements = elements(value), elements.count <= TensorEntry.rankLimit else { return nil }
        var integers: [Int] = []
        for element in elements {
            guard case .integer(let integer) = element else { return nil }
            integers.append(integer)
        }
        return integers
    }

    /// The dictionaries that a value consists of: itself, or what an object holds by key and its attributes (of a pair, as objects
    /// with `__slots__` have it, the first part). Empty for anything else.
    func dictionaries(of value: PickleValue) -> [Int] {
        switch value {
        case .dictionary(let index): return [index]
        case .object(let index):
            var parts = objects[index].items.map { [$0] } ?? []
            switch objects[index].state {
            case .dictionary(let state): parts.append(state)
            case .tuple(let pair): if case .dictionary(let state)? = tuples[pair].first { parts.append(state) }
            default: break
            }
            return parts
        default: return []
        }
    }

    /// The entries of a dictionary or the attributes of an object under text keys, a repeated key once, with its last value; nil for
    /// anything else.
    func textItems(_ value: PickleValue) -> [(key: String, value: PickleValue)]? {
        let parts = dictionaries(of: value)
        guard !parts.isEmpty else { return nil }
        var items: [(key: String, value: PickleValue)] = []
        var places: [String: Int] = [:]
        for part in parts {
            for case (.string(let key), let value) in dictionaries[part] {
                if let place = places[key] {
                    items[place].value = value
                } else {
                    places[key] = items.count
                    items.append((key, value))
                }
            }
        }
        return items
    }
}
