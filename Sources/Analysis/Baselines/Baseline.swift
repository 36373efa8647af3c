/// A published way to make a picture for a class or a unit that VITAL is compared with.
public enum Baseline: String, Sendable, CaseIterable, Codable {
    /// Activation maximisation in a decorrelated Fourier basis under random transforms (Olah, Mordvintsev and Schubert 2017).
    case fourier
    /// Activation maximisation over the phase alone, the magnitude spectrum being that of real images (Fel et al. 2023).
    case maco
    /// Class confidence and the statistics that batch normalisation kept of the training images (Yin et al. 2020).
    case deepInversion = "deep-inversion"

    /// What a reader calls it.
    public var name: String {
        switch self {
        case .fourier: "Fourier"
        case .maco: "MACO"
        case .deepInversion: "DeepInversion"
        }
    }

    /// Where it was published, in a line.
    public var source: String {
        switch self {
        case .fourier: "Olah, Mordvintsev and Schubert, Feature Visualization, Distill 2017"
        case .maco: "Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization, NeurIPS 2023"
        case .deepInversion: "Yin et al., Dreaming to Distill: Data-free Knowledge Transfer via DeepInversion, CVPR 2020"
        }
    }
}
