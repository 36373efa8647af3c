import Diagnostics
import Testing

@testable import Images

@Suite struct PreprocessingTests {
    private static let mean: [Float] = [0.485, 0.456, 0.406]
    private static let deviation: [Float] = [0.229, 0.224, 0.225]

    private func preprocessing(resize: Int?, _ interpolation: Resampling = .bilinear, height: Int, width: Int) throws -> Preprocessing {
        try Preprocessing(
            resize: resize, interpolation: interpolation, cropHeight: height, cropWidth: width, mean: Self.mean, standardDeviation: Self.deviation)
    }

    private func turned(_ picture: Picture) -> Picture {
        picture.upright(from: .leftTop)
    }

    @Test("resize and crop equal torchvision", arguments: [false, true])
    func equalsTorchvision(sidewards: Bool) throws {
        let source = try Fixture.ppm("resize-source")
        let picture = sidewards ? turned(source) : source
        let cases: [(String, Preprocessing)] = [
            ("a", try preprocessing(resize: 32, height: 28, width: 28)),
            ("b", try preprocessing(resize: 33, .bicubic, height: 28, width: 27)),
            ("c", try preprocessing(resize: 20, height: 24, width: 31)),
            ("d", try preprocessing(resize: 20, height: 16, width: 16)),
        ]
        for (name, preprocessing) in cases {
            #expect(try preprocessing.picture(picture) == Fixture.ppm("cropped-\(name)" + (sidewards ? "-turned" : "")), "\(name)")
        }
    }

    @Test func withoutResizingPicturesOfAnotherSizeAreResizedExactly() throws {
        let source = try Fixture.ppm("resize-source")
        #expect(try preprocessing(resize: nil, height: 47, width: 61).picture(source) == source)
        #expect(try preprocessing(resize: nil, height: 15, width: 20).picture(source) == Fixture.ppm("resized-bilinear-20x15"))
    }

    @Test func offsetsAreRoundedHalfToEven() {
        #expect(Preprocessing.centre(4, of: 5) == (0..<4, 0))
        #expect(Preprocessing.centre(4, of: 7) == (2..<6, 0))
        #expect(Preprocessing.centre(4, of: 9) == (2..<6, 0))
        #expect(Preprocessing.centre(7, of: 4) == (0..<4, 1))
        #expect(Preprocessing.centre(4, of: 4) == (0..<4, 0))
    }

    @Test func extremeShapesStaySmall() throws {
        let line = Picture(width: 60_000, height: 1, colour: RGB(9, 9, 9))
        let seen = try preprocessing(resize: 256, height: 224, width: 224).picture(line)
        #expect(seen == Picture(width: 224, height: 224, colour: RGB(9, 9, 9)))
        #expect(try preprocessing(resize: 256, height: 224, width: 224).picture(turned(line)) == seen)
    }

    @Test func tensorEqualsTorchvision() throws {
        let picture = try Fixture.ppm("tensor-source")
        let preprocessing = try preprocessing(resize: nil, height: picture.height, width: picture.width)
        var values = [Float](repeating: .nan, count: picture.pixels.count)
        preprocessing.tensorValues(of: picture, into: &values)
        let bytes = try Fixture.bytes("tensor.f32")
        let expected = bytes.withUnsafeBytes { raw in
            (0..<(raw.count / 4)).map { Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))) }
        }
        #expect(values == expected)
        #expect(preprocessing.picture(fromNormalised: values, height: picture.height, width: picture.width) == picture)
    }

    @Test func valuesOutOfRangeAreClamped() throws {
        let preprocessing = try preprocessing(resize: nil, height: 1, width: 5)
        let row: [Float] = [.nan, .infinity, -.infinity, 1e9, -1e9]
        let picture = preprocessing.picture(fromNormalised: row + row + row, height: 1, width: 5)
        #expect((0..<5).map { picture[$0, 0].red } == [0, 255, 0, 255, 0])
    }

    @Test func nonsenseIsRefused() throws {
        func attempt(_ resize: Int?, _ side: Int, _ mean: [Float], _ deviation: [Float]) throws {
            _ = try Preprocessing(resize: resize, cropHeight: side, cropWidth: side, mean: mean, standardDeviation: deviation)
        }
        #expect(throws: Problem.self) { try attempt(0, 224, Self.mean, Self.deviation) }
        #expect(throws: Problem.self) { try attempt(nil, 1 << 20, Self.mean, Self.deviation) }
        #expect(throws: Problem.self) { try attempt(nil, 224, [0.5], Self.deviation) }
        #expect(throws: Problem.self) { try attempt(nil, 224, Self.mean, [1, 0, 1]) }
        #expect(throws: Problem.self) { try attempt(nil, 224, [.nan, 0, 0], Self.deviation) }
    }

    @Test func greyIsPillows() throws {
        let source = try Fixture.ppm("resize-source"), grey = try Fixture.ppm("grey-source")
        #expect(source.grey() == grey)
        #expect(grey.grey() == grey)
        let preprocessing = try Preprocessing(
            resizing: .exact, cropHeight: 47, cropWidth: 61, order: .grey, mean: [0.5], standardDeviation: [0.25])
        #expect(preprocessing.picture(source) == grey)
        var values = [Float](repeating: .nan, count: 61 * 47)
        preprocessing.tensorValues(of: source.grey(), into: &values)
        #expect(values[0] == (Float(grey[0, 0].red) / 255 - 0.5) / 0.25)
        #expect(preprocessing.picture(fromNormalised: values, height: 47, width: 61) == grey)
        #expect(throws: Problem.self) {
            try Preprocessing(resizing: .exact, cropHeight: 4, cropWidth: 4, order: .grey, mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        }
    }

    @Test("bytes and blue first, as Caffe's networks take them", arguments: [0...255, -1...1] as [ClosedRange<Float>])
    func rangesAndOrders(range: ClosedRange<Float>) throws {
        let picture = Picture(width: 2, height: 1, pixels: [10, 20, 30, 255, 0, 128])
        let preprocessing = try Preprocessing(
            resizing: .exact, cropHeight: 1, cropWidth: 2, order: .bgr, valueRange: range, mean: [1, 2, 3], standardDeviation: [1, 2, 4])
        var values = [Float](repeating: .nan, count: 6)
        preprocessing.tensorValues(of: picture, into: &values)
        let extent = range.upperBound - range.lowerBound
        func expected(_ byte: Float, _ mean: Float, _ deviation: Float) -> Float {
            (byte / 255 * extent + range.lowerBound - mean) / deviation
        }
        let wanted = [
            expected(30, 1, 1), expected(128, 1, 1), expected(20, 2, 2), expected(0, 2, 2), expected(10, 3, 4), expected(255, 3, 4),
        ]
        for (value, want) in zip(values, wanted) { #expect(abs(value - want) <= 1e-6 * max(1, abs(want))) }
        #expect(preprocessing.picture(fromNormalised: values, height: 1, width: 2) == picture)
    }

    @Test func otherWaysToTheSize() throws {
        let source = try Fixture.ppm("resize-source")
        func seen(_ resizing: Preprocessing.Resizing, _ height: Int, _ width: Int, centresDown: Bool = false) throws -> Picture {
            try Preprocessing(
                resizing: resizing, cropHeight: height, cropWidth: width, centresDown: centresDown, mean: Self.mean,
                standardDeviation: Self.deviation
            ).picture(source)
        }
        func resized(_ width: Int, _ height: Int) -> Picture { source.resized(width: width, height: height, filter: .bilinear) }
        #expect(try seen(.stretched(height: 30, width: 20), 28, 16) == resized(20, 30).cropped(to: [1, 2, 29, 18]))
        // 61 x 47 covers 20 x 20 first by its height, 47 to 20; 61 becomes 25.96.
        #expect(try seen(.covering(height: 20, width: 20), 20, 20) == resized(26, 20).cropped(to: [0, 3, 20, 23]))
        #expect(try seen(.covering(height: 10, width: 40), 10, 40) == resized(40, 31).cropped(to: [10, 0, 20, 40]))
        // Of three pixels that are over, torchvision leaves two above and on the left, transformers one.
        #expect(try seen(.stretched(height: 19, width: 21), 16, 16) == resized(21, 19).cropped(to: [2, 2, 18, 18]))
        #expect(try seen(.stretched(height: 19, width: 21), 16, 16, centresDown: true) == resized(21, 19).cropped(to: [1, 2, 17, 18]))
        #expect(Preprocessing.centre(8, of: 5, down: true) == (0..<5, 2))
    }
}
