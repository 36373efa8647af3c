/// The LaTeX that includes a figure, with its caption.
///
/// It compiles with pdfLaTeX whatever the names hold; what that cannot set says so in a comment.
struct FigureLaTeX {
    private let figure: FigureContent
    /// Characters for which LuaLaTeX or XeLaTeX is needed.
    private let foreign: [Character]

    init(_ figure: FigureContent) {
        self.figure = figure
        foreign = LaTeXText.needsOtherEngine(figure.caption)
    }

    private var foreignText: String { String(foreign.prefix(20)) + (foreign.count > 20 ? " …" : "") }

    /// What its author should know; nil for nothing.
    var remark: String? {
        foreign.isEmpty
            ? nil
            : "The caption has \(foreignText): with LuaLaTeX or XeLaTeX and a font that has them (fontspec); pdfLaTeX prints their code points."
    }

    var file: String {
        let environment = figure.request.spansColumns ? "figure*" : "figure"
        let width = Number.fixed(figure.request.width, 3)
        let engine =
            foreign.isEmpty
            ? "" : "% \(foreignText): with LuaLaTeX or XeLaTeX and a font that has them (fontspec); pdfLaTeX prints their code points.\n"
        return """
            % \\usepackage{graphicx}
            \(engine)\\begin{\(environment)}[t]
              \\centering
              \\includegraphics[width=\(width)in]{\(figure.name)}
              \\caption{\(LaTeXText.escaped(figure.caption))}
              \\label{fig:\(figure.name)}
            \\end{\(environment)}

            """
    }
}
