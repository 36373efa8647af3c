import Diagnostics
import Foundation
import Testing

@testable import Images

@Suite struct LabelsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func labels(_ text: String) throws -> Labels {
        try Labels(file: folder.write("labels", text))
    }

    @Test func forms() throws {
        let plain = Labels(names: ["tench", "goldfish"])
        let withFolders = Labels(names: ["tench", "goldfish, Carassius"], folders: ["n01440764", "n01443537"])
        #expect(try labels("tench\ngoldfish\n\n") == plain)
        #expect(try labels("tench\r\n goldfish \r\n") == plain)
        #expect(try labels(#"["tench", "goldfish"]"#) == plain)
        #expect(try labels(#" {"1": "goldfish", "0": "tench"}"#) == plain)
        #expect(try labels("n01440764\ttench\nn01443537\tgoldfish, Carassius") == withFolders)
        #expect(try labels("n01440764 tench\nn01443537 goldfish, Carassius\n") == withFolders)
        #expect(try labels(#"{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish, Carassius"]}"#) == withFolders)
        #expect(try labels(#"[["n01440764", "tench"], ["n01443537", "goldfish, Carassius"]]"#) == withFolders)
    }

    @Test(arguments: [
        "", "\n\n", "a\n\nb\n", "[]", "{}", #"{"0": "a", "2": "b"}"#, #"{"a": "b"}"#, "[1, 2]", #"["a""#, #"{"0": ["a"]}"#, #"["a", ""]"#,
        String(repeating: "[", count: 100_000),
    ])
    func badFiles(text: String) throws {
        let problem = #expect(throws: Problem.self) { try labels(text) }
        #expect(problem?.summary.contains("labels") == true)
    }

    private let animals = Labels(names: ["tench", "crane", "Crane", "dog"], folders: ["n01", "n02", "n03", nil])

    @Test func foldersByIdNameAndCase() throws {
        let match = try Labels.match(classCount: 4, folders: ["Crane", "DOG", "N01", "crane", "n02", "n03_x y", "tench"], labels: animals)
        #expect(match.names == animals.names)
        #expect(match.classOfFolder == [2, 3, 0, 1, 1, 2, 0])
        #expect(match.warning == nil)
    }

    @Test func foldersThatMatchNothingOrTooMuch() {
        let unmatched = #expect(throws: Problem.self) { try Labels.match(classCount: 4, folders: ["dog", "teench", "n0"], labels: animals) }
        #expect(unmatched?.summary.contains("2 of 3 folders") == true && unmatched?.summary.contains("teench, n0") == true)
        #expect(unmatched?.explanation?.contains("tench") == true)
        let ambiguous = #expect(throws: Problem.self) { try Labels.match(classCount: 4, folders: ["CRANE"], labels: animals) }
        #expect(ambiguous?.summary.contains("classes 1, 2") == true)
        #expect(throws: Problem.self) { try Labels.match(classCount: 5, folders: ["dog"], labels: animals) }
    }

    @Test func withoutLabels() throws {
        let sorted = try Labels.match(classCount: 2, folders: ["cat", "dog"], labels: nil)
        #expect(sorted == .init(names: ["cat", "dog"], classOfFolder: [0, 1], warning: nil))
        let numbers = try Labels.match(classCount: 300, folders: ["007", "243"], labels: nil)
        #expect(numbers.classOfFolder == [7, 243] && numbers.names[243] == "class 243" && numbers.names.count == 300 && numbers.warning == nil)
        let groups = try Labels.match(classCount: 3, folders: ["day", "night"], labels: nil)
        #expect(groups.classOfFolder == [nil, nil] && groups.warning != nil && groups.names.count == 3)
        let tooLarge = try Labels.match(classCount: 100, folders: ["5", "100"], labels: nil)
        #expect(tooLarge.classOfFolder == [nil, nil] && tooLarge.warning != nil)
        #expect(throws: Problem.self) { try Labels.match(classCount: 10, folders: ["07", "7"], labels: nil) }
        #expect(try Labels.match(classCount: 10, folders: [], labels: nil).classOfFolder.isEmpty)
    }

    @Test func aFullSetOfNumbersIsNotSorted() throws {
        let folders = ["0", "1", "10", "2", "3", "4", "5", "6", "7", "8", "9"]
        let match = try Labels.match(classCount: 11, folders: folders, labels: nil)
        #expect(match.classOfFolder == [0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(match.warning != nil)
    }

    @Test func numbersFromOne() throws {
        let folders = ["1", "10", "2", "3", "4", "5", "6", "7", "8", "9"]
        let match = try Labels.match(classCount: 10, folders: folders, labels: nil)
        #expect(match.classOfFolder == [0, 9, 1, 2, 3, 4, 5, 6, 7, 8])
        #expect(match.warning?.contains("from 1") == true && match.warning?.contains("sorted") == true)
        let padded = try Labels.match(classCount: 3, folders: ["01", "02", "03"], labels: nil)
        #expect(padded.classOfFolder == [0, 1, 2] && padded.warning?.contains("sorted") == false)
        // A folder without images still says how they are counted.
        #expect(try Labels.match(classCount: 3, folders: ["1", "3"], emptyFolders: ["2"], labels: nil).classOfFolder == [0, 2])
        let open = try Labels.match(classCount: 3, folders: ["1", "2"], labels: nil)
        #expect(open.classOfFolder == [1, 2] && open.warning?.contains("may be counted from 1") == true)
        let named = try Labels.match(classCount: 2, folders: ["1", "2"], labels: Labels(names: ["cat", "dog"]))
        #expect(named.names == ["cat", "dog"] && named.classOfFolder == [0, 1])
    }

    @Test func foldersWithoutImagesKeepTheirPlace() throws {
        let match = try Labels.match(classCount: 3, folders: ["ant", "cat"], emptyFolders: ["bee"], labels: nil)
        #expect(match.names == ["ant", "bee", "cat"] && match.classOfFolder == [0, 2])
        #expect(match.warning?.contains("bee") == true)
        // Where there are enough without it, it is no class.
        let enough = try Labels.match(classCount: 2, folders: ["ant", "cat"], emptyFolders: ["bee"], labels: nil)
        #expect(enough.names == ["ant", "cat"] && enough.warning == nil)
    }

    @Test func classesOfOneName() throws {
        let labels = Labels(names: ["crane", "dog", "crane"], folders: ["n1", "n2", "n3"])
        #expect(try Labels.match(classCount: 3, folders: ["n3"], labels: labels).names == ["crane (0)", "dog", "crane (2)"])
        let twice = #expect(throws: Problem.self) { try Labels.match(classCount: 3, folders: ["crane"], labels: labels) }
        #expect(twice?.summary.contains("classes 0, 2") == true)
    }

    @Test func aListOfMoreThanTheNetworkKnows() throws {
        let words = Labels(names: ["tench", "cat", "dog", "eel"], folders: ["n1", "n2", "n3", "n4"])
        let match = try Labels.match(classCount: 2, folders: ["n2", "n4"], labels: words)
        #expect(match.names == ["cat", "eel"] && match.classOfFolder == [0, 1] && match.warning != nil)
        #expect(throws: Problem.self) { try Labels.match(classCount: 2, folders: ["n2", "n5"], labels: words) }
        #expect(throws: Problem.self) { try Labels.match(classCount: 3, folders: ["n2", "n4"], labels: words) }
    }
}
