import Foundation
import Network

/// Where the tokens of one attention stand, as far as its heads are measured.
struct HeadGeometry: Sendable {
    let attention: AttentionLayer
    /// Windows x queries: those that are measured. Places, where there are any; all otherwise.
    let measures: [Bool]
    /// True where places look at places.
    let hasDistances: Bool
    /// Windows x queries x keys: the distance in pixels; 0 where either is no place.
    let distances: [Float]
    /// Windows x keys: 1 for places, 0 for others.
    let isPlace: [Float]
    /// Learned tokens by name, and windows x keys: which of them a key is; -1 for none.
    let tokens: [String]
    let token: [Int]
    /// Windows x queries: the key in the same window that is the query itself; nil where there is none.
    let hasItself: Bool
    /// The query whose look is drawn, and its token; nil for the mean of all measured.
    let looker: (query: Int, token: String)?
    /// Rows and columns of places: centres in pixels, rising.
    let rows: [Float]
    let columns: [Float]
    /// Windows x keys: the place's number in the grid of rows and columns; -1 where there is none.
    let cell: [Int]

    init(_ attention: AttentionLayer, _ places: TokenPlaces) {
        self.attention = attention
        let isPlaceQuery = places.queries.map(\.isPlace), isPlaceKey = places.keys.map(\.isPlace)
        let anyPlace = isPlaceQuery.contains(true)
        measures = anyPlace ? isPlaceQuery : isPlaceQuery.map { _ in true }
        hasDistances = anyPlace && isPlaceKey.contains(true)
        isPlace = isPlaceKey.map { $0 ? 1 : 0 }
        hasItself = attention.queries == attention.keys && zip(places.queries, places.keys).allSatisfy { $0.isNear($1) }
        var names: [String] = []
        token = places.keys.map { key in
            guard case .learned(let name) = key else { return -1 }
            if let known = names.firstIndex(of: name) { return known }
            names.append(name)
            return names.count - 1
        }
        tokens = names
        looker = attention.windows > 1
            ? nil
            : places.queries.enumerated().lazy.compactMap { number, query -> (query: Int, token: String)? in
                if case .learned(let name) = query { (number, name) } else { nil }
            }.first
        var distances = [Float](repeating: 0, count: hasDistances ? places.queries.count * attention.keys : 0)
        if hasDistances {
            for (query, from) in places.queries.enumerated() {
                guard case .place(let row, let column) = from else { continue }
                let window = query / attention.queries
                for key in 0..<attention.keys {
                    guard case .place(let otherRow, let otherColumn) = places.keys[window * attention.keys + key] else { continue }
                    let (down, across) = (otherRow - row, otherColumn - column)
                    distances[query * attention.keys + key] = (down * down + across * across).squareRoot()
                }
            }
        }
        self.distances = distances
        func levels(_ values: [Float]) -> [Float] {
            // Rounding aside.
            values.sorted().reduce(into: []) { known, value in if known.last.map({ value - $0 > 1e-2 }) ?? true { known.append(value) } }
        }
        let all = places.keys.compactMap(\.centre)
        let rows = levels(all.map(\.row)), columns = levels(all.map(\.column))
        self.rows = rows
        self.columns = columns
        func level(_ value: Float, _ levels: [Float]) -> Int { levels.firstIndex { abs($0 - value) <= 1e-2 } ?? 0 }
        cell = places.keys.map { key in
            guard let (row, column) = key.centre else { return -1 }
            return level(row, rows) * columns.count + level(column, columns)
        }
    }

    /// Of queries that look at all keys alike.
    var uniform: (distance: Float?, entropy: Float) {
        let (queries, keys) = (attention.queries, attention.keys)
        var sum = 0.0, count = 0
        for query in measures.indices where measures[query] && hasDistances {
            let window = query / queries
            let seen = isPlace[window * keys..<(window + 1) * keys].reduce(0, +)
            guard seen > 0 else { continue }
            sum += Double(distances[query * keys..<(query + 1) * keys].reduce(0, +) / seen)
            count += 1
        }
        return (count > 0 ? Float(sum / Double(count)) : nil, log(Float(keys)))
    }
}

extension TokenPlaces.Token {
    fileprivate var centre: (row: Float, column: Float)? {
        if case .place(let row, let column) = self { (row, column) } else { nil }
    }

    fileprivate var isPlace: Bool { centre != nil }

    /// The same, but for rounding.
    fileprivate func isNear(_ other: Self) -> Bool {
        guard let centre, let place = other.centre else { return self == other }
        return abs(centre.row - place.row) + abs(centre.column - place.column) <= 1e-2
    }
}
