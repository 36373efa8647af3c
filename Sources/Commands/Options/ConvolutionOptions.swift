public import ArgumentParser
import Diagnostics
public import Tensors

struct WinogradOption: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: "Compute 3 x 3 convolutions by Winograd's way where that is faster here: features agree to 1e-4.")
    var winograd = true
}

struct PrecisionOption: ParsableArguments {
    @Option(
        help: """
            The precision of convolutions during sweeps and optimisation: float32 or bfloat16, which is about twice as fast \
            on processors that have it. Prototypes are measured in float32 in any case.
            """)
    var precision: Precision = .float32

    /// Throws a `Problem` when this processor has no such numbers.
    func check() throws {
        guard !precision.isSupported else { return }
        throw Problem(
            "This processor has no instructions for \(precision.rawValue)",
            explanation: "--precision \(precision.rawValue) would be slower than float32.", remedy: "Leave --precision out.", kind: .usage)
    }
}

extension Precision: ExpressibleByArgument {}
