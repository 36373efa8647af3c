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

    @Test(arguments: [
        ("tench, Tinca", [0]), ("\"tench, Tinca\"", [0]), ("'tench, Tinca', cat", [0, 1]), ("cat,tench, Tinca,3", [0, 1, 3]), ("\"all\"", [2]),
        ("all", [0, 1, 2, 3]), ("tench,Tinca", [0]), ("it's", [3]),
    ] as [(String, [Int])])
    func selectsNamesWithCommas(_ text: String, expected: [Int]) throws {
        let names = ["tench, Tinca", "cat", "all", "it's"]
        // "all" is a name here, and all the same means all where it has no quotes and is no name.
        let others = text == "all" ? ["tench, Tinca", "cat", "dog", "it's"] : names
        #expect(try UnitSelection(text).classes(names: others) == expected)
    }

    @Test func aNameOfSeveralClassesIsAskedAbout() throws {
        let names = ["cat", "crane (1)", "dog", "crane (3)"]
        let problem = try #require(throws: Problem.self) { try UnitSelection("crane").classes(names: names) }
        #expect(problem.summary.contains("2 classes: 1, 3") && problem.kind == .usage)
        #expect(try UnitSelection("crane (3)").classes(names: names) == [3])
    }

    @Test func unknownClassesAreAnsweredWithNearNames() throws {
        let names = ["cat", "dog", "polar bear"]
        let near = try #require(throws: Problem.self) { try UnitSelection("polar baer").classes(names: names) }
        #expect(near.explanation?.contains("polar bear") == true)
        let far = try #require(throws: Problem.self) { try UnitSelection("17").classes(names: names) }
        #expect(far.summary == "There is no class 17")
    }
}
