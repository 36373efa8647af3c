/// What a person wrote behind a verb: which arguments, and which file.
struct GivenArguments {
    /// The keys of the arguments that are there.
    private(set) var keys: Set<String> = []
    /// The file of `--config`; nil without one.
    private(set) var file: String?
    /// The words without `--config`.
    private(set) var rest: [String] = []

    init(_ words: some Sequence<String>, of known: KnownArguments) {
        var words = Array(words)[...]
        let positional = known.arguments.first { if case .positional = $0.kind { true } else { false } }
        while let word = words.popFirst() {
            if word == "--config", let path = words.first {
                file = path
                words.removeFirst()
                continue
            }
            if word.hasPrefix("--config=") {
                file = String(word.dropFirst("--config=".count))
                continue
            }
            rest.append(word)
            guard word.hasPrefix("-"), word != "-" else {
                if let positional { keys.insert(positional.key) }
                continue
            }
            if word == "--" {
                if !words.isEmpty, let positional { keys.insert(positional.key) }
                rest += words
                return
            }
            let name = word.prefix { $0 != "=" }
            guard let argument = known.named(name) else { continue }
            keys.insert(argument.key)
            guard case .option(_, _, let takesRest) = argument.kind, name.count == word.count else { continue }
            if let value = words.popFirst() { rest.append(value) }
            while takesRest, let value = words.first, !value.hasPrefix("-") { rest.append(words.removeFirst()) }
        }
    }
}
