import Diagnostics
import Network
import Relevance
import Testing

/// One line for each composite: its name, and whether it conserves on networks without biases.
@Suite struct CompositeTests {
    @Test func namesAreDistinctAndFound() throws {
        let names = Composite.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(try Composite.named(name).name == name) }
    }

    @Test func aWrongNameOffersTheNearest() {
        #expect {
            _ = try Composite.named("epsilon-plus-flt")
        } throws: { error in
            (error as? Problem)?.explanation?.contains("epsilon-plus-flat") == true
        }
    }
}
