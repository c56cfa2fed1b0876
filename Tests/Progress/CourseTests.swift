// How far a run is and how long it still takes, at moments that are made up.
import Progress
import Testing

@Suite struct CourseTests {
    private static func isNear(_ value: Double?, _ other: Double) -> Bool {
        value.map { abs($0 - other) < 1e-9 } ?? false
    }

    @Test func partsFollowTheirWeights() {
        #expect(Course.spans([1, 3]) == [0...0.25, 0.25...1])
        #expect(Course.spans([0, 0]) == [0...0.5, 0.5...1])
        #expect(Course.spans([]).isEmpty)
        #expect(Course.part(1, of: 4) == 0.25...0.5)
        #expect(Course.part(0, of: 0) == 0...1)
    }

    @Test func phasesAreNested() {
        var course = Course()
        course.begin("one", 0...0.5, at: 0)
        course.begin("", 0...1, at: 0)
        course.begin("two", 0.5...1, at: 1)
        #expect(course.names == ["one", "two"])
        #expect(course.fraction == 0.25)
        course.advance(to: 0.5, at: 2)
        #expect(course.fraction == 0.375)
        course.end(at: 3)
        course.end(at: 3)
        course.end(at: 3)
        #expect(course.fraction == 0.5)
        #expect(course.names.isEmpty)
    }

    /// A gate that goes on longer than it was thought is further back than before.
    @Test func whatIsShownNeverFalls() {
        var course = Course()
        course.begin("", 0...0.8, at: 0)
        course.end(at: 8)
        course.begin("", 0.4...0.9, at: 8)
        #expect(course.fraction == 0.8)
        #expect(Self.isNear(course.secondsLeft(at: 8), 12), "the time left knows where it is")
        course.advance(to: 1, at: 18)
        #expect(course.fraction == 0.9)
    }

    @Test func nothingIsMoreThanAll() {
        var course = Course()
        course.begin("round 15", 0.9...1.5, at: 0)
        course.advance(to: 1.7, at: 1)
        #expect(course.fraction == 1)
        course.advance(to: .nan, at: 2)
        course.advance(to: -1, at: 2)
        #expect(course.fraction == 1)
        course.end(at: 3)
        course.end(at: 3)
        #expect(course.fraction == 1)
        #expect(course.secondsLeft(at: 4) == 0)
    }

    @Test func aForecastIsCorrectedByWhatIsSeen() {
        var course = Course(seconds: 100)
        #expect(course.secondsLeft(at: 0) == 100)
        #expect(course.secondsLeft(at: 10) == 90)
        course.begin("", 0...1, at: 0)
        course.advance(to: 0.1, at: 20)
        #expect(Self.isNear(course.secondsLeft(at: 20), 135), "half 100 s, half 200 s in all")
        course.advance(to: 0.5, at: 100)
        #expect(Self.isNear(course.secondsLeft(at: 100), 100), "200 s in all, as was seen")
        #expect(Self.isNear(course.secondsLeft(at: 130), 70))
        #expect(course.secondsLeft(at: 300) == 0)
    }

    @Test func aForecastCanBeReplaced() {
        var course = Course()
        course.expect(seconds: 60)
        #expect(course.secondsLeft(at: 0) == 60)
    }

    @Test func withoutAForecastSomethingHasToBeSeen() {
        var course = Course()
        course.begin("", 0...1, at: 0)
        #expect(course.secondsLeft(at: 1) == nil)
        course.advance(to: 0.01, at: 1)
        #expect(course.secondsLeft(at: 1) == nil)
        course.advance(to: 0.25, at: 5)
        #expect(Self.isNear(course.secondsLeft(at: 5), 15))
    }

    @Test func whatHasNoKnownEndHasNoShare() {
        var course = Course(seconds: 10)
        course.begin("", 0.5...1, at: 1)
        course.begin("a pipe", nil, at: 1)
        course.advance(to: 0.5, at: 2)
        #expect(course.fraction == nil)
        #expect(course.secondsLeft(at: 2) == nil)
        course.end(at: 3)
        #expect(course.fraction == 0.5)
        course.end(at: 4)
        #expect(course.fraction == 1)
    }
}
