/// What wrappers put before the names of a network's parameters.
enum NamePrefix {
    /// `module.`: DataParallel; `_orig_mod.`: torch.compile; `_forward_module.`: Fabric; `_fsdp_wrapped_module.` and
    /// `_checkpoint_wrapped_module.`: FSDP and activation checkpointing; the others: training code that keeps the network in an
    /// attribute.
    static let known = [
        "module.", "_orig_mod.", "_forward_module.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "model.", "_model.", "net.",
        "network.",
    ]
    /// Those that stand within names, too: every part may be wrapped by itself.
    private static let inner = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."]
    /// Added by `torch.optim.swa_utils.AveragedModel` beside the wrapped network.
    static let counter = "n_averaged"

    private static let chainLimit = 4

    /// The longest chain of known prefixes, at most four, that every name has; empty if they share none.
    static func common(to names: [String]) -> String { chain(of: names.filter { $0 != counter }, except: 0) }

    /// The same of at least three quarters of the names.
    static func dominant(in names: [String]) -> String {
        let wrapped = names.filter { $0 != counter }
        return chain(of: wrapped, except: wrapped.count / 4)
    }

    private static func chain(of names: [String], except limit: Int) -> String {
        var prefix = ""
        for _ in 0..<chainLimit where !names.isEmpty {
            let next = known.first { candidate in
                var others = 0
                return names.allSatisfy { name in
                    others += name.hasPrefix(prefix + candidate) ? 0 : 1
                    return others <= limit
                }
            }
            prefix += next ?? ""
        }
        // A name must be left, and one that the counter does not have.
        return names.contains { $0 == prefix || $0 == prefix + counter } ? "" : prefix
    }

    static func remove(_ prefix: String, from name: String) -> String {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }

    /// `name` without the wrappers of single parts: `layer1._orig_mod.0.conv1.weight` is `layer1.0.conv1.weight`.
    static func withoutInnerWrappers(_ name: String) -> String {
        guard name.contains("_mod") else { return name }
        return inner.reduce(name) { $0.replacing("." + $1, with: ".") }
    }

    /// The whole prefixes that `wanted` stands for: itself where names begin with it, otherwise all that end in it at a part's end.
    static func full(_ wanted: String, in names: [String]) -> [String] {
        let wanted = wanted.hasSuffix(".") ? wanted : wanted + "."
        if names.contains(where: { $0.hasPrefix(wanted) }) { return [wanted] }
        var found: [String] = []
        for name in names {
            guard let range = name.firstRange(of: "." + wanted) else { continue }
            let prefix = String(name[..<range.upperBound])
            if !found.contains(prefix), found.count < 100 { found.append(prefix) }
        }
        return found
    }
}
