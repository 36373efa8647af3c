/// The containers, names, storages and tensors that a pickle made.
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
    var objectCount: Int { tuples.count + lists.count + dictionaries.count + globals.count + storageViews.count + tensors.count }

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

    /// The entries of a dictionary under text keys, a repeated key once, with its last value; nil for anything else.
    func textItems(_ value: PickleValue) -> [(key: String, value: PickleValue)]? {
        guard case .dictionary(let index) = value else { return nil }
        var items: [(key: String, value: PickleValue)] = []
        var places: [String: Int] = [:]
        for case (.string(let key), let value) in dictionaries[index] {
            if let place = places[key] {
                items[place].value = value
            } else {
                places[key] = items.count
                items.append((key, value))
            }
        }
        return items
    }
}
