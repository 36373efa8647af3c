import Diagnostics
import Foundation

/// What is said of directions besides their tensors: by options, by the file's own metadata, by a configuration beside it, as SAELens
/// (`cfg.json`), sparsify (`cfg.json`) and dictionary_learning (`config.json`) write them. Where several say something, the first counts.
struct DirectionNotes {
    private struct Source {
        let name: String
        let values: JSONValue
    }

    private var sources: [Source] = []

    /// Words that only the configuration of a sparse autoencoder has: another network's may lie in the same folder.
    private static let marks = ["d_sae", "dict_size", "num_latents", "activation_dim", "expansion_factor", "dict_class"]

    init(_ checkpoint: Checkpoint) {
        let metadata = checkpoint.metadata.mapValues(Self.value)
        if !metadata.isEmpty { sources.append(Source(name: "the file’s metadata", values: .object(metadata))) }
        for key in ["cfg", "config", "sae_config"] {
            if case .object? = metadata[key], let values = metadata[key] { sources.append(Source(name: "the file’s metadata", values: values)) }
        }
        for file in ["cfg.json", "config.json"] {
            let place = URL(fileURLWithPath: checkpoint.folder).appendingPathComponent(file)
            guard let values = JSONValue(objectAt: place, limit: 1 << 20) else { continue }
            let sections = [values] + ["trainer", "metadata", "sae", "activation_fn_kwargs"].compactMap { values[$0] }
            guard sections.contains(where: { section in Self.marks.contains { section[$0] != nil } }) else { continue }
            sources += sections.map { Source(name: file, values: $0) }
        }
    }

    /// Metadata are texts: numbers, flags and lists are written in them as Python or JSON does.
    private static func value(_ text: String) -> JSONValue {
        switch text {
        case "True": return .boolean(true)
        case "False": return .boolean(false)
        case "None": return .null
        default: return JSONValue(Data(text.utf8)) ?? .text(text)
        }
    }

    private func first<Value>(_ keys: [String], _ read: (JSONValue) -> Value?) -> (value: Value, source: String)? {
        for source in sources {
            for key in keys { if let value = source.values[key].flatMap(read) { return (value, source.name) } }
        }
        return nil
    }

    var layer: (value: String, source: String)? { first(["layer", "hook_name", "hook_point", "hookpoint", "submodule_name"]) { $0.text } }
    var kept: (value: Int, source: String)? { first(["k"]) { $0.count } }
    var takesOffBias: (value: Bool, source: String)? { first(["apply_b_dec_to_input"]) { $0.boolean } }
    var scalesByDecoder: Bool { first(["rescale_acts_by_decoder_norm"]) { $0.boolean }?.value ?? false }
    var names: (value: [String], source: String)? {
        first(["names", "classes"]) { list in
            list.array.flatMap { items in
                let texts = items.compactMap(\.text)
                return texts.count == items.count ? texts : nil
            }
        }
    }

    /// `none`, `relu`, `topk` or `jumprelu`, as far as it is said; another word where something else is. SAELens says `relu` beside `jumprelu`,
    /// and `standard` beside `topk`: the other word counts.
    var activation: (value: String, source: String)? {
        for source in sources {
            let words = ["activation", "activation_fn", "activation_fn_str", "architecture", "dict_class"].compactMap { source.values[$0]?.text }
                .map { Self.activations[$0.lowercased()] ?? $0 }
            if let word = words.first(where: { $0 != "relu" }) ?? words.first { return (word, source.name) }
        }
        return nil
    }

    /// By the words of the libraries, in small letters.
    static let activations: [String: String] = [
        "none": "none", "identity": "none", "linear": "none",
        "relu": "relu", "standard": "relu", "autoencoder": "relu", "autoencodernew": "relu", "vanilla": "relu",
        "topk": "topk", "autoencodertopk": "topk", "top_k": "topk",
        "jumprelu": "jumprelu", "jump_relu": "jumprelu", "jumpreluautoencoder": "jumprelu", "batchtopksae": "jumprelu",
    ]

    /// What the input goes through first or the output besides, that is not done here.
    var otherwise: (what: String, source: String)? {
        let normalisation = first(["normalize_activations"]) { value -> String? in
            if let text = value.text { return text.lowercased() == "none" ? nil : text }
            return value.boolean == true ? "on" : nil
        }
        if let normalisation { return ("normalize_activations is \(normalisation.value)", normalisation.source) }
        for key in ["skip_connection", "transcode", "multi_topk"] {
            if let flag = first([key], { $0.boolean == true ? true : nil }) { return ("\(key) is true", flag.source) }
        }
        return nil
    }
}
