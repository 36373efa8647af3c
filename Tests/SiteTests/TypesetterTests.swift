import Diagnostics
import Foundation
import Testing

@testable import Site

struct TypesetterTests {
    /// The font is as wide as Arial: `A` is 0.667 of its size, `0` 0.556.
    @Test func linesAreAsWideAsArialHasThem() throws {
        let type = try Typesetter(usesInstalled: false)
        #expect(abs(type.width("A", size: 1000) - 667) < 1 && abs(type.width("00", size: 1000) - 1112) < 1)
        #expect(type.width("A", size: 10, isBold: true) > type.width("A", size: 10) && type.width("", size: 10) == 0)
    }

    @Test func lettersThatNoFontHasAreNamed() throws {
        let type = try Typesetter(usesInstalled: false)
        #expect(type.obstacle("猫") == .noFont && type.obstacle("\u{1F600}") == .noFont && type.obstacle("ك") == .script)
        for letter in "aÜłжΩ−×…≥€\u{200D}\u{2060}".unicodeScalars { #expect(type.obstacle(letter) == nil, "\(letter)") }
        var scene = Scene(width: 10, height: 10)
        scene.text("a 猫 猫", 0, 0, size: 8)
        scene.text("كلب", 0, 0, size: 8)
        let survey = type.survey(scene)
        #expect(survey.fonts.isEmpty && survey.remarks.count == 4)
        #expect(survey.remarks[0].contains("猫 (U+732B)") && survey.remarks[1].contains("right to left"))
    }

    @Test func longNamesAreClippedAndBroken() throws {
        let type = try Typesetter(usesInstalled: false)
        let clipped = type.clipped(String(repeating: "long ", count: 60), to: 50, size: 8)
        #expect(clipped.hasSuffix("…") && type.width(clipped, size: 8) <= 50 && clipped.count > 4)
        let lines = type.lines("The prototype reaches four times the strongest " + String(repeating: "x", count: 300), to: 60, size: 8)
        #expect(lines.count > 3 && lines.allSatisfy { type.width($0, size: 8) <= 60 })
        #expect(type.clipped("long", to: 0, size: 8) == "…")
    }

    @Test func fontsThatAreNoneAreRefused() throws {
        try withTemporaryFolder { place in
            try Data("no font".utf8).write(to: URL(fileURLWithPath: place + "/x.ttf"))
            #expect(throws: Problem.self) { try FontFace(file: place + "/x.ttf") }
            #expect(throws: Problem.self) { try FontFace(file: place + "/nowhere.ttf") }
            #expect(throws: Problem.self) { try FontFace(file: place) }
        }
    }
}
