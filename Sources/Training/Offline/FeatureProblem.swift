import Diagnostics

/// What can be wrong with features.
enum FeatureProblem {
    static let notFinite = Problem(
        "The teacher's features are not finite",
        explanation: "Some are NaN or infinite, and clusters of such values make no sense.",
        remedy: "Check the teacher with 'vitrine inspect' and 'vitrine evaluate'; a trained one has finite features.")
}
