/// What numbers a prototype's picture is written in while it is optimised.
///
/// The optimiser moves every number by steps of one length. Of pixels that makes grain, which costs the loss little; of the coefficients of
/// frequencies, each with the amplitude that it has in photographs, it makes surfaces and edges.
public struct PictureCoordinates: Sendable, Hashable {
    public enum Basis: Sendable, Hashable {
        /// The pixels themselves, as published.
        case pixels
        /// The real and imaginary parts of the spectrum, over frequency to the power of `exponent`: 1 is the fall in photographs.
        case fourier(exponent: Float)
        /// The same, with the amplitudes that frequencies have in the picture's own references.
        case referenceSpectrum
    }

    public var basis: Basis
    /// True when what is written are not the network's channels but colours that are uncorrelated in the picture's references.
    public var decorrelatesColours = false

    public init(_ basis: Basis, decorrelatesColours: Bool = false) {
        self.basis = basis
        self.decorrelatesColours = decorrelatesColours
    }

    public static let pixels = PictureCoordinates(.pixels)

    /// True when the references have to be looked at for them.
    var needsReferences: Bool { basis == .referenceSpectrum || decorrelatesColours }
}

extension PictureCoordinates: CustomStringConvertible {
    /// As an option has it: `pixels`, `fourier:0.75`, `spectrum`, each perhaps with `+colours`. Nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "+", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.dropFirst().allSatisfy({ $0 == "colours" }), parts.count <= 2 else { return nil }
        switch name {
        case "pixels": basis = .pixels
        case "spectrum": basis = .referenceSpectrum
        case "fourier": basis = .fourier(exponent: 1)
        default:
            guard name.hasPrefix("fourier:"), let exponent = Float(name.dropFirst("fourier:".count)), (0...4).contains(exponent) else {
                return nil
            }
            basis = .fourier(exponent: exponent)
        }
        decorrelatesColours = parts.count == 2
    }

    public var description: String {
        let name = switch basis {
        case .pixels: "pixels"
        case .fourier(let exponent): exponent == 1 ? "fourier" : "fourier:\(exponent)"
        case .referenceSpectrum: "spectrum"
        }
        return name + (decorrelatesColours ? "+colours" : "")
    }
}
