import Diagnostics

/// A module that was pickled whole (`torch.save(model)`), read as data: what `state_dict()` would list, without the code of its classes.
struct PickledModule {
    /// The name of its class, such as `torchvision.models.resnet.ResNet`; nil where the pickle makes that itself.
    let className: String?
    /// Parameters and buffers in the order of `state_dict()`: a module's own first, then those of its parts, depth first.
    let tensors: [(name: String, tensor: PickleHeap.Tensor)]

    private static let depthLimit = 64
    /// Modules and entries that are looked at: parts may be shared, and a hostile file shares them exponentially.
    private static let countLimit = 1_000_000

    /// Whether `value` is a module: an object with parts and parameters.
    static func isModule(_ value: PickleValue, _ heap: PickleHeap) -> Bool {
        if case .object(let index) = value { heap.objects[index].isModule } else { false }
    }

    /// - Throws: `Problem` if modules stand within modules too deep, or too many, to be a network.
    init(_ root: PickleValue, heap: PickleHeap, file: MappedFile) throws {
        var tensors: [(name: String, tensor: PickleHeap.Tensor)] = []
        var open: [(module: PickleValue, prefix: String, depth: Int)] = [(root, "", 0)]
        var count = 0
        while let (module, prefix, depth) = open.popLast() {
            let attributes = heap.textItems(module) ?? []
            func part(_ name: String) -> [(key: String, value: PickleValue)] {
                attributes.first { $0.key == name }.flatMap { heap.textItems($0.value) } ?? []
            }
            let own = part("_parameters") + part("_buffers"), children = part("_modules")
            count += 1 + attributes.count + own.count + children.count
            guard count <= Self.countLimit, depth <= Self.depthLimit else {
                throw file.damaged("it holds modules within modules deeper or more often than a network could need")
            }
            var transient: Set<String> = []
            if let names = attributes.first(where: { $0.key == "_non_persistent_buffers_set" })?.value {
                for case .string(let name) in heap.elements(names) ?? [] { transient.insert(name) }
            }
            for case (let name, .tensor(let index)) in own where !transient.contains(name) {
                tensors.append((prefix + name, heap.tensors[index]))
            }
            for (name, child) in children.reversed() where Self.isModule(child, heap) {
                guard prefix.utf8.count + name.utf8.count < PickleMachine.nameLimit else {
                    throw file.damaged("it holds a module with a name of absurd length")
                }
                open.append((child, prefix + name + ".", depth + 1))
            }
        }
        className = heap.className(root)
        self.tensors = tensors
    }
}
