/// Puts together what pages say of themselves with what they say of each other.
struct Gathering {
    let index: SiteIndex
    let limits: SiteLimits
    var findings: FindingList

    private struct Place: Hashable {
        var target: Int
        var fragment: String
    }

    private var ids: [Int: [Int]] = [:]
    /// Where fragments of pages are asked for that may have them; each once, with whoever asks first and how many do.
    private var asked: [Place: (askers: [Finding.Place], count: Int)] = [:]
    private var lookedAtPictures = Set<Int>()

    init(index: SiteIndex, limits: SiteLimits, findings: FindingList) {
        self.index = index
        self.limits = limits
        self.findings = findings
    }

    mutating func add(_ page: LookedAt) {
        let path = index.files[page.number].path
        for remark in page.remarks {
            findings.add(remark.kind, remark.subject, detail: remark.detail, at: .init(path, line: remark.line, column: remark.column))
        }
        ids[page.number] = page.ids
        for link in page.fragmentLinks {
            let place = Place(target: link.target, fragment: link.fragment)
            // Of those that are known to be there nothing has to be kept.
            if let known = ids[link.target], Self.contains(known, link.fragment.hashValue) { continue }
            var entry = asked[place] ?? ([], 0)
            entry.count += 1
            if entry.askers.count < Finding.placesKept {
                entry.askers.append(.init(path, line: link.line, column: link.column))
            }
            asked[place] = entry
        }
        for picture in page.pictures.sorted() where lookedAtPictures.insert(picture).inserted {
            let file = index.files[picture]
            if let objection = PictureEnds.objection(to: index.root + "/" + file.path, bytes: file.bytes) {
                findings.add(.damagedImage, file.path, detail: objection, at: .init(path))
            }
        }
    }

    /// Says which fragments are nowhere, once all pages are known.
    mutating func finish() {
        let missing = asked.filter { !Self.contains(ids[$0.key.target] ?? [], $0.key.fragment.hashValue) }
        for (place, entry) in missing.sorted(by: { ($0.key.target, $0.key.fragment) < ($1.key.target, $1.key.fragment) }) {
            let subject = "\(index.files[place.target].path)#\(place.fragment)"
            for number in 0..<entry.count {
                findings.add(.brokenFragment, subject, at: entry.askers[min(number, entry.askers.count - 1)])
            }
        }
        asked = [:]
    }

    private static func contains(_ sorted: [Int], _ value: Int) -> Bool {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == value
    }
}
