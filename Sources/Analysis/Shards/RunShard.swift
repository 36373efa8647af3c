/// One of the equal parts that a run's work is divided into, for a process of its own: `3/8` is the third of eight.
public struct RunShard: Codable, Sendable, Hashable, CustomStringConvertible {
    /// From 1 to `count`.
    public let number: Int
    public let count: Int

    /// Shards of a run, at most.
    public static let most = 10_000

    /// Nil where there is no such shard.
    public init?(_ number: Int, of count: Int) {
        guard (1...Self.most).contains(count), (1...count).contains(number) else { return nil }
        self.number = number
        self.count = count
    }

    /// As `description` has it; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else { return nil }
        self.init(number, of: count)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let shard = RunShard(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no shard such as 3/8")
        }
        self = shard
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String { "\(number)/\(count)" }

    /// Every `count`th of `items`, from the `number`th on: neighbours cost alike, and are shared out evenly.
    public func share<Item>(of items: [Item]) -> [Item] { stride(from: number - 1, to: items.count, by: count).map { items[$0] } }
}
