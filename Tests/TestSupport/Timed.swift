// The parent of all suites whose outcome depends on time. `Scripts/test` runs them after all
// others, one test after the other, so that no neighbour of ours takes their CPU.

public enum Timed {}
