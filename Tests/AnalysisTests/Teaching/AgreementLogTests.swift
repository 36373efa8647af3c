import Foundation
import Run
import Testing

@testable import Analysis

/// What lies beside a student's checkpoint may be anything.
struct AgreementLogTests {
    private static let log = """
        epoch,learning_rate,loss,train_accuracy,teacher_accuracy,teacher_agreement,validation_accuracy,seconds
        1,0.05,2.5,0.25,,,0.5,1.5
        2,0.05,2,0.375,1.0,0.5,0.5,1.5
        3,0.005,1.5,0.5,0.875,0.75,,1.5

        """
    private static let classes = "epoch,class,images,agreed\n2,0,5,1\n2,1,3,3\n3,0,5,5\n3,1,3,1\n"

    private func read(
        log: Data? = Data(log.utf8), classes: Data? = Data(classes.utf8), count: Int = 2, epochs: Int? = 3
    ) throws -> (history: AgreementHistory?, remarks: [String]) {
        let folder = NSTemporaryDirectory() + "vitrine-agreement-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try log?.write(to: URL(fileURLWithPath: folder + "/log.csv"))
        try classes?.write(to: URL(fileURLWithPath: folder + "/agreement.csv"))
        let found = AgreementLog(folder: folder, classCount: count, epochs: epochs).read()
        return (found.history, found.warnings.map(\.explanation))
    }

    private func read(log: String) throws -> (history: AgreementHistory?, remarks: [String]) { try read(log: Data(log.utf8)) }

    @Test func `a log and its classes are read`() throws {
        for ends in ["\n", "\r\n"] {
            func data(_ text: String) -> Data { Data(text.replacingOccurrences(of: "\n", with: ends).utf8) }
            let found = try read(log: data(Self.log), classes: data(Self.classes))
            #expect(found.remarks == [])
            #expect(
                found.history?.epochs == [
                    .init(number: 1, agreement: nil, student: 0.25, teacher: nil),
                    .init(number: 2, agreement: 0.5, student: 0.375, teacher: 1, classes: .init(images: [5, 3], agreed: [1, 3])),
                    .init(number: 3, agreement: 0.75, student: 0.5, teacher: 0.875, classes: .init(images: [5, 3], agreed: [5, 1])),
                ])
        }
        #expect(try read(epochs: nil).history?.epochs.count == 3)
    }

    @Test func `a student without a log of its teacher has none to show`() throws {
        let logs = [nil, "epoch,train_accuracy\n1,0.5\n", "epoch,train_accuracy,teacher_accuracy,teacher_agreement\n1,0.5,,\n"]
        for log in logs {
            let found = try read(log: log.map { Data($0.utf8) })
            #expect(found.history == nil && found.remarks == [])
        }
    }

    @Test(arguments: [
        ("0.75", "nan"), ("0.75", "inf"), ("0.75", "1.0001"), ("0.75", "-0.5"), ("0.75", "0.75 "), ("0.75", ""), ("0.875", "x"), ("0.5,0.875", ",0.875"),
        ("0.75", String(repeating: "0", count: 40)), ("\n3,", "\n4,"), ("\n3,", "\n03,"), ("\n2,", "\n9223372036854775808,"), (",1.5\n3", "\n3"),
        ("teacher_accuracy", "teacher"), ("1.5\n\n", "1.5\n4,0.005,1,0.5,0.5,0.5,,1\n"), ("\n1,", "\n\u{0},"),
    ])
    func `a damaged log is left out and told`(part: String, other: String) throws {
        let log = (Self.log + "\n").replacingOccurrences(of: part, with: other)
        #expect(log != Self.log + "\n")
        let found = try read(log: log)
        #expect(found.history == nil && found.remarks.count == 1 && found.remarks[0].hasPrefix("The log.csv beside the checkpoint "), "\(found)")
    }

    @Test(arguments: [
        ("2,1,3,3", "2,1,3,4"), ("2,1,3,3", "2,1,3,2"), ("2,1,3,3", "2,2,3,3"), ("2,1,3,3", "1,1,3,3"), ("2,1,3,3", "2,1,3,-3"), ("2,1,3,3", "2,1,3"),
        ("2,1,3,3", "2,1,3,3,3"), ("2,1,3,3", "2,1,9223372036854775807,3"), ("2,1,3,3", "2,1,99999999999999999999,3"), ("2,1,3,3\n", ""),
        ("3,1,3,1\n", ""), ("3,1,3,1\n", "3,1,3,1"), ("3,1,3,1\n", "3,1,3,1\n4,0,5,5\n"), ("3,1,3,1\n", "3,1,3,1\n\n"), ("agreed", "other"),
        ("2,0,5,1\n2,1,3,3", "2,0,0,0\n2,1,0,0"), ("2,1,3,3", "2,1,3,\u{664}"),
    ])
    func `counts that are damaged are left out and told`(part: String, other: String) throws {
        let classes = Self.classes.replacingOccurrences(of: part, with: other)
        #expect(classes != Self.classes)
        let found = try read(classes: Data(classes.utf8))
        #expect(found.history?.epochs.map(\.number) == [1, 2, 3] && found.history?.epochs.allSatisfy { $0.classes == nil } == true)
        #expect(found.remarks.count == 1 && found.remarks[0].hasPrefix("The agreement.csv beside the checkpoint "), "\(found)")
    }

    @Test func `files of other networks, without text or without end are told`() throws {
        #expect(try read(count: 3).remarks.first?.contains("epoch 2, class 2") == true)
        #expect(try read(classes: nil).remarks == ["The agreement.csv beside the checkpoint is missing."])
        #expect(try read(epochs: 2).remarks.first?.contains("more epochs than the training") == true)
        let noise = Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 * 167 + $0 / 7) })
        for data in [Data(), noise, Data(repeating: 0x0A, count: 4096), Data(repeating: 0x2C, count: 4096)] {
            #expect(try read(log: data).history == nil && !read(log: data).remarks.isEmpty)
            #expect(try read(classes: data).remarks.count == 1)
        }
        #expect(try read(log: Data(count: AgreementLog.longest.log + 1)).remarks.first?.contains("too long") == true)
        #expect(try read(classes: Data(count: AgreementLog.longest.classes + 1)).remarks.first?.contains("too long") == true)
        // A folder of that name is no file.
        let folder = NSTemporaryDirectory() + "vitrine-agreement-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/log.csv", withIntermediateDirectories: true)
        #expect(AgreementLog(folder: folder, classCount: 2, epochs: 3).read().warnings.count == 1)
    }
}
