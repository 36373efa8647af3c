import Tensors
import Testing

@testable import Network

struct GraphTests {
    private static func graph() -> Graph {
        let pointwise = Convolution(weights: Tensor(zeros: [3, 3, 1, 1]), padding: .symmetric(0))
        var graph = Graph()
        let a = graph.add("a", pointwise, 0)
        let b = graph.add("b", Rectifier(.relu), a)
        let c = graph.add("c", pointwise, b)
        let d = graph.add("d", Sum(), b, c)
        graph.alias("stage1", b)
        graph.alias("stage2", d)
        graph.add("e", GlobalAveragePooling(), d)
        return graph
    }

    @Test func namesComeInTheOrderOfExecutionAliasesBehindTheirNode() throws {
        let graph = Self.graph()
        #expect(graph.layerNames == ["a", "b", "stage1", "c", "d", "stage2", "e"])
        #expect(try graph.node(named: "stage1") == graph.node(named: "b"))
        #expect(try graph.node(named: "input") == 0)
    }

    @Test func whatAFileSpellsOtherwiseGoesByItsNodesName() throws {
        var graph = Self.graph()
        graph.addSynonym("stage/1", 2)
        for (name, own) in [("stage/1", "b"), ("stage1", "stage1"), ("b", "b")] {
            #expect(graph.ownName(of: name, try graph.node(named: name)) == own)
        }
    }

    @Test func consumersAreThoseThatReadANode() {
        #expect(Self.graph().consumers == [[1], [2], [3, 4], [4], [5], []])
    }

    @Test func aCutKeepsWhatIsNeededAndItsAliases() throws {
        let graph = try Self.graph().cut(to: ["stage1"])
        #expect(graph.nodes.map(\.name) == ["input", "a", "b"])
        #expect(graph.aliases == ["stage1"])
        let whole = try Self.graph().cut(to: ["a", "e"])
        #expect(whole.layerNames == Self.graph().layerNames)
    }

    @Test func shapesFollowTheOperations() throws {
        #expect(try Self.graph().shapes(input: [3, 4, 5]) == [[3, 4, 5], [3, 4, 5], [3, 4, 5], [3, 4, 5], [3, 4, 5], [3, 1, 1]])
    }
}
