import Diagnostics
import Foundation
import Images
import Tensors
import Testing
@testable import Training

@Suite struct BatchTests {
    private static func preprocessing(_ size: Int) throws -> Preprocessing {
        try Preprocessing(
            resize: nil, cropHeight: size, cropWidth: size, mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
    }

    /// Values, labels and numbers of all batches of an epoch.
    private static func contents(_ order: BatchOrder, epoch: Int, from first: Int = 0, delay: UInt32 = 0) throws -> [([Float], [Int], [Int])] {
        let queue = try order.queue(epoch: epoch, from: first)
        var result: [([Float], [Int], [Int])] = []
        while let batch = try queue.next() {
            if delay > 0 { usleep(delay) }
            result.append((Array(UnsafeBufferPointer(start: batch.images, count: batch.count * 3 * 64)), batch.labels, batch.numbers))
        }
        return result
    }

    @Test func `batches do not depend on time, memory or where an epoch is entered`() throws {
        try withSmallPictures { path in
            let folder = try ImageFolder(path: path)
            func order(cache: Int) throws -> BatchOrder {
                BatchOrder(
                    try LabelledPictures(folder, preprocessing: Self.preprocessing(8), cacheBytes: cache), batchSize: 3,
                    augmentation: Augmentation(), seed: 4)
            }
            let whole = try Self.contents(order(cache: 1 << 20), epoch: 1)
            #expect(whole.map(\.2.count) == [3, 3, 3, 1])
            #expect(whole.flatMap(\.2).sorted() == Array(0..<10))
            for (values, labels, numbers) in whole {
                #expect(labels == numbers.map { $0 / 5 } && values.allSatisfy { $0.isFinite })
            }
            func same(_ a: [([Float], [Int], [Int])], _ b: some Collection<([Float], [Int], [Int])>) -> Bool {
                a.count == b.count && zip(a, b).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 && $0.2 == $1.2 }
            }
            // Room for two pictures; a slow reader; the second half alone.
            let small = try order(cache: 2 * 192)
            #expect(small.pictures.keptCount == 2)
            #expect(try same(Self.contents(small, epoch: 1), whole))
            #expect(try same(Self.contents(small, epoch: 1, delay: 3000), whole))
            #expect(try same(Self.contents(small, epoch: 1, from: 2), whole[2...]))
            #expect(try !same(Self.contents(small, epoch: 2), whole))
        }
    }

    @Test func `without augmentation images are as inference sees them`() throws {
        try withSmallPictures(size: 12) { path in
            let preprocessing = try Self.preprocessing(8)
            let folder = try ImageFolder(path: path)
            let order = BatchOrder(inOrder: try LabelledPictures(folder, preprocessing: preprocessing, cacheBytes: 0), batchSize: 4)
            for (values, _, numbers) in try Self.contents(order, epoch: 0) {
                for (slot, number) in numbers.enumerated() {
                    var expected = [Float](repeating: 0, count: 192)
                    let picture = preprocessing.picture(try ImageDecoder.picture(at: folder.items[number].path))
                    preprocessing.tensorValues(of: picture, into: &expected)
                    #expect(Array(values[slot * 192..<(slot + 1) * 192]) == expected)
                }
            }
            #expect(try Self.contents(order, epoch: 0).flatMap(\.2) == Array(0..<10))
        }
    }

    /// What a reflection by padding does, spelled out.
    @Test func `pictures are moved, reflected and mirrored`() throws {
        var picture = Picture(width: 5, height: 4, colour: RGB(0, 0, 0))
        for index in picture.pixels.indices { picture.pixels[index] = UInt8(index) }
        let pixels = NormalisedPixels(try Self.preprocessing(4))
        func plain(_ x: Int, _ y: Int) -> [Float] {
            [0.485, 0.456, 0.406].enumerated().map { c, mean in
                (Float(picture.pixels[3 * (y * 5 + x) + c]) / 255 - mean) / [0.229, 0.224, 0.225][c]
            }
        }
        let columns = [3, 2, 1, 0, 1, 2, 3, 4, 3, 2, 1], rows = [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]
        for move in [
            Augmentation.Move(), .init(x: -3, y: 2, isMirrored: false), .init(x: 3, y: -3, isMirrored: true), .init(x: 1, y: 3, isMirrored: true),
        ] {
            var values = [Float](repeating: 0, count: 60)
            pixels.write(picture, moved: move, into: &values)
            for y in 0..<4 {
                for x in 0..<5 {
                    let from = (columns[3 + (move.isMirrored ? 4 - x : x) + move.x], rows[3 + y + move.y])
                    #expect((0..<3).map { values[($0 * 4 + y) * 5 + x] } == plain(from.0, from.1), "\(move), \(x), \(y)")
                }
            }
        }
    }

    @Test func `all moves occur`() {
        var random = RandomSource(seed: 1, stream: "moves"), seen: [String: Int] = [:]
        let augmentation = Augmentation()
        for _ in 0..<8100 {
            let move = augmentation.move(&random)
            seen["\(move)", default: 0] += 1
        }
        #expect(seen.count == 2 * 81 && seen.values.allSatisfy { (15...100).contains($0) })
        #expect(Augmentation.none.move(&random) == .init())
    }

    @Test func `a broken image ends the epoch with its name`() throws {
        try withSmallPictures { path in
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: path + "/b/2.png"))
            let order = BatchOrder(
                inOrder: try LabelledPictures(ImageFolder(path: path), preprocessing: Self.preprocessing(8), cacheBytes: 0), batchSize: 2)
            let queue = try order.queue(epoch: 0)
            for _ in 0..<3 { #expect(try queue.next() != nil) }
            let problem = try #require(throws: Problem.self) { try queue.next() }
            #expect(problem.summary.contains("b/2.png"))
        }
    }

    @Test func `broken images can be left out, and the others are as in a folder without them`() throws {
        try withSmallPictures { path in
            func contents(_ folder: ImageFolder, cache: Int) throws -> ([([Float], [Int], [Int])], [String]) {
                let pictures = try LabelledPictures(folder, preprocessing: Self.preprocessing(8), cacheBytes: cache)
                let skipped = try pictures.leaveOutBroken(threads: 2).map(\.path)
                let order = BatchOrder(pictures, batchSize: 3, augmentation: Augmentation(), seed: 4)
                return (try Self.contents(order, epoch: 1), skipped)
            }
            let bad = ["a/1.png", "b/2.png"]
            for name in bad { try Data("nothing".utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
            let folder = try ImageFolder(path: path)
            let good = folder.selecting(folder.items.indices.filter { !bad.contains(folder.items[$0].relativePath) })
            let (expected, none) = try contents(good, cache: 0)
            #expect(none.isEmpty && expected.map(\.2.count) == [3, 3, 2])
            // Room for none, three and all of them.
            for cache in [0, 3 * 192, 1 << 20] {
                let (found, skipped) = try contents(folder, cache: cache)
                #expect(skipped == bad)
                #expect(zip(found, expected).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 && $0.2 == $1.2 } && found.count == expected.count)
            }
            for item in folder.items { try Data().write(to: URL(fileURLWithPath: item.path)) }
            let problem = try #require(throws: Problem.self) { try contents(folder, cache: 0) }
            #expect(problem.summary == "None of the 10 images could be read")
        }
    }

    @Test func `images without a class are refused, classes are cut short`() throws {
        try withSmallPictures { path in
            let folder = try ImageFolder(path: path)
            #expect(throws: Problem.self) {
                try LabelledPictures(ImageFolder(path: path + "/a"), preprocessing: Self.preprocessing(8), cacheBytes: 0)
            }
            let few = folder.limited(toPerClass: 2)
            #expect(few.items.map(\.relativePath) == ["a/0.png", "a/1.png", "b/0.png", "b/1.png"])
        }
    }
}
