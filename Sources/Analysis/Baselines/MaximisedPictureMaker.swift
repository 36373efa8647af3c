import Run

/// Begins the pictures of a method of activation maximisation: what all of them share is made once.
struct MaximisedPictureMaker: Sendable {
    let studio: BaselineStudio
    /// Of the pictures' own size.
    let transform: RealFourierTransform
    /// For MACO, 3 x H x M.
    let magnitudes: [Float]

    func picture(for target: Prototype.Target) -> any MaximisedPicture {
        let random = studio.random(for: target)
        if studio.method == .maco {
            let passes = max(1, min(studio.maco.crops, studio.steps))
            return MagnitudeConstrainedPicture(
                magnitudes: magnitudes, transform: transform, preprocessing: studio.images.preprocessing, passes: passes,
                steps: (studio.steps + passes - 1) / passes, settings: studio.maco, random: random)
        }
        let input = studio.network.input
        return FourierPicture(transform: transform, mean: input.unitMean, deviation: input.unitDeviation, random: random)
    }
}
