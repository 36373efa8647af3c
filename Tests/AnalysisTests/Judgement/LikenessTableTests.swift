import Foundation
import Testing

@testable import Analysis

struct LikenessTableTests {
    private struct Golden: Decodable {
        var vectors: [[Float]]
        var clarity: Double
        var polysemanticity: Double
    }

    @Test func `clarity and polysemanticity are SemanticLens's`() throws {
        let golden = try goldenFile("clarity", as: [Golden].self)
        #expect(golden.count == 6)
        for own in golden {
            let table = LikenessTable(own.vectors)
            #expect(abs(table.clarity(of: Array(0..<table.count)) - own.clarity) < 1e-5, "\(own.vectors.count)")
            #expect(abs(table.polysemanticity - own.polysemanticity) < 1e-5, "\(own.vectors.count): \(table.polysemanticity), \(own.polysemanticity)")
        }
    }

    @Test func knownAnswers() {
        func unit(_ axis: Int, _ sign: Float = 1) -> [Float] { (0..<4).map { $0 == axis ? sign : 0 } }
        let same = LikenessTable(Array(repeating: unit(0, 3), count: 5))
        #expect(same.clarity(of: Array(0..<5)) == 1 && abs(same.polysemanticity) < 1e-12)
        // Two groups of five at right angles: of 90 ordered pairs the 40 within a group agree.
        let two = LikenessTable((0..<10).map { unit($0 % 2) })
        #expect(abs(two.clarity(of: Array(0..<10)) - 4 / 9) < 1e-12 && abs(two.polysemanticity - 1) < 1e-12)
        #expect(two.clusters() == ([0, 2, 4, 6, 8], [1, 3, 5, 7, 9]))
        let opposite = LikenessTable((0..<10).map { unit(0, $0 < 5 ? 1 : -1) })
        #expect(abs(opposite.polysemanticity - 2) < 1e-12 && abs(opposite.clarity(of: Array(0..<10)) + 1 / 9) < 1e-12)
        // What is nothing is like nothing.
        let empty = LikenessTable([[0, 0], [0, 0], [.nan, 1]])
        #expect(empty.clarity(of: [0, 1, 2]) == 0 && empty.polysemanticity == 1)
    }
}
