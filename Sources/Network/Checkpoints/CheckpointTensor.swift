import Tensors

/// A tensor as a network takes it from a checkpoint: stored under its name, or computed from others.
struct CheckpointTensor: Sendable {
    enum Source: Sendable {
        case stored(TensorEntry)
        case computed(any ComputedTensor)
    }

    let name: String
    let source: Source

    init(_ entry: TensorEntry) {
        name = entry.name
        source = .stored(entry)
    }

    init(name: String, computed: any ComputedTensor) {
        self.name = name
        source = .computed(computed)
    }

    /// The same tensor under another name.
    func renamed(_ name: String) -> CheckpointTensor {
        switch source {
        case .stored(let entry): CheckpointTensor(TensorEntry(entry, name: name))
        case .computed(let tensor): CheckpointTensor(name: name, computed: tensor)
        }
    }

    var entry: TensorEntry? { if case .stored(let entry) = source { entry } else { nil } }
    var computed: (any ComputedTensor)? { if case .computed(let tensor) = source { tensor } else { nil } }

    var shape: Shape {
        switch source {
        case .stored(let entry): entry.shape
        case .computed(let tensor): tensor.shape
        }
    }

    func values() throws -> Tensor {
        switch source {
        case .stored(let entry): try entry.values()
        case .computed(let tensor): try tensor.values()
        }
    }

    func hasNonFiniteValue() throws -> Bool {
        switch source {
        case .stored(let entry): try entry.hasNonFiniteValue()
        case .computed(let tensor): try tensor.values().hasNonFinite
        }
    }
}
