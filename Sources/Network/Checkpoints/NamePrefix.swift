/// What wrappers put before the names of a network's parameters.
enum NamePrefix {
    /// `module.`: DataParallel; `_orig_mod.`: torch.compile; `_forward_module.`: Fabric; the others: training code that
    /// keeps the network in an attribute.
    static let known = ["module.", "_orig_mod.", "_forward_module.", "model.", "_model.", "net.", "network."]
    /// Added by `torch.optim.swa_utils.AveragedModel` beside the wrapped network.
    private static let counter = "n_averaged"

    private static let chainLimit = 4

    /// The longest chain of known prefixes, at most four, that every name has; empty if they share none.
    static func common(to names: [String]) -> String {
        let wrapped = names.filter { $0 != counter }
        var prefix = ""
        for _ in 0..<chainLimit where !wrapped.isEmpty {
            let next = known.first { candidate in wrapped.allSatisfy { $0.hasPrefix(prefix + candidate) } }
            prefix += next ?? ""
        }
        // A name must be left, and one that the counter does not have.
        return wrapped.contains { $0 == prefix || $0 == prefix + counter } ? "" : prefix
    }

    static func remove(_ prefix: String, from name: String) -> String {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }
}
