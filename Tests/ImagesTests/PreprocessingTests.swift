import Diagnostics
import Foundation
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

    @Test func codes() throws {
        let preprocessing = try preprocessing(resize: 256, .bicubic, height: 224, width: 220)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(preprocessing)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == preprocessing)
        let wrong = Data(String(decoding: data, as: UTF8.self).replacing(#":224,"#, with: ":-1,").utf8)
        #expect(throws: Problem.self) { try JSONDecoder().decode(Preprocessing.self, from: wrong) }
    }
}
