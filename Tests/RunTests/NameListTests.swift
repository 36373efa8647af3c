import Diagnostics
import Testing

@Suite struct NameListTests {
    @Test func `a list says how many it leaves out`() {
        #expect([String]().listed() == "" && ["a"].listed() == "a")
        #expect(["a", "b", "c", "d", "e"].listed() == "a, b, c, d, e")
        #expect(["a", "b", "c", "d", "e", "f", "g"].listed() == "a, b, c, d, e and 2 more")
        #expect(["a", "b", "c"].listed(first: 1, separator: "; ") == "a and 2 more")
    }
}
