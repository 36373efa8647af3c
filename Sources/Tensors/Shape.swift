/// The extents of a tensor, outermost first: `N x C x H x W` for images and feature maps.
public struct Shape: Sendable, Hashable, Codable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The extents, outermost first. Never negative.
    public let dimensions: [Int]

    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "extents are not negative")
        self.dimensions = dimensions
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// The number of elements: the product of the extents, 1 for a scalar.
    public var count: Int { dimensions.reduce(1, *) }
    public var rank: Int { dimensions.count }
    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The same extents as a feature map, C x H x W: a vector of C values is a map of one position. Nil for other ranks.
    public var map: Shape? {
        switch rank {
        case 1: [dimensions[0], 1, 1]
        case 3: self
        default: nil
        }
    }

    /// True for C and C x 1 x 1.
    public var isVector: Bool { rank == 1 || (rank == 3 && dimensions[1] == 1 && dimensions[2] == 1) }

    /// The axis that counts channels where nothing else is known: the first of a map or a vector, the last of tokens (L x C).
    public var conventionalChannelAxis: Int { rank == 1 || rank == 3 ? 0 : max(0, rank - 1) }

    /// The extents joined as a paper writes them: `64 x 3 x 7 x 7`.
    public var description: String {
        dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: " x ")
    }

    public init(from decoder: any Decoder) throws {
        let dimensions = try decoder.singleValueContainer().decode([Int].self)
        guard dimensions.allSatisfy({ $0 >= 0 }) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a shape has no negative extents: \(dimensions)"))
        }
        self.dimensions = dimensions
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(dimensions)
    }
}
