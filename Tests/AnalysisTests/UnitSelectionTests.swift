import Diagnostics
import Testing

@testable import Analysis

struct UnitSelectionTests {
    private static let layers = ["layer1", "layer2.0"]

    @Test(arguments: [
        ("all", [0, 1, 2, 3, 4]), ("none", []), ("3", [3]), ("1-3", [1, 2, 3]), ("4,0, 2", [0, 2, 4]), ("1-2,2-3", [1, 2, 3]),
        ("layer1:2", [2]), ("layer1:all", [0, 1, 2, 3, 4]), ("layer2.0:1", []), ("layer1:0-1,layer2.0:4,3", [0, 1, 3]),
        ("layer1:none,layer1:4", [4]), ("0-0", [0]),
    ] as [(String, [Int])])
    func selectsUnits(_ text: String, expected: [Int]) throws {
        #expect(try UnitSelection(text).units(of: "layer1", count: 5, among: Self.layers) == expected)
    }

    @Test(arguments: [
        ("5", "no unit 5"), ("0-7", "no unit 7"), ("x", "“x” does not select units"), ("3-1", "“3-1”"), ("-1", "“-1”"),
        ("1-2-3", "“1-2-3”"), ("layer9:1", "“layer9”"), ("layer1:", "“”"), ("1.5", "“1.5”"), ("99999999999999999999", "does not select"),
    ])
    func saysWhatIsWrong(_ text: String, words: String) throws {
        let problem = try #require(throws: Problem.self) {
            try UnitSelection(text).units(of: "layer1", count: 5, among: Self.layers)
        }
        #expect(problem.kind == .usage && problem.summary.contains(words), "\(problem)")
    }

    @Test(arguments: ["", ",", ",,"])
    func nothingIsNoSelection(_ text: String) {
        #expect(throws: Problem.self) { try UnitSelection(text) }
    }

    @Test(arguments: [
        ("all", [0, 1, 2, 3]), ("none", []), ("2", [2]), ("cat,1-2", [0, 1, 2]), ("polar bear", [2]), ("3: odd", [3]),
    ] as [(String, [Int])])
    func selectsClassesByNumberAndName(_ text: String, expected: [Int]) throws {
        #expect(try UnitSelection(text).classes(names: ["cat", "dog", "polar bear", "3: odd"]) == expected)
    }

    @Test func unknownClassesAreAnsweredWithNearNames() throws {
        let names = ["cat", "dog", "polar bear"]
        let near = try #require(throws: Problem.self) { try UnitSelection("polar baer").classes(names: names) }
        #expect(near.explanation?.contains("polar bear") == true)
        let far = try #require(throws: Problem.self) { try UnitSelection("17").classes(names: names) }
        #expect(far.summary == "There is no class 17")
    }
}
