/// For how many of an epoch's training images student and teacher name the same class.
public struct AgreementTally: Sendable, Codable, Equatable {
    /// Indexed by the class of the label.
    public private(set) var images: [Int]
    /// Of these, those for which both name the same class, be it right or wrong.
    public private(set) var agreed: [Int]
    /// Images whose label the teacher names.
    public private(set) var teacherCorrect = 0

    init(classes: Int) {
        (images, agreed) = (Array(repeating: 0, count: classes), Array(repeating: 0, count: classes))
    }

    /// Takes the images of a batch in: the class of each, and those that the two name for it.
    mutating func add(labels: [Int], student: [Int], teacher: [Int]) {
        for (label, answers) in zip(labels, zip(student, teacher)) {
            images[label] += 1
            if answers.0 == answers.1 { agreed[label] += 1 }
            if answers.1 == label { teacherCorrect += 1 }
        }
    }

    /// Of all images, in [0, 1].
    public var share: Double { Double(agreed.reduce(0, +)) / Double(images.reduce(0, +)) }
    public var teacherAccuracy: Double { Double(teacherCorrect) / Double(images.reduce(0, +)) }

    /// True where it can count labels below `classes`: of what a file holds.
    func counts(classes: Int) -> Bool { images.count == classes && agreed.count == classes }
}
