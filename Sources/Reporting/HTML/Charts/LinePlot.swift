// Lines over an axis of entries or rates: a point per reading, each with what it says, and lines
// that they are held against.

struct LinePlot {
    struct Point {
        var x: Double
        var y: Double
        /// Shown when the pointer is over it.
        var text: String
    }

    struct Line {
        /// The colour's number.
        var series: Int
        var points: [Point]
    }

    let label: String
    let frame: Frame
    let lines: [Line]
    var marks: [Frame.Mark] = []

    var svg: HTML { frame.svg(label, "\(marks.html(frame.line))\(lines.html(drawn))") }

    private func drawn(_ line: Line) -> HTML {
        let places = line.points.map { (frame.place(x: $0.x), frame.place(y: $0.y)) }
        let path = places.enumerated().html { index, place in
            "\(index == 0 ? "M" : "L")\(place.0) \(place.1)"
        }
        let dots = zip(line.points, places).html { point, place in
            """
            <circle class="fill s\(line.series)" cx="\(place.0)" cy="\(place.1)" r="3.5">\
            <title>\(point.text)</title></circle>
            """
        }
        return "<path class=\"curve s\(line.series)\" d=\"\(path)\"/>\(dots)\n"
    }
}
