import Dataset
import Diagnostics
import Foundation
import Images
import Synchronization
import Testing

@Suite struct ImageReaderTests {
    /// Nine pictures of 2 x 3 pixels, of which the ones numbered 2 and 6 are cut short.
    private static func withImages(_ body: (RealImages) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("reader-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for number in 0..<9 {
            let bytes = try PNGEncoder.encode(Picture(width: 3, height: 2, pixels: Array(repeating: UInt8(20 * number), count: 18)))
            try Data(number % 4 == 2 ? Array(bytes.prefix(40)) : bytes).write(to: URL(fileURLWithPath: "\(path)/\(number).png"))
        }
        let preprocessing = try Preprocessing(
            resize: nil, cropHeight: 2, cropWidth: 3, mean: [0, 0.5, 1], standardDeviation: [1, 2, 0.5])
        let folder = try ImageFolder(path: path)
        try body(RealImages(folder: folder, preprocessing: preprocessing, labels: folder.items.map { _ in nil }))
    }

    @Test func `a broken image keeps its place and is told`() throws {
        try Self.withImages { images in
            let batch = ImageReader(images).read([7, 2, 0])
            #expect(batch.numbers == [7, 2, 0] && batch.count == 3)
            #expect(batch.pictures.map { $0?.pixels.first } == [140, nil, 0])
            #expect(batch.failures.map { $0 == nil } == [true, false, true])
            #expect(batch.failures[1]?.summary.contains("2.png") == true)
            let problem = #expect(throws: Problem.self) { try batch.checkWhole() }
            #expect(problem?.summary == batch.failures[1]?.summary)
            try ImageReader(images).read([7, 0]).checkWhole()
            let skipped = try images.skipped(2, #require(problem))
            #expect(skipped.path == "2.png" && skipped.reason == problem?.summary)
            #expect(images.noneLeft([skipped]).explanation?.contains("2.png") == true)
        }
    }

    @Test func `pictures are written as a network wants them, zeros for those that are missing`() throws {
        try Self.withImages { images in
            var values = [Float](repeating: .nan, count: 3 * 18)
            ImageReader(images).read([5, 6, 8]).write(images.preprocessing, into: &values)
            func expected(_ number: Int) -> [Float] {
                let value = Float(20 * number) / 255
                return [value, (value - 0.5) / 2, (value - 1) / 0.5].flatMap { Array(repeating: $0, count: 6) }
            }
            #expect(values == expected(5) + Array(repeating: 0, count: 18) + expected(8))
        }
    }

    @Test(arguments: [1, 3]) func `batches arrive in order, whatever the number of threads`(threads: Int) throws {
        try Self.withImages { images in
            let arrived = Mutex<[[Int]]>([]), broken = Mutex<[Int]>([])
            try ImageReader(images).forEachBatch(of: 1..<9, size: 3, threads: threads) {
            } look: { _, batch in
                batch.pictures.map { Int($0?.pixels.first ?? 255) }
            } deliver: { batch, colours in
                #expect(batch.pictures.isEmpty)
                #expect(colours == batch.numbers.map { $0 % 4 == 2 ? 255 : 20 * $0 })
                arrived.withLock { $0.append(batch.numbers) }
                for case let (number, _?) in zip(batch.numbers, batch.failures) { broken.withLock { $0.append(number) } }
            }
            #expect(arrived.withLock { $0 } == [[1, 2, 3], [4, 5, 6], [7, 8]])
            #expect(broken.withLock { $0 } == [2, 6])
        }
    }

    @Test func `the first error by order of batches ends the work`() throws {
        let reader = ImageReader { number in Picture(width: 1, height: 1, pixels: [UInt8(number), 0, 0]) }
        let problem = #expect(throws: Problem.self) {
            try reader.forEachBatch(of: [9, 8, 7, 6], size: 1, threads: 2) {
            } look: { _, batch in
                if batch.numbers[0] < 9 { throw Problem("no \(batch.numbers[0])") }
            } deliver: { _, _ in
            }
        }
        #expect(problem?.summary == "no 8")
    }
}
