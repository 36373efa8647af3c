import Diagnostics
import Run

/// Counts of one layer's templates, and their best windows, while images go by.
struct TemplateTally {
    /// Windows of a template that are kept.
    static let windows = 8

    let count: Int
    private let classCount: Int
    /// The class of every template; nil where they belong to none.
    private let owners: [Int]?
    let hasTeacher: Bool

    /// All positions, those matched, agreed, agreed in class; then the same of each class.
    private var positionCounts: [Int64]
    private(set) var uses: [Int64]
    private(set) var teacherUses: [Int64]
    private(set) var agreed: [Int64]
    /// By `template * classCount + class`.
    private var classCounts: [Int: Int] = [:]
    private var teacherClassCounts: [Int: Int] = [:]
    /// The best windows of each template, strongest first; image -1 where there is none.
    private var peakValues: [Float]
    private var peakImages: [Int32]
    private var peakPositions: [Int32]

    init(count: Int, classCount: Int, owners: [Int]?, hasTeacher: Bool) {
        self.count = count
        self.classCount = classCount
        self.owners = owners
        self.hasTeacher = hasTeacher
        positionCounts = Array(repeating: 0, count: 4 * (classCount + 1))
        uses = Array(repeating: 0, count: count)
        teacherUses = uses
        agreed = uses
        peakValues = Array(repeating: 0, count: count * Self.windows)
        peakImages = Array(repeating: -1, count: count * Self.windows)
        peakPositions = Array(repeating: 0, count: count * Self.windows)
    }

    /// Adds an image: the student's match at every position, -1 for none, and the teacher's assignment. Images come in rising order.
    mutating func add(image: Int, label: Int?, matches: ArraySlice<Int32>, teacher: ArraySlice<Int32>?, peaks: [TemplateScan.Peak]) {
        let label = label.flatMap { $0 < classCount ? $0 : nil }
        var seen: (all: Int64, matched: Int64, agreed: Int64, inClass: Int64) = (Int64(matches.count), 0, 0, 0)
        for (place, match) in matches.enumerated() {
            let template = Int(match)
            let assigned = teacher.map { Int($0[$0.startIndex + place]) }
            if template >= 0 {
                seen.matched += 1
                uses[template] += 1
                if let label { classCounts[template * classCount + label, default: 0] += 1 }
            }
            guard let assigned else { continue }
            teacherUses[assigned] += 1
            if let label { teacherClassCounts[assigned * classCount + label, default: 0] += 1 }
            guard template >= 0 else { continue }
            if template == assigned {
                seen.agreed += 1
                agreed[template] += 1
            }
            if let owners, owners[template] == owners[assigned] { seen.inClass += 1 }
        }
        for row in [0, label.map { $0 + 1 }].compactMap({ $0 }) {
            positionCounts[4 * row] += seen.all
            positionCounts[4 * row + 1] += seen.matched
            positionCounts[4 * row + 2] += seen.agreed
            positionCounts[4 * row + 3] += seen.inClass
        }
        for peak in peaks { keep(peak, image: Int32(truncatingIfNeeded: image)) }
    }

    /// Of equals the earlier image stays before the later one.
    private mutating func keep(_ peak: TemplateScan.Peak, image: Int32) {
        let first = Int(peak.template) * Self.windows
        var place = first + Self.windows
        while place > first, peakImages[place - 1] < 0 || peakValues[place - 1] < peak.value {
            place -= 1
            guard place + 1 < first + Self.windows else { continue }
            peakValues[place + 1] = peakValues[place]
            peakImages[place + 1] = peakImages[place]
            peakPositions[place + 1] = peakPositions[place]
        }
        guard place < first + Self.windows else { return }
        (peakValues[place], peakImages[place], peakPositions[place]) = (peak.value, image, peak.position)
    }

    // MARK: What was found

    /// Of all images, or those of a class.
    func positions(ofClass index: Int? = nil) -> TemplateLayer.Tally {
        let counts = positionCounts[(4 * (index.map { $0 + 1 } ?? 0))...]
        let first = counts.startIndex
        return .init(
            all: Int(counts[first]), matched: Int(counts[first + 1]), agreed: hasTeacher ? Int(counts[first + 2]) : nil,
            agreedInClass: hasTeacher && owners != nil ? Int(counts[first + 3]) : nil)
    }

    /// The classes in whose images each template is matched, most positions first; of equals the lower number.
    func classUses(atMost limit: Int) -> [[TemplateLayer.ClassUse]] { ranked(classCounts, limit) }

    /// The class in whose images the teacher assigns each template most.
    func teacherClasses() -> [Int?] { ranked(teacherClassCounts, 1).map { $0.first?.index } }

    private func ranked(_ uses: [Int: Int], _ limit: Int) -> [[TemplateLayer.ClassUse]] {
        var lists = [[TemplateLayer.ClassUse]](repeating: [], count: count)
        for (key, positions) in uses { lists[key / classCount].append(.init(index: key % classCount, positions: positions)) }
        return lists.map { Array($0.sorted { ($1.positions, $0.index) < ($0.positions, $1.index) }.prefix(limit)) }
    }

    /// The best windows of a template, strongest first: image, value and position.
    func peaks(of template: Int) -> [(image: Int, value: Float, position: Int)] {
        (template * Self.windows..<(template + 1) * Self.windows).filter { peakImages[$0] >= 0 }
            .map { (Int(peakImages[$0]), peakValues[$0], Int(peakPositions[$0])) }
    }

    // MARK: State

    func save(to archive: inout ByteArchive) {
        archive.put(positionCounts)
        archive.put(uses)
        archive.put(teacherUses)
        archive.put(agreed)
        for counts in [classCounts, teacherClassCounts] {
            archive.put(counts.sorted { $0.key < $1.key }.flatMap { [Int64($0.key), Int64($0.value)] })
        }
        archive.put(peakValues)
        archive.put(peakImages)
        archive.put(peakPositions)
    }

    mutating func load(from archive: inout ByteArchive) throws {
        var loaded = self
        loaded.positionCounts = try archive.take()
        loaded.uses = try archive.take()
        loaded.teacherUses = try archive.take()
        loaded.agreed = try archive.take()
        loaded.classCounts = try counts(from: &archive)
        loaded.teacherClassCounts = try counts(from: &archive)
        loaded.peakValues = try archive.take()
        loaded.peakImages = try archive.take()
        loaded.peakPositions = try archive.take()
        guard loaded.positionCounts.count == positionCounts.count, [loaded.uses, loaded.teacherUses, loaded.agreed].allSatisfy({ $0.count == count }),
            loaded.peakValues.count == peakValues.count, loaded.peakImages.count == peakImages.count,
            loaded.peakPositions.count == peakPositions.count
        else { throw Problem("The saved state is that of other templates") }
        self = loaded
    }

    private func counts(from archive: inout ByteArchive) throws -> [Int: Int] {
        let flat: [Int64] = try archive.take()
        var counts: [Int: Int] = [:]
        for place in stride(from: 0, to: flat.count - flat.count % 2, by: 2) {
            let key = Int(flat[place])
            guard key >= 0, key < count * classCount else { throw Problem("The saved state is that of other templates") }
            counts[key] = Int(flat[place + 1])
        }
        return counts
    }
}
