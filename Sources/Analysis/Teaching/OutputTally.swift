import Foundation
import Run

/// The outputs of a teacher and a student side by side, while images go by: what is right, where they agree, how far they are apart.
struct OutputTally {
    /// Examples kept of each kind.
    static let examples = 12

    let classCount: Int
    /// 1 first: probabilities and examples are those at it.
    let temperatures: [Float]
    /// Without labels images go by the class that the teacher names.
    let isLabelled: Bool

    private(set) var undefined = 0
    /// Row after row, `Count.allCases` each: of each class, and of all images.
    private var counts: [Int64]
    /// Likewise, the divergences at each temperature added up.
    private var sums: [Double]
    private var widest: [Entry] = []
    private var onlyTeacher: [Entry] = []
    private var onlyStudent: [Entry] = []

    private enum Count: Int, CaseIterable { case images, agreed, labelled, teacher, student, both, sameMistake }

    /// What an example is made of.
    private struct Entry {
        var image: Int64
        var teacher, student: Int32
        var teachers, students: Float
        var divergence: Double

        var document: TeacherComparison.Example {
            .init(
                image: Int(image), teacher: .init(index: Int(teacher), probability: teachers),
                student: .init(index: Int(student), probability: students), divergence: Float(divergence))
        }
    }

    init(classCount: Int, temperatures: [Float], isLabelled: Bool) {
        precondition(temperatures.first == 1, "the temperature 1 comes first")
        self.classCount = classCount
        self.temperatures = temperatures
        self.isLabelled = isLabelled
        counts = Array(repeating: 0, count: (classCount + 1) * Count.allCases.count)
        sums = Array(repeating: 0, count: (classCount + 1) * temperatures.count)
    }

    /// Adds an image with the logits that the two give it. Images come in rising order.
    mutating func add(image: Int, label: Int?, teacher: ArraySlice<Float>, student: ArraySlice<Float>) {
        guard teacher.allSatisfy(\.isFinite), student.allSatisfy(\.isFinite), !teacher.isEmpty else {
            undefined += 1
            return
        }
        let logarithms = temperatures.map { temperature in
            [teacher, student].map { Self.logarithms($0, temperature: Double(temperature)) }
        }
        let divergences = logarithms.map { Self.divergence($0[0], $0[1]) }
        let (first, second) = (Self.first(of: teacher), Self.first(of: student))
        let label = label.flatMap { isLabelled && $0 < classCount ? $0 : nil }
        let isRight = (teacher: label == first, student: label == second)
        var found: [(Count, Bool)] = [(.images, true), (.agreed, first == second), (.labelled, label != nil)]
        found += [
            (.teacher, isRight.teacher), (.student, isRight.student), (.both, isRight.teacher && isRight.student),
            (.sameMistake, label != nil && first == second && !isRight.teacher),
        ]
        for row in [isLabelled ? label : first, classCount].compactMap({ $0 }) {
            for (count, isTrue) in found where isTrue { counts[row * Count.allCases.count + count.rawValue] += 1 }
            for (place, value) in divergences.enumerated() { sums[row * temperatures.count + place] += value }
        }
        let entry = Entry(
            image: Int64(image), teacher: Int32(truncatingIfNeeded: first), student: Int32(truncatingIfNeeded: second),
            teachers: Float(exp(logarithms[0][0][first])), students: Float(exp(logarithms[0][1][second])), divergence: divergences[0])
        Self.insert(entry, into: &widest)
        if isRight.teacher, !isRight.student { Self.insert(entry, into: &onlyTeacher) }
        if isRight.student, !isRight.teacher { Self.insert(entry, into: &onlyStudent) }
    }

    /// Keeps the largest divergences, largest first; of equals the earlier image.
    private static func insert(_ entry: Entry, into list: inout [Entry]) {
        let place = list.firstIndex { $0.divergence < entry.divergence } ?? list.count
        guard place < examples else { return }
        list.insert(entry, at: place)
        if list.count > examples { list.removeLast() }
    }

    /// The largest; the first of several.
    private static func first(of logits: ArraySlice<Float>) -> Int {
        var best = logits.startIndex
        for place in logits.indices where logits[place] > logits[best] { best = place }
        return best - logits.startIndex
    }

    /// The natural logarithms of `softmax(logits / temperature)`.
    static func logarithms(_ logits: ArraySlice<Float>, temperature: Double) -> [Double] {
        let largest = Double(logits.max() ?? 0)
        let scaled = logits.map { (Double($0) - largest) / temperature }
        let sum = log(scaled.reduce(0) { $0 + exp($1) })
        return scaled.map { $0 - sum }
    }

    /// KL(p || q) in nats of two distributions given by their logarithms.
    static func divergence(_ p: [Double], _ q: [Double]) -> Double {
        // Rounding may leave equal ones a little below zero.
        max(0, zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) })
    }

    // MARK: Documents

    func outputs() -> TeacherComparison.Outputs {
        TeacherComparison.Outputs(
            temperatures: temperatures, isLabelled: isLabelled, total: tally(classCount), classes: (0..<classCount).map(tally),
            undefined: undefined, widest: widest.map(\.document), onlyTeacher: onlyTeacher.map(\.document), onlyStudent: onlyStudent.map(\.document))
    }

    private func tally(_ row: Int) -> TeacherComparison.Tally {
        func count(_ kind: Count) -> Int { Int(counts[row * Count.allCases.count + kind.rawValue]) }
        let images = count(.images), own = sums[row * temperatures.count..<(row + 1) * temperatures.count]
        return .init(
            images: images, agreed: count(.agreed), labelled: count(.labelled), teacherCorrect: count(.teacher), studentCorrect: count(.student),
            bothCorrect: count(.both), sameMistake: count(.sameMistake), divergences: images > 0 ? own.map { Float($0 / Double(images)) } : [])
    }

    // MARK: State

    func save(to archive: inout ByteArchive) {
        archive.put(undefined)
        archive.put(counts)
        archive.put(sums)
        for list in [widest, onlyTeacher, onlyStudent] { archive.put(list) }
    }

    /// Takes what `save` put. Throws a `Problem` when it is of something else.
    mutating func load(from archive: inout ByteArchive) throws {
        let undefined = try archive.takeInteger()
        let counts: [Int64] = try archive.take(), sums: [Double] = try archive.take()
        guard counts.count == self.counts.count, sums.count == self.sums.count else { throw ByteArchive.damaged }
        let lists: [[Entry]] = try (0..<3).map { _ in try archive.take() }
        (self.undefined, self.counts, self.sums) = (undefined, counts, sums)
        (widest, onlyTeacher, onlyStudent) = (lists[0], lists[1], lists[2])
    }
}
