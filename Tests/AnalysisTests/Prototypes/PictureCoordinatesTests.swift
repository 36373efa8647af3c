import Tensors
import Testing

@testable import Analysis

struct PictureCoordinatesTests {
    private struct Golden: Decodable {
        var size: [Int]
        var channels: Int
        var exponent: Float
        var band: Float
        var mixture: [[Float]]
        var rate: Float
        var coordinates: [Float]
        var target: [Float]
        var pictures: [[Float]]
        var moved: [Float]
    }

    private static let mixture: [[Float]] = [[0.8, 0.5, -0.1], [0.6, -0.2, 0.3], [0.7, -0.4, 0.2]]

    private static func fourier(_ size: [Int], _ channels: Int, _ exponent: Float) throws -> FourierBasis {
        let transform = RealFourierTransform(height: size[0], width: size[1])
        let basis = try PictureCoordinates(.fourier(exponent: exponent)).basis(transform: transform, channels: channels, references: nil)
        return try #require(basis as? FourierBasis)
    }

    private func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }

    @Test func stepsAsAdamOnCoefficientsDoesInPyTorch() throws {
        for golden in try goldenFile("coordinates", as: [Golden].self) {
            let area = golden.size[0] * golden.size[1]
            let basis = ColourBasis(try Self.fourier(golden.size, golden.channels, golden.exponent), mixture: golden.mixture, area: area)
            var schedule = OptimisationSchedule(steps: 4, warmup: 1, jitter: 0)
            schedule.phases = [.init(steps: 4, pooling: 1, band: golden.band)]
            var written = WrittenPicture(basis, coordinates: golden.coordinates, schedule: schedule)
            for (step, expected) in golden.pictures.enumerated() {
                var picture = [Float](repeating: .nan, count: golden.channels * area)
                written.write(phase: 0, into: &picture)
                #expect(zip(picture, expected).allSatisfy { abs($0 - $1) < 2e-5 }, "\(golden.size), step \(step)")
                written.move(along: zip(picture, golden.target).map { $0 - $1 }, rate: golden.rate, phase: 0)
            }
            #expect(zip(written.coordinates, golden.moved).allSatisfy { abs($0 - $1) < 5e-5 }, "\(golden.size)")
        }
    }

    /// `<B c, u> = <c, B' u>`, for pixels and spectra, mixed colours and bands, odd sizes and grey.
    @Test(arguments: [[32, 32], [7, 10], [15, 21], [224, 48]])
    func theGradientComesBackByTheAdjoint(size: [Int]) throws {
        let area = size[0] * size[1]
        let plain = try Self.fourier(size, 3, 1)
        let bases: [(any PictureBasis, Int)] = [
            (plain, 3), (try Self.fourier(size, 1, 0.5), 1), (plain.limited(to: 0.2), 3),
            (ColourBasis(plain, mixture: Self.mixture, area: area), 3),
            (ColourBasis(PixelBasis(count: 3 * area), mixture: Self.mixture, area: area).limited(to: 0.1), 3),
        ]
        for (number, (basis, channels)) in bases.enumerated() {
            var random = RandomSource(seed: 4, stream: "\(size)/\(number)")
            let coordinates = (0..<basis.count).map { _ in random.normal() }, slopes = (0..<channels * area).map { _ in random.normal() }
            var picture = slopes, back = coordinates
            basis.write(coordinates, into: &picture)
            basis.pullback(slopes, into: &back)
            let lengths = (product(picture, picture) * product(slopes, slopes)).squareRoot()
            #expect(abs(product(picture, slopes) - product(coordinates, back)) < 1e-5 * lengths, "\(size), basis \(number)")
        }
    }

    /// White coefficients make a picture of variance 1 whose spectrum falls as it should: bands of an octave are equally strong at exponent 1.
    @Test func noiseHasTheSpectrumOfPhotographs() throws {
        let size = [64, 64], basis = try Self.fourier(size, 3, 1)
        var random = RandomSource(seed: 5, stream: "noise")
        var variances: [Double] = [], octaves = [0.0, 0.0]
        for _ in 0..<20 {
            let coordinates = (0..<basis.count).map { _ in random.normal() }
            func power(_ basis: FourierBasis) -> Double {
                var picture = [Float](repeating: 0, count: 3 * 64 * 64)
                basis.write(coordinates, into: &picture)
                return product(picture, picture) / Double(picture.count)
            }
            variances.append(power(basis))
            let (low, middle, high) = (power(basis.limited(to: 0.0625)), power(basis.limited(to: 0.125)), power(basis.limited(to: 0.25)))
            octaves[0] += middle - low
            octaves[1] += high - middle
        }
        #expect(abs(variances.reduce(0, +) / 20 - 1) < 0.05)
        #expect((0.85...1.15).contains(octaves[0] / octaves[1]))
    }

    /// References of one colour and one wave: the picture of white noise has them, too.
    @Test func referencesTellAmplitudesAndColours() throws {
        let size = [16, 12], area = 192, transform = RealFourierTransform(height: 16, width: 12)
        var colours = ReferenceColours(transform: transform, channels: 3)
        // Three waves across: 3 / 12 cycles per pixel, in yellow.
        colours.add((0..<3 * area).map { place in
            let wave = Float([0, 1, 0, -1][place % 12 % 4])
            return place / area < 2 ? wave : 0
        })
        let coordinates = PictureCoordinates(.referenceSpectrum, decorrelatesColours: true)
        #expect(coordinates.needsReferences && !PictureCoordinates.pixels.needsReferences)
        let basis = try #require(try coordinates.basis(transform: transform, channels: 3, references: colours))
        var random = RandomSource(seed: 6, stream: "white")
        var picture = [Float](repeating: 0, count: 3 * area), inWave = picture
        let white = (0..<basis.count).map { _ in random.normal() }
        basis.write(white, into: &picture)
        // The ring of that wave reaches from 2.5 to 3.5 of the shorter side.
        basis.limited(to: 3.5 / 12).write(white, into: &inWave)
        var below = inWave
        basis.limited(to: 2.4 / 12).write(white, into: &below)
        let wave = zip(inWave, below).map { $0 - $1 }
        #expect(product(wave, wave) > 0.98 * product(picture, picture))
        let (red, green, blue) = (Array(picture[..<area]), Array(picture[area..<2 * area]), Array(picture[(2 * area)...]))
        #expect(product(red, green) > 0.9 * product(red, red) && product(blue, blue) < 0.1 * product(red, red))
        #expect(size == [transform.height, transform.width])
    }

    @Test func areSaidAsOptionsAre() {
        for text in ["pixels", "fourier", "fourier:0.75", "spectrum", "pixels+colours", "fourier:0.5+colours", "spectrum+colours"] {
            #expect(PictureCoordinates(text)?.description == text)
        }
        #expect(PictureCoordinates("fourier:1") == PictureCoordinates(.fourier(exponent: 1)))
        for text in ["", "wavelets", "fourier:", "fourier:nan", "fourier:-1", "fourier:9", "fourier+", "pixels+colours+colours", "+colours"] {
            #expect(PictureCoordinates(text) == nil, "\(text)")
        }
    }

    /// A band that opens brings back what was held; what is outside a band neither shows nor moves.
    @Test func lowFrequenciesComeFirst() throws {
        var schedule = OptimisationSchedule(steps: 4, warmup: 1, jitter: 0)
        schedule.phases = [.init(steps: 2, pooling: 2, band: 0.2), .init(steps: 2, pooling: 1)]
        schedule.restarts = false
        schedule.coordinates = PictureCoordinates(.fourier(exponent: 1))
        let basis = try Self.fourier([12, 10], 3, 1)
        var state = PixelState(
            size: [12, 10], schedule: schedule, mean: [0.5, 0.5, 0.5], deviation: [0.2, 0.2, 0.2], basis: basis,
            random: RandomSource(seed: 7, stream: "bands"))
        let whole = { (pixels: [Float]) -> Double in
            var spectrum = [Float](repeating: 0, count: 2 * 12 * 6)
            let transform = RealFourierTransform(height: 12, width: 10)
            transform.forward(Array(pixels[..<120]), into: &spectrum)
            return transform.radialFrequencies.enumerated().reduce(0) { $1.element > 0.2 ? $0 + Double(abs(spectrum[$1.offset])) : $0 }
        }
        #expect(whole(state.pixels) < 1e-4)
        var view = [Float](repeating: .nan, count: 3 * 6 * 5)
        for _ in 0..<2 {
            state.writeRolled(into: &view)
            state.descend(view, loss: 1)
        }
        #expect(whole(state.pixels) > 1 && state.pooling.factor == 1)
        // One course of the rate over all phases.
        #expect(schedule.learningRate(at: 1) == 1 && schedule.learningRate(at: 2) < 0.8 && schedule.learningRate(at: 2) > 0.7)
    }
}
