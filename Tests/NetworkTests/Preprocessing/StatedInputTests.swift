import Diagnostics
import Testing

@testable import Network

@Suite struct StatedInputTests {
    typealias Input = ImageNetwork.Input

    private func stated(_ change: (inout Input.Stated) -> Void) -> Input.Stated {
        var stated = Input.Stated(.told)
        change(&stated)
        return stated
    }

    @Test func whatIsNotStatedStays() throws {
        let before = Input(resize: 256, size: [224, 224])
        var input = before
        try input.take(Input.Stated(.told))
        #expect(input == before)
        #expect(Input.Part.allCases.allSatisfy { input.source(of: $0) == ($0 == .layout ? .graph : .habit) })
    }

    @Test func eachPartTellsItsSource() throws {
        var input = Input(resize: 256, size: [224, 224])
        try input.take(stated { $0.mean = [0.5] })
        #expect(input.mean == [0.5, 0.5, 0.5])
        #expect(input.source(of: .mean) == .told)
        #expect(input.source(of: .standardDeviation) == .habit)
        var file = Input.Stated(.file("config.json"))
        file.interpolation = .bicubic
        try input.take(file)
        #expect(input.interpolation == .bicubic)
        #expect(input.source(of: .interpolation) == .file("config.json"))
    }

    @Test func aSizeAloneKeepsTheShareOfTheCrop() throws {
        var input = Input(resize: 256, size: [224, 224])
        try input.take(stated { $0.size = [288, 288] })
        #expect(input.resizing == .shorterSide(329))
        #expect(input.shape == [3, 288, 288])
        // Nothing square: the picture is seen whole, as texts are.
        try input.take(stated { $0.size = [48, 192] })
        #expect(input.resizing == .exact)
        #expect(input.source(of: .resize) == .assumed)
    }

    @Test("crop_pct as timm has it", arguments: [(224, 0.875, 256), (224, 0.95, 235), (288, 1, 288), (300, 0.904, 331)])
    func share(size: Int, share: Double, side: Int) throws {
        var input = Input(resize: nil, size: [32, 32])
        try input.take(
            stated {
                $0.size = [size, size]
                $0.cropShare = share
            })
        #expect(input.resizing == .shorterSide(side))
        #expect(Input.resizing(share: 0.9, size: [160, 320]) == .covering([177, 355]))
    }

    @Test("impossible numbers are refused", arguments: [
        { $0.mean = [0, 0] }, { $0.standardDeviation = [1, 0, 1] }, { $0.standardDeviation = [-1] }, { $0.mean = [.nan] },
        { $0.valueRange = [1, 0] }, { $0.valueRange = [0] }, { $0.size = [0, 224] }, { $0.size = [224, 1 << 20] },
        { $0.resizing = .shorterSide(-1) }, { $0.channelOrder = .grey },
    ] as [@Sendable (inout ImageNetwork.Input.Stated) -> Void])
    func nonsense(change: @Sendable (inout ImageNetwork.Input.Stated) -> Void) {
        var input = Input(resize: 256, size: [224, 224])
        let problem = #expect(throws: Problem.self) { try input.take(stated { change(&$0) }) }
        #expect(problem?.kind == .usage)
    }

    @Test func otherNumbersOfChannels() {
        let input = Input(resize: 256, size: [224, 224])
        #expect(input.adapted(toChannels: 3) == input)
        let grey = input.adapted(toChannels: 1)
        #expect(grey.shape == [1, 224, 224])
        #expect(grey.channelOrder == .grey)
        // The means of timm's `in_chans=1` at ImageNet's colours.
        #expect(abs(grey.mean[0] - 0.449) < 1e-6)
        #expect(abs(grey.standardDeviation[0] - 0.226) < 1e-6)
        #expect(grey.source(of: .mean) == .assumed)
        let wide = input.adapted(toChannels: 5)
        #expect(wide.channelOrder == .other)
        #expect(wide.mean == [0, 0, 0, 0, 0])
    }

    @Test func fingerprintsTellApart() throws {
        let plain = Input(resize: 256, size: [224, 224])
        // Kept results of before are found again.
        #expect(plain.fingerprint == "256 bilinear [224, 224] [0.485, 0.456, 0.406] [0.229, 0.224, 0.225]")
        var prints = Set([plain.fingerprint])
        for change in [
            { $0.valueRange = [0, 255] }, { $0.channelOrder = .bgr }, { $0.centring = .down }, { $0.resizing = .stretched([256, 256]) },
            { $0.resizing = .covering([256, 256]) }, { $0.resizing = .exact },
        ] as [(inout Input.Stated) -> Void] {
            var input = plain
            try input.take(stated(change))
            #expect(prints.insert(input.fingerprint).inserted)
        }
    }

    @Test func textIsReadAsItIsWritten() throws {
        let text = "input-size=48x192 resize=50x200 interpolation=lanczos value-range=0,255 channel-order=bgr mean=1,2,3 std=4"
        var input = Input(resize: nil, size: [32, 32])
        try input.take(Input.Stated(.told, text: text, name: "--preprocessing"))
        #expect(input.size == [48, 192])
        #expect(input.resizing == .stretched([50, 200]))
        #expect(input.channelOrder == .bgr)
        #expect(input.standardDeviation == [4, 4, 4])
        for input in [input, Input(resize: 256, size: [224, 224]), Input(resize: nil, size: [28, 28]).adapted(toChannels: 1)] {
            var again = Input(resize: nil, size: [1, 1]).adapted(toChannels: input.channels)
            try again.take(Input.Stated(.told, text: input.text, name: "notes"))
            #expect(again.fingerprint == input.fingerprint)
        }
    }

    /// A value as people write it, and what it says.
    private struct Written: Sendable {
        let key: ImageNetwork.Input.Stated.Key
        let text: String
        let isRight: @Sendable (ImageNetwork.Input.Stated) -> Bool

        init(_ key: ImageNetwork.Input.Stated.Key, _ text: String, _ isRight: @escaping @Sendable (ImageNetwork.Input.Stated) -> Bool) {
            (self.key, self.text, self.isRight) = (key, text, isRight)
        }
    }

    private static let written: [Written] = [
        Written(.size, "224") { $0.size == [224, 224] },
        Written(.size, "48X192") { $0.size == [48, 192] },
        Written(.resize, "whole") { $0.resizing == .exact },
        Written(.resize, "256") { $0.resizing == .shorterSide(256) },
        Written(.valueRange, "-1..1") { $0.valueRange == [-1, 1] },
        Written(.valueRange, "-1,1") { $0.valueRange == [-1, 1] },
        Written(.channelOrder, "Gray") { $0.channelOrder == .grey },
        Written(.mean, "0.1, 0.2,0.3") { $0.mean == [0.1, 0.2, 0.3] },
        Written(.mean, "-1") { $0.mean == [-1] },
        Written(.cropShare, "0.9") { $0.cropShare == 0.9 },
    ]

    @Test("what people write", arguments: written)
    private func values(_ written: Written) throws {
        var stated = Input.Stated(.told)
        try stated.set(written.key, written.text, option: "--x")
        #expect(written.isRight(stated))
    }

    @Test("what nobody can mean", arguments: [
        (.size, "0"), (.size, "224x"), (.size, "1x2x3"), (.size, "9999999999999999999"), (.resize, "-5"), (.cropShare, "0"), (.cropShare, "2"),
        (.interpolation, "best"), (.valueRange, "1,0"), (.valueRange, "1"), (.valueRange, "nan,1"), (.channelOrder, "RBG"), (.mean, ""), (.mean, "a,b,c"),
        (.mean, "1,,2"), (.mean, "inf"), (.deviation, "0,1,1"), (.deviation, "-1"),
    ] as [(ImageNetwork.Input.Stated.Key, String)])
    func refused(key: Input.Stated.Key, text: String) {
        var stated = Input.Stated(.told)
        let problem = #expect(throws: Problem.self) { try stated.set(key, text, option: "--it") }
        #expect(problem?.kind == .usage)
        #expect(problem?.summary.contains("--it takes") == true)
    }
}
