import Foundation
import Testing

@testable import Run

@Suite struct PreprocessingWordsTests {
    typealias Preprocessing = NetworkDescription.Preprocessing

    private func preprocessing(_ sources: [String: String]?) -> Preprocessing {
        var result = Preprocessing(resize: 256, interpolation: "bilinear", crop: [224, 224], mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25])
        result.sources = sources
        return result
    }

    @Test func documentsOfBeforeAreReadAndWrittenAsTheyWere() throws {
        let text = #"{"crop":[224,224],"interpolation":"bilinear","mean":[0.5,0.5,0.5],"resize":256,"standardDeviation":[0.25,0.25,0.25]}"#
        let decoded = try JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8))
        #expect(decoded == preprocessing(nil))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(decoded), as: UTF8.self) == text)
        #expect(decoded.origins.isEmpty)
        #expect(decoded.weakest == nil)
        #expect(decoded.firstDoubt == nil)
    }

    @Test func words() {
        var some = preprocessing(nil)
        #expect(
            some.words
                == "shorter side to 256 (bilinear, antialiased), centre crop 224 x 224; RGB; values 0 to 1; mean 0.5, 0.5, 0.5; standard deviation 0.25, 0.25, 0.25")
        (some.resize, some.crop, some.interpolation) = (nil, [48, 192], "nearest")
        (some.channelOrder, some.layout, some.valueRange, some.mean, some.standardDeviation) = ("grey", "channels last", [0, 255], [0], [1])
        #expect(some.words == "whole images resized to 48 x 192 (nearest); grey, channels last; values 0 to 255; mean 0; standard deviation 1")
    }

    @Test func theWeakestSourceIsShown() {
        let some = preprocessing(["size": "graph", "resize": "assumed", "mean": "config.json", "interpolation": "assumed", "standardDeviation": "habit"])
        #expect(some.weakest?.source == "assumed")
        #expect(some.weakest?.parts == ["resizing", "interpolation"])
        #expect(some.assumptions == ["resizing", "interpolation", "standard deviation"])
        #expect(some.origins.map(\.source) == ["found in the graph", "assumed", "config.json", "the family's default"])
    }

    @Test func theLayoutIsWorthAWordOnlyAlone() {
        #expect(preprocessing(["layout": "graph", "size": "notes", "mean": "notes"]).weakest?.source == "notes")
        #expect(preprocessing(["layout": "graph"]).weakest?.parts == ["layout"])
    }

    @Test("what to doubt first", arguments: [
        (["mean": "assumed", "resize": "assumed"], "--mean"), (["mean": "told", "resize": "assumed"], "--resize"),
        (["mean": "habit", "resize": "assumed"], "--resize"), (["mean": "habit", "resize": "graph"], "--mean"),
    ])
    func doubts(sources: [String: String], option: String) throws {
        #expect(try #require(preprocessing(sources).firstDoubt).contains(option))
    }
}
