import Foundation
import Testing

@testable import Analysis

struct LinearProbeTests {
    private struct Golden: Decodable {
        var predicted: [Int]
        var correct: Int
    }

    private static let classes = 4

    /// As in `make_linear_probe_golden.py`.
    private static func row(_ image: Int) -> [Float] {
        let label = image * 7 % classes
        return (0..<6).map { feature in
            let place = 0.7 * Double(image) + 1.3 * Double(feature) + 0.11 * Double(image * feature)
            return Float((sin(place) + (feature % classes == label ? 0.8 : 0)) * Double(1 + 10 * feature))
        } + [3]
    }

    @Test func `classes are those that scikit-learn finds`() throws {
        let golden: Golden = try goldenFile("linear_probe")
        let fitted = (0..<240).filter { $0 % 3 != 2 }, tested = (0..<240).filter { $0 % 3 == 2 }
        let probe = try LinearProbe(fitted.flatMap(Self.row), count: 7, labels: fitted.map { $0 * 7 % Self.classes }, classes: Self.classes)
        let found = probe.classes(of: tested.flatMap(Self.row))
        #expect(found == golden.predicted)
        #expect(zip(found, tested).count { $0 == $1 * 7 % Self.classes } == golden.correct)
    }

    @Test func `a class that is not there is never the answer, and constant features say nothing`() throws {
        let probe = try LinearProbe([1, 5, 2, 5, 8, 5, 9, 5], count: 2, labels: [0, 0, 2, 2], classes: 4)
        #expect(probe.classes(of: [0, 5, 1.5, 7, 8.5, -3, 100, 5]) == [0, 0, 2, 2])
    }

    @Test func `halves of a class are even, and images are spread`() {
        let labels: [Int?] = (0..<40).map { $0 % 5 == 4 ? nil : $0 % 5 }
        let all = LinearProbeStage.Sample(of: Array(0..<40), labels: labels, most: 100)
        #expect(all.images.count == 32 && all.classes == 4)
        for number in 0..<4 { #expect(zip(all.labels, all.isFitted).count { $0 == number && $1 } == 4) }
        let few = LinearProbeStage.Sample(of: Array(0..<40), labels: labels, most: 8)
        #expect(few.images.count == 8 && few.images == few.images.sorted() && (few.images.last ?? 0) > 30)
    }
}
