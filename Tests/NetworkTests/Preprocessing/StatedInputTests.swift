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
        "mean=0,0", "valueRange", "size", "huge", "side", "order", "deviation", "negative", "nan", "one end",
    ])
    func nonsense(what: String) {
        var input = Input(resize: 256, size: [224, 224])
        let wrong = stated {
            switch what {
            case "valueRange": $0.valueRange = [1, 0]
            case "one end": $0.valueRange = [0]
            case "size": $0.size = [0, 224]
            case "huge": $0.size = [224, 1 << 20]
            case "side": $0.resizing = .shorterSide(-1)
            case "order": $0.channelOrder = .grey
            case "deviation": $0.standardDeviation = [1, 0, 1]
            case "negative": $0.standardDeviation = [-1]
            case "nan": $0.mean = [.nan]
            default: $0.mean = [0, 0]
            }
        }
        let problem = #expect(throws: Problem.self) { try input.take(wrong) }
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
        let others = [
            stated { $0.valueRange = [0, 255] }, stated { $0.channelOrder = .bgr }, stated { $0.centring = .down },
            stated { $0.resizing = .stretched([256, 256]) }, stated { $0.resizing = .covering([256, 256]) }, stated { $0.resizing = .exact },
        ]
        for other in others {
            var input = plain
            try input.take(other)
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

    /// What `text` says of `key`.
    private func value(_ key: Input.Stated.Key, _ text: String) throws -> Input.Stated {
        var stated = Input.Stated(.told)
        try stated.set(key, text, option: "--x")
        return stated
    }

    @Test func whatPeopleWrite() throws {
        #expect(try value(.size, "224").size == [224, 224])
        #expect(try value(.size, "48X192").size == [48, 192])
        #expect(try value(.resize, "whole").resizing == .exact)
        #expect(try value(.resize, "256").resizing == .shorterSide(256))
        #expect(try value(.valueRange, "-1..1").valueRange == [-1, 1])
        #expect(try value(.valueRange, "-1,1").valueRange == [-1, 1])
        #expect(try value(.channelOrder, "Gray").channelOrder == .grey)
        #expect(try value(.mean, "0.1, 0.2,0.3").mean == [0.1, 0.2, 0.3])
        #expect(try value(.mean, "-1").mean == [-1])
        #expect(try value(.cropShare, "0.9").cropShare == 0.9)
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
