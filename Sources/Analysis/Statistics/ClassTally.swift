import Diagnostics
import Run

/// How often the network was right, by class, while images go by.
struct ClassTally {
    let classCount: Int
    private(set) var labelled: Int
    private(set) var correct: Int
    private(set) var amongFive: Int
    private var images: [Int64]
    private var hits: [Int64]
    /// Wrong answers by true class: the class chosen instead and how often.
    private var confusions: [[Int: Int]]
    /// The class chosen for each image of the listing; -1 where it was not read, the largest number where there are no classes.
    private(set) var predicted: [Int32]

    init(classCount: Int, images count: Int) {
        self.classCount = classCount
        (labelled, correct, amongFive) = (0, 0, 0)
        images = Array(repeating: 0, count: classCount)
        hits = images
        confusions = Array(repeating: [:], count: classCount)
        predicted = Array(repeating: -1, count: count)
    }

    /// Adds an image with its logits, best five first.
    mutating func add(image: Int, ranking: [Int], label: Int?) {
        guard let first = ranking.first else {
            // Read, though there are no classes.
            if classCount == 0 { predicted[image] = .max }
            return
        }
        predicted[image] = Int32(truncatingIfNeeded: first)
        guard let label, label < classCount else { return }
        labelled += 1
        images[label] += 1
        if first == label {
            correct += 1
            hits[label] += 1
        } else {
            confusions[label][first, default: 0] += 1
        }
        if ranking.contains(label) { amongFive += 1 }
    }

    var top1: Float? { labelled > 0 ? Float(correct) / Float(labelled) : nil }
    var top5: Float? { labelled > 0 ? Float(amongFive) / Float(labelled) : nil }

    func table(names: [String]) -> ClassTable {
        ClassTable(
            classes: (0..<classCount).map { index in
                let wrong = confusions[index].sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
                return .init(
                    index: index, name: names[index], images: Int(images[index]), correct: Int(hits[index]),
                    confusedWith: wrong.map { .init(index: $0.key, images: $0.value) })
            }, top1: top1, top5: top5, groups: classCount == 0 ? names : nil)
    }

    func save(to archive: inout ByteArchive) {
        archive.put([labelled, correct, amongFive].map(Int64.init))
        archive.put(images)
        archive.put(hits)
        archive.put(predicted)
        let flat = confusions.enumerated().flatMap { label, row in
            row.sorted { $0.key < $1.key }.flatMap { [Int64(label), Int64($0.key), Int64($0.value)] }
        }
        archive.put(flat)
    }

    /// Throws a `Problem` when what is there does not go together.
    init(from archive: inout ByteArchive) throws {
        let totals: [Int64] = try archive.take()
        images = try archive.take()
        hits = try archive.take()
        predicted = try archive.take()
        let flat: [Int64] = try archive.take()
        classCount = images.count
        confusions = Array(repeating: [:], count: classCount)
        guard totals.count == 3, hits.count == classCount, flat.count % 3 == 0 else { throw ByteArchive.damaged }
        (labelled, correct, amongFive) = (Int(totals[0]), Int(totals[1]), Int(totals[2]))
        for i in stride(from: 0, to: flat.count, by: 3) {
            guard confusions.indices.contains(Int(flat[i])) else { throw ByteArchive.damaged }
            confusions[Int(flat[i])][Int(flat[i + 1])] = Int(flat[i + 2])
        }
    }

    /// True for a tally of as many classes over the same listing.
    func isLike(_ other: ClassTally) -> Bool { classCount == other.classCount && predicted.count == other.predicted.count }

    /// Adds what was counted of the images `range`, which were not counted here.
    mutating func append(_ next: ClassTally, images range: Range<Int>) {
        labelled &+= next.labelled
        correct &+= next.correct
        amongFive &+= next.amongFive
        for index in 0..<classCount {
            images[index] &+= next.images[index]
            hits[index] &+= next.hits[index]
            confusions[index].merge(next.confusions[index], uniquingKeysWith: &+)
        }
        predicted.replaceSubrange(range, with: next.predicted[range])
    }
}
