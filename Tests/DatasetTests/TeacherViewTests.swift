import Foundation
import Network
import Testing

@testable import Dataset

/// What a teacher sees of a student's pictures.
@Suite struct TeacherViewTests {
    private struct Golden: Decodable {
        var size: [Int]
        var other: [Int]
        /// 3 x height x width.
        var picture: [Float]
        /// Of the second channel.
        var resampled: [Float]
    }

    private static func input(_ size: [Int], mean: [Float], deviation: [Float]) -> ImageNetwork.Input {
        ImageNetwork.Input(resize: nil, size: size, mean: mean, standardDeviation: deviation)
    }

    @Test func `other sizes are PyTorch's, in the teacher's colours`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/view.json")
        let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
        #expect(goldens.count == 4)
        for golden in goldens {
            let small = Self.input(golden.size, mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.25, 0.5])
            let large = Self.input(golden.other, mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.8, 1])
            let view = TeacherView(of: small, for: large)
            let area = golden.size[0] * golden.size[1], count = golden.other[0] * golden.other[1]
            // Two pictures, the second of zeros: a mean colour.
            let pictures = golden.picture.enumerated().map { ($1 - small.mean[$0 / area]) / small.standardDeviation[$0 / area] }
                + [Float](repeating: 0, count: 3 * area)
            var seen = [Float](repeating: .nan, count: 6 * count)
            view.write(pictures, count: 2, to: &seen)
            #expect(!view.keepsSize)
            for (place, value) in golden.resampled.enumerated() {
                #expect(abs(seen[count + place] - (value - 0.2) / 0.8) < 1e-5, "\(golden.size) to \(golden.other), \(place)")
                #expect(abs(seen[4 * count + place] - (0.5 - 0.2) / 0.8) < 1e-5)
            }
            #expect(!seen.contains { !$0.isFinite })
        }
    }

    @Test func `what both take alike is passed on as it is`() throws {
        let input = Self.input([2, 3], mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.25, 0.5])
        let view = TeacherView(of: input, for: input)
        let pictures = (0..<18).map { Float($0) / 7 }
        var seen = [Float](repeating: 0, count: 18)
        view.write(pictures, count: 1, to: &seen)
        #expect(view.keepsSize && seen == pictures)
        #expect(view.keepsFraming && view.identity == nil)
    }

    /// Results that follow from pictures are told apart where the teacher would have cut others out of the same files.
    @Test func `a teacher that cuts otherwise sees the student's pictures`() {
        let student = Self.input([2, 3], mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.25, 0.5])
        var teacher = Self.input([2, 3], mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.8, 1])
        #expect(TeacherView(of: student, for: teacher).identity == nil)
        teacher.resizing = .shorterSide(5)
        let view = TeacherView(of: student, for: teacher)
        #expect(view.keepsSize && !view.keepsFraming && view.identity?.contains("resampled") == false)
        teacher.size = [4, 6]
        #expect(TeacherView(of: student, for: teacher).identity?.contains("resampled") == true)
    }
}
