import Foundation
import Run
import Testing

@testable import Site

/// The page of a student's outputs beside its teacher's.
struct TeacherTests {
    private static func tally(_ images: Int, _ agreed: Int, right: [Int], _ divergences: [Float]) -> TeacherComparison.Tally {
        .init(
            images: images, agreed: agreed, labelled: right.isEmpty ? 0 : images, teacherCorrect: right.first ?? 0,
            studentCorrect: right.isEmpty ? 0 : right[1], bothCorrect: right.isEmpty ? 0 : right[2], sameMistake: right.isEmpty ? 0 : right[3],
            divergences: divergences)
    }

    private static func comparison(isLabelled: Bool = true, classes: Int = 6, history: AgreementHistory? = nil) -> TeacherComparison {
        func example(_ image: Int, _ divergence: Float) -> TeacherComparison.Example {
            .init(image: image, teacher: .init(index: 3, probability: 0.875), student: .init(index: 5, probability: 0.5), divergence: divergence)
        }
        let outputs = TeacherComparison.Outputs(
            temperatures: [1, 4], isLabelled: isLabelled, total: tally(400, 300, right: isLabelled ? [320, 280, 260, 20] : [], [0.5, 0.0625]),
            classes: (0..<6).map { $0 == 4 ? tally(0, 0, right: [], []) : tally(80, 60 + $0, right: isLabelled ? [64, 56, 52, 4] : [], [0.5, 0.25]) },
            undefined: 2, widest: [example(0, 4.5), example(7, 2.25)], onlyTeacher: isLabelled ? [example(7, 2.25)] : [], onlyStudent: [])
        return TeacherComparison(
            teacher: .init(architecture: "cifar_resnet56", displayName: "ResNet-56 (CIFAR)", fileName: "<teacher>.th", sha256: String(repeating: "0a", count: 32)),
            method: "kd", options: [.init(name: "temperature", value: "4.0")], studentClasses: 6, teacherClasses: classes, teacherInput: [3, 224, 224],
            seesSamePictures: isLabelled, outputs: classes == 6 ? outputs : nil, history: history,
            warnings: [.init(summary: "The student’s checkpoint names no teacher", explanation: "It is compared all the same.")])
    }

    private func site(
        _ comparison: TeacherComparison, _ body: (_ page: (String) throws -> String, _ exists: (String) -> Bool) throws -> Void
    ) throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            try run.write(comparison, to: .teacher)
            let summary = try SiteRenderer(run: run).render(to: place + "/site")
            #expect(summary.missingPictures == 0)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            try body({ try String(contentsOfFile: place + "/site/" + $0, encoding: .utf8) }) {
                FileManager.default.fileExists(atPath: place + "/site/" + $0)
            }
        }
    }

    @Test func `outputs stand side by side`() throws {
        try site(Self.comparison()) { page, exists in
            let text = try page("teacher/index.html")
            for part in [
                ">80.0\u{A0}%<", ">70.0\u{A0}%<", ">75.0\u{A0}%<", "0.500 nats", "at temperature 4", "2 images left out",
                // Of paired answers 60 and 20 of 400 differ: sqrt((80 - 40 * 40 / 400) / 400 ^ 2) * 1.96.
                "is 10.0 percentage points below the teacher’s (± 4.3", "Of the 60 images that both get wrong, they name the same class for 33.3\u{A0}%",
                ">60 (15.0\u{A0}%)<", ">20 (5.0\u{A0}%)<", "KL, T = 4", "teacher: cat 87.5\u{A0}%", "student: dog 50.0\u{A0}%", "4.50 nats",
                "Only the teacher is right", "The 1 of 60 images with the largest divergence", "<code class=\"break\">&lt;teacher&gt;.th</code>",
                "<strong>kd</strong>", "names no teacher", "the same pictures as the student", "<th scope=\"row\" class=\"break\">temperature</th>",
            ] { #expect(text.contains(part), "\(part)") }
            #expect(!text.contains("over training") && !exists("teacher/agreement.csv"))
            #expect(!text.contains("Only the student is right") && !text.contains("classes/4/index.html\">deer") && !text.contains("distillation/"))
            let classes = try page("teacher/classes.csv").components(separatedBy: "\r\n")
            #expect(classes[0] == "class,name,images,agreed,teacher_correct,student_correct,both_correct,same_mistake,kl_nats_t1,kl_nats_t4")
            #expect(classes[2] == "1,automobile,80,61,64,56,52,4,0.5,0.25" && classes.count == 7)
            let images = try page("teacher/images.csv").components(separatedBy: "\r\n")
            #expect(images[1] == "all,0,cat/0.png,airplane,cat,0.875,dog,0.5,4.5" && images[3].hasPrefix("only_teacher_right,7,"))
            #expect(try page("index.html").contains("names the same class as ResNet-56 (CIFAR) for 75.0\u{A0}% of the images"))
            #expect(try page("method.html").contains("Teacher and student"))
            let report = try JSONSerialization.jsonObject(with: Data(page("report.json").utf8)) as? [String: Any]
            let outputs = (report?["teacher"] as? [String: Any])?["outputs"] as? [String: Any]
            #expect((outputs?["total"] as? [String: Any])?["agreed"] as? Int == 300)
        }
    }

    /// Of four images in five classes; an earlier program did not count the first epoch.
    private static func history(epochs: Int, isByClass: Bool = true) -> AgreementHistory {
        AgreementHistory(
            epochs: (1...epochs).map { number in
                guard number > 1 else { return .init(number: 1, agreement: nil, student: 0.125, teacher: nil) }
                let share = Double(number) / Double(epochs + 1)
                return .init(
                    number: number, agreement: share, student: share / 2, teacher: 0.9375,
                    classes: isByClass ? .init(images: [4, 4, 4, 4, 0, 4], agreed: [min(number, 4), 0, 4, 1, 0, 2]) : nil)
            })
    }

    @Test func `agreement over training is a curve and a table`() throws {
        try site(Self.comparison(history: Self.history(epochs: 7))) { page, _ in
            let text = try page("teacher/index.html")
            for part in [
                "Agreement over training", "In epoch 2 both named the same class for 25.0\u{A0}% of the training images, in epoch 7 for 87.5\u{A0}%",
                "the teacher was right about 93.8\u{A0}% of them, the student about 43.8\u{A0}%", "moved and mirrored", ">epoch 1</text>", ">7</text>",
                ">epoch\u{A0}2</th>", ">epoch\u{A0}4</th>", ">epoch\u{A0}7</th>", "teacher/agreement.csv", "teacher/agreement-classes.csv",
                // Twenty images, and the first class: two, four and four of four.
                ">20</td><td class=\"number\">25.0\u{A0}%</td><td class=\"number\">50.0\u{A0}%</td><td class=\"number\">87.5\u{A0}%</td>",
                ">4</td><td class=\"number\">50.0\u{A0}%</td><td class=\"number\">100\u{A0}%</td><td class=\"number\">100\u{A0}%</td>",
            ] { #expect(text.contains(part), "\(part)") }
            // A gap where nobody counted: the student's line alone begins with the first epoch.
            let lines = text.components(separatedBy: "<polyline class=\"").dropFirst().map { $0.components(separatedBy: "\"") }
            #expect(lines.map { $0[0] } == ["quiet", "real", "curve"])
            #expect(lines.map { $0[2].split(separator: " ").count } == [6, 7, 6])
            let epochs = try page("teacher/agreement.csv").components(separatedBy: "\r\n")
            #expect(epochs[0...2] == ["epoch,same_class_named,student_correct,teacher_correct", "1,,0.125,", "2,0.25,0.125,0.9375"] && epochs.count == 9)
            let classes = try page("teacher/agreement-classes.csv").components(separatedBy: "\r\n")
            #expect(classes[0...1] == ["epoch,class,name,images,agreed", "2,0,airplane,4,2"] && classes.count == 2 + 6 * 5)
            let report = try JSONSerialization.jsonObject(with: Data(page("report.json").utf8)) as? [String: Any]
            let told = (report?["teacher"] as? [String: Any])?["epochs"] as? [[String: Any]]
            #expect(told?.count == 7 && told?[1]["agreement"] as? Double == 0.25 && told?[1]["classes"] == nil)
        }
    }

    @Test func `agreement is shown as far as it is known`() throws {
        try site(Self.comparison(history: Self.history(epochs: 300, isByClass: false))) { page, exists in
            let text = try page("teacher/index.html")
            #expect(text.contains(">epoch 1</text>") && text.contains(">100</text>") && text.contains(">300</text>"))
            #expect(!text.contains("Table of agreement") && exists("teacher/agreement.csv") && !exists("teacher/agreement-classes.csv"))
        }
        // An epoch is no curve, and what nobody counted is nothing.
        var history = Self.history(epochs: 2)
        history.epochs.removeFirst()
        try site(Self.comparison(history: history)) { page, _ in
            let text = try page("teacher/index.html")
            #expect(text.contains("In epoch 2 both named") && !text.contains("training-chart") && !text.contains(", in epoch"))
            #expect(text.components(separatedBy: ">epoch\u{A0}2</th>").count == 2)
        }
        try site(Self.comparison(history: Self.history(epochs: 1))) { page, exists in
            let text = try page("teacher/index.html")
            #expect(!text.contains("over training") && !exists("teacher/agreement.csv"))
        }
        // A document may say anything: lists of other lengths, no numbers.
        let odd = AgreementHistory.Classes(images: [3, 3, 3, 3, 3, 3, 3, 3], agreed: [1])
        let epochs = (1...3).map { AgreementHistory.Epoch(number: $0, agreement: .nan, student: .infinity, teacher: -7, classes: $0 == 2 ? .init(images: [], agreed: []) : odd) }
        try site(Self.comparison(history: .init(epochs: epochs))) { page, _ in
            let text = try page("teacher/index.html")
            #expect(text.contains("Agreement over training"))
        }
    }

    @Test func `without labels nothing is right or wrong`() throws {
        try site(Self.comparison(isLabelled: false)) { page, _ in
            let text = try page("teacher/index.html")
            #expect(text.contains("images by the class that the teacher names") && text.contains(">75.0\u{A0}%<"))
            #expect(text.contains("other pictures than the student, of 224\u{A0}×\u{A0}224"))
            for part in ["Accuracy of", "teacher right", "Right and wrong", "percentage points from"] { #expect(!text.contains(part), "\(part)") }
            #expect(try page("teacher/classes.csv").hasPrefix("class,name,images,agreed,kl_nats_t1,kl_nats_t4\r\n"))
        }
    }

    @Test func `of no images there are no distances`() throws {
        var comparison = Self.comparison(isLabelled: false)
        comparison.outputs?.total = Self.tally(0, 0, right: [], [])
        comparison.outputs?.classes = Array(repeating: Self.tally(0, 0, right: [], []), count: 6)
        comparison.outputs?.widest = []
        try site(comparison) { page, _ in
            let text = try page("teacher/index.html")
            #expect(text.contains("Same class named") && !text.contains("– nats") && !text.contains("mean over images</dd>"))
        }
    }

    @Test func `other classes are a sentence instead of numbers`() throws {
        try site(Self.comparison(classes: 100)) { page, exists in
            let text = try page("teacher/index.html")
            #expect(text.contains("The teacher tells 100 classes apart, the student 6: their outputs do not mean the same"))
            #expect(!text.contains("nats") && !text.contains("<dl") && !exists("teacher/classes.csv"))
            #expect(try page("index.html").contains("teacher/index.html\">teacher and student side by side</a>"))
            #expect(!(try page("method.html")).contains("Teacher and student"))
        }
    }
}
