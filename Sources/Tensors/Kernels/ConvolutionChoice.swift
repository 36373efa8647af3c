/// What is asked of `AlgorithmChoices` about one convolution, or its pullback.
struct ConvolutionChoice {
    let geometry: WindowGeometry
    /// Of the maps on both sides.
    let layouts: (input: Layout, output: Layout)
    var isPullback = false
    /// What is computed behind the convolution; with `adds` also a sum.
    var behind = ""
    var adds = false
    /// True where weights are packed before every run, which is timed, too: `make` gives `RepackedConvolution`s.
    var isRepacked = false

    /// The algorithm that `choices` names, direct without them and where there is no other. `make` gives what is timed.
    func algorithm(
        by choices: AlgorithmChoices?, make: (ConvolutionAlgorithm) throws -> any PreparedConvolution
    ) throws -> ConvolutionAlgorithm {
        let layout = layouts.input
        guard let choices, layout != .plain, layout == layouts.output, geometry.suitsWinograd else { return .direct }
        let key = "\(isPullback ? "pullback" : "forward") \(geometry.key)\(behind), threads \(Parallel.threads)"
        // Blocks of eight and of sixteen share a choice: which of them a process asks about first must not matter to a run.
        let note = (TileConvolution.serves(layout) ? ", tiles" : "") + (isRepacked ? ", packed in every run" : "")
        let candidates: [ConvolutionAlgorithm] =
            isPullback ? [.direct, .winograd, .turnedWinograd, .turnedTiles] : [.direct, .winograd, .tiles]
        return try choices.algorithm(for: key, note: note, among: candidates) { candidates in
            let kernels = candidates.map { $0.isOffered(for: layout) ? try? make($0) : nil }
            let input = try AlignedBuffer(bytes: geometry.sourceBytes), output = try AlignedBuffer(bytes: geometry.destinationBytes)
            let added = adds ? try AlignedBuffer(bytes: geometry.destinationBytes) : nil
            let scratch = try AlignedBuffer(bytes: kernels.compactMap { $0?.scratchBytes }.max() ?? 0)
            let (source, destination) = isPullback ? (output, input) : (input, output)
            return try withExtendedLifetime((source, destination, added, scratch)) {
                try shortestTimes(
                    of: kernels.map {
                        try $0?.bind(
                            source: source.floats(), added: added?.floats(), destination: destination.floats(), scratch: scratch.address)
                    }, isCold: TileConvolution.serves(layout))
            }
        }
    }
}

extension ConvolutionAlgorithm {
    /// False for what is not timed for maps in `layout`.
    fileprivate func isOffered(for layout: Layout) -> Bool {
        switch self {
        case .direct: true
        case .winograd, .turnedWinograd: !TileConvolution.serves(layout)
        case .tiles, .turnedTiles: TileConvolution.serves(layout)
        }
    }
}
