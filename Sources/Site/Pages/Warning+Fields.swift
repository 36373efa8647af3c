import Run

extension RunManifest.Warning {
    /// As `parts/warnings` shows it.
    var fields: Fields { ["summary": summary, "explanation": explanation, "remedy": remedy] }
}
