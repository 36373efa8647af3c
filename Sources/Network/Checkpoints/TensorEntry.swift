import Diagnostics
public import Tensors

/// A named tensor of a checkpoint as it is stored: shape and number format, without the values.
public struct TensorEntry: Sendable {
    /// The name within the state dictionary, without the checkpoint's common prefix.
    public let name: String
    public let shape: Shape
    public let elementType: ElementType

    let storage: TensorStorage
    /// The first element's place in the storage, in elements.
    let offset: Int
    /// Distances between neighbours along each axis, in elements. Not negative; 0 for an expanded axis.
    let strides: [Int]
    /// Whether the values are the stored ones with the other sign.
    let isNegated: Bool

    /// The most axes that a tensor has in PyTorch and NumPy.
    static let rankLimit = 64
    /// A tensor with expanded axes may have more elements than its storage, but no more than this many: 64 MB as float32.
    static let expansionLimit = 1 << 24

    /// A view of `storage`, checked: it stays within the storage, and making its values needs no more memory than the
    /// storage's own size or 64 MB.
    /// - Throws: `Problem` naming the tensor.
    init(
        name: String, dimensions: [Int], strides: [Int], offset: Int, storage: TensorStorage, isNegated: Bool = false
    ) throws {
        func refuse(_ what: String) -> Problem { storage.file.damaged("tensor '\(name)' \(what)") }

        guard dimensions.count <= Self.rankLimit, strides.count == dimensions.count else {
            throw refuse("has \(dimensions.count) axes and \(strides.count) strides")
        }
        guard dimensions.allSatisfy({ $0 >= 0 }) else { throw refuse("has a negative extent: \(dimensions)") }
        guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else {
            throw refuse("has a negative offset or stride: \(offset), \(strides)")
        }
        guard let count = Self.elementCount(dimensions) else { throw refuse("has an impossible shape: \(dimensions)") }
        if count > 0 {
            var last = offset
            for (extent, stride) in zip(dimensions, strides) {
                let (span, multiplied) = (extent - 1).multipliedReportingOverflow(by: stride)
                let (sum, added) = last.addingReportingOverflow(span)
                guard !multiplied, !added else { throw refuse("reaches past the end of its storage") }
                last = sum
            }
            guard last < storage.elementCount else {
                throw refuse("needs \(last == .max ? last : last + 1) elements of its storage, which has \(storage.elementCount)")
            }
            guard count <= max(storage.elementCount, Self.expansionLimit) else {
                throw refuse("of shape \(Shape(dimensions)) is expanded from only \(storage.elementCount) stored elements")
            }
        }
        self.name = name
        self.shape = Shape(dimensions)
        self.elementType = storage.elementType
        self.storage = storage
        self.offset = offset
        self.strides = strides
        self.isNegated = isNegated
    }

    /// A view as a pickle describes it, checked.
    /// - Throws: `Problem` naming the tensor.
    init(name: String, _ tensor: PickleHeap.Tensor, in storage: TensorStorage) throws {
        // Old files cut windows out of storages; offsets count from the window's start.
        guard tensor.window.isEmpty || tensor.window.upperBound <= storage.elementCount else {
            throw storage.file.damaged("tensor '\(name)' uses a view outside its storage")
        }
        let isWhole = tensor.window == 0..<storage.elementCount
        var storage = storage
        if !isWhole || tensor.elementType != storage.elementType { storage = storage.view(tensor.window, as: tensor.elementType) }
        try self.init(
            name: name, dimensions: tensor.dimensions, strides: tensor.strides, offset: tensor.offset, storage: storage,
            isNegated: tensor.isNegated)
    }

    /// The same tensor under another name.
    init(_ entry: TensorEntry, name: String) {
        self.name = name
        shape = entry.shape
        elementType = entry.elementType
        storage = entry.storage
        offset = entry.offset
        strides = entry.strides
        isNegated = entry.isNegated
    }

    /// The product of the extents; nil if it overflows, even when a zero extent would hide that.
    static func elementCount(_ dimensions: [Int]) -> Int? {
        var product = 1
        for extent in dimensions where extent != 0 {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            product = next
        }
        return dimensions.contains(0) ? 0 : product
    }

    /// The strides of a row-major tensor, last axis fastest. The extents' product is known not to overflow.
    static func rowMajorStrides(_ dimensions: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: dimensions.count)
        for axis in dimensions.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(1, dimensions[axis + 1]) }
        return strides
    }
}
