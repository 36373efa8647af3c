import Foundation

extension PictureCoordinates {
    /// The basis of pictures of `transform`'s size; nil for plain pixels, which need none. `references` are wanted where `needsReferences`.
    ///
    /// - Throws: `Problem` when references are not finite.
    func basis(transform: RealFourierTransform, channels: Int, references: ReferenceColours?) throws -> (any PictureBasis)? {
        func coloured(_ basis: some PictureBasis) throws -> any PictureBasis {
            guard decorrelatesColours, channels > 1, let references else { return basis }
            return ColourBasis(basis, mixture: try references.mixture(), area: transform.pictureCount)
        }
        switch basis {
        case .pixels:
            return decorrelatesColours ? try coloured(PixelBasis(count: channels * transform.pictureCount)) : nil
        case .fourier(let exponent):
            return try coloured(FourierBasis(transform: transform, channels: channels) { Foundation.pow($0, -exponent) })
        case .referenceSpectrum:
            return try coloured(FourierBasis(transform: transform, channels: channels, amplitude: references?.amplitude ?? { _ in 1 }))
        }
    }
}
