import Diagnostics
import Foundation
import Run

/// What the folder of a student's training says of how it came to agree with its teacher: `log.csv` and `agreement.csv`, as `distill`
/// writes them. They may have come from anywhere: nothing in them is believed before it is checked.
struct AgreementLog {
    /// The longest files that are read, in bytes.
    static let longest = (log: 8 << 20, classes: 32 << 20)
    static let mostEpochs = 20_000

    /// Where the student's checkpoint lies.
    let folder: String
    let classCount: Int
    /// As many as the checkpoint records; nil where it says nothing.
    let epochs: Int?

    /// Nil where there is no log or none that counts a teacher's answers, and where it is damaged, with what a reader should know of that.
    func read() -> (history: AgreementHistory?, warnings: [RunManifest.Warning]) {
        let summary = "How answers came to agree over training is not shown"
        let history: AgreementHistory
        do {
            guard let bytes = try self.bytes("log.csv", upTo: Self.longest.log), let found = try self.history(bytes) else { return (nil, []) }
            history = found
        } catch {
            return (nil, [.init(summary: summary, explanation: "The log.csv beside the checkpoint \(Self.reason(error)).")])
        }
        do {
            guard let bytes = try self.bytes("agreement.csv", upTo: Self.longest.classes) else { throw Fault("is missing") }
            return (try Self.adding(classes: bytes, to: history, classCount: classCount), [])
        } catch {
            let explanation = "The agreement.csv beside the checkpoint \(Self.reason(error))."
            return (history, [.init(summary: "Agreement over training is not shown by class", explanation: explanation)])
        }
    }

    /// Nil where there is no such file.
    private func bytes(_ name: String, upTo limit: Int) throws -> [UInt8]? {
        let path = (folder as NSString).appendingPathComponent(name)
        return FileManager.default.fileExists(atPath: path) ? try FileBytes.regular(path, upTo: limit) : nil
    }

    /// What is wrong with a file, as what is said of it.
    private struct Fault: Error {
        let text: String

        init(_ text: String) { self.text = text }
    }

    private static func reason(_ error: any Error) -> String { (error as? Fault)?.text ?? "cannot be read, or is too long" }

    /// The epochs of a log; nil where it has no column about a teacher.
    private func history(_ bytes: [UInt8]) throws -> AgreementHistory? {
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        func cells(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] { line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) }
        guard let names = lines.first.map(cells)?.map({ String(decoding: $0, as: UTF8.self) }) else { throw Fault("is empty") }
        guard let number = names.firstIndex(of: "epoch"), let student = names.firstIndex(of: "train_accuracy") else { throw Fault("lacks a column") }
        guard let agreement = names.firstIndex(of: "teacher_agreement") else { return nil }
        guard let teacher = names.firstIndex(of: "teacher_accuracy") else { throw Fault("lacks a column") }
        guard lines.count > 1 else { throw Fault("has no epoch") }
        guard lines.count - 1 <= min(epochs ?? Self.mostEpochs, Self.mostEpochs) else { throw Fault("has more epochs than the training") }
        var history = AgreementHistory(epochs: [])
        for (place, line) in lines.dropFirst().enumerated() {
            let row = cells(line)
            func share(_ column: Int) throws -> Double? {
                guard !row[column].isEmpty else { return nil }
                guard row[column].count <= 32, let value = Double(String(decoding: row[column], as: UTF8.self)), (0...1).contains(value) else {
                    throw Fault("has something else than a share in epoch \(place + 1)")
                }
                return value
            }
            guard row.count == names.count, String(decoding: row[number], as: UTF8.self) == "\(place + 1)" else {
                throw Fault("is damaged in line \(place + 2)")
            }
            let (both, right) = (try share(agreement), try share(teacher))
            guard let own = try share(student), (both == nil) == (right == nil) else { throw Fault("lacks a number in epoch \(place + 1)") }
            history.epochs.append(.init(number: place + 1, agreement: both, student: own, teacher: right))
        }
        guard history.epochs.contains(where: { $0.agreement != nil }) else { return nil }
        return history
    }

    /// `history` with the counts by class: of every epoch that has an agreement all classes in their order, which add up to it.
    private static func adding(classes bytes: [UInt8], to history: AgreementHistory, classCount: Int) throws -> AgreementHistory {
        var history = history, lines = bytes[...]
        func nextLine() -> ArraySlice<UInt8>? {
            guard let end = lines.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { lines = lines[(end + 1)...] }
            let line = lines[..<end]
            return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        guard nextLine()?.elementsEqual("epoch,class,images,agreed".utf8) == true else { throw Fault("has other columns") }
        for (place, epoch) in history.epochs.enumerated() {
            guard let share = epoch.agreement else { continue }
            var classes = AgreementHistory.Classes(images: [], agreed: [])
            for index in 0..<classCount {
                guard let line = nextLine() else { throw Fault("ends in epoch \(epoch.number)") }
                guard let numbers = numbers(line), numbers.count == 4, numbers[0] == epoch.number, numbers[1] == index,
                    numbers[3] <= numbers[2]
                else { throw Fault("is damaged in epoch \(epoch.number), class \(index)") }
                classes.images.append(numbers[2])
                classes.agreed.append(numbers[3])
            }
            let images = classes.images.reduce(0, +)
            guard images > 0, abs(Double(classes.agreed.reduce(0, +)) / Double(images) - share) < 1e-9 else {
                throw Fault("does not add up to the log in epoch \(epoch.number)")
            }
            history.epochs[place].classes = classes
        }
        guard lines.isEmpty else { throw Fault("has more lines than epochs and classes") }
        return history
    }

    /// Whole numbers of at most twelve digits, whose sums stay numbers; nil where a line is something else.
    private static func numbers(_ line: ArraySlice<UInt8>) -> [Int]? {
        var numbers: [Int] = []
        for cell in line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard (1...12).contains(cell.count), cell.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), numbers.count < 4 else { return nil }
            numbers.append(cell.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) })
        }
        return numbers
    }
}
