import Tensors
import Testing

@testable import Network

@Suite struct InFrontTests {
    @Test func whatIsInFrontComesFirstAndNamesStay() throws {
        var graph = Graph()
        let stem = graph.add("stem", Rectifier(.relu), 0)
        graph.alias("body", stem)
        graph.add("sum", Sum(), stem, 0)
        let behind = graph.behind([("stem", Affine(scale: [2], shift: [1], axis: 0)), ("more", Affine(scale: [3], shift: [0], axis: 0))])
        #expect(behind.nodes.map(\.name) == ["input", "stem'", "more", "stem", "sum"])
        #expect(behind.nodes.last?.inputs == [3, 2])
        #expect(try behind.node(named: "body") == 3)
        #expect(graph.behind([]).nodes.map(\.name) == graph.nodes.map(\.name))
    }
}
