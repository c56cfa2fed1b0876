// What a flame graph can do where scripts run: other views of the same stacks, zooming, search, and
// a drawing that fits the window. Without it nothing is missing but these: the icicle is there, its
// boxes have titles, and the functions stand in a table.
//
//   icicle      from the root down: who calls what
//   inverted    from the leaves: in what the time is spent, and who called it
//   sandwich    one function: its callers above, what it calls below
//   mirrored    of a difference: the baseline's widths, with what the candidate no longer has
//
// It fetches nothing; view, zoom and search are in the address behind #, so that a link keeps them.

enum FlameScript {
    static var all: HTML {
        """

        (() => {
        const rowHeight = \(FlameGraph.rowHeight);
        \(trees)
        \(drawing)
        \(controls)
        for (const box of document.querySelectorAll('.flame')) start(box);
        })();
        """
    }

    /// Stacks as trees, and the boxes of a tree.
    private static let trees: HTML = #"""
        const branch = (symbol, parent) => ({
          symbol, parent, value: 0, depth: parent ? parent.depth + 1 : 0, children: new Map(),
        });
        const grow = stacks => {
          const root = branch(-1, null);
          for (const [path, value] of stacks) {
            let node = root;
            node.value += value;
            for (const symbol of path) {
              if (!node.children.has(symbol)) node.children.set(symbol, branch(symbol, node));
              node = node.children.get(symbol);
              node.value += value;
            }
          }
          return root;
        };
        const find = (root, path) => {
          let node = root;
          for (const symbol of path) node = node.children.get(symbol) || node;
          return node;
        };
        const pathOf = node => {
          const path = [];
          for (; node.parent; node = node.parent) path.unshift(node.symbol);
          return path;
        };
        // Below `focus` to scale, above it as wide as all.
        const boxesOf = (focus, least) => {
          const boxes = [];
          for (let node = focus.parent; node; node = node.parent) {
            boxes.push({ node, x: 0, width: 1, isPast: true });
          }
          const put = (node, x, width) => {
            boxes.push({ node, x, width });
            const children = [...node.children.values()]
              .sort((a, b) => b.value - a.value || a.symbol - b.symbol);
            let merged = 0, value = 0;
            for (const child of children) {
              if (child.value < least * focus.value) {
                merged += 1;
                value += child.value;
                continue;
              }
              const share = child.value / node.value * width;
              put(child, x, share);
              x += share;
            }
            if (!merged) return;
            const rest = branch(-1, node);
            rest.value = value;
            boxes.push({ node: rest, merged, x, width: value / node.value * width });
          };
          if (focus.value > 0) put(focus, 0, 1);
          return boxes;
        };
        const arrange = (data, state) => {
          const values = state.view === 'mirrored' ? data.before : data.values;
          const stacks = data.stacks.map((path, index) => [path, values[index]])
            .filter(([, value]) => value > 0);
          const whole = stacks.reduce((sum, [, value]) => sum + value, 0);
          if (state.view !== 'sandwich') {
            const isInverted = state.view === 'inverted';
            const root = grow(stacks.map(([path, value]) =>
              [isInverted ? [...path].reverse() : path, value]));
            const boxes = boxesOf(find(root, state.zoom), data.least);
            for (const box of boxes) box.row = box.node.depth;
            return { boxes, stacks, whole };
          }
          const own = data.functions.indexOf(state.pick);
          const above = [], below = [];
          for (const [path, value] of stacks) {
            const at = path.findIndex(symbol => data.functions[symbol] === state.pick);
            if (at < 0) continue;
            above.push([[own, ...path.slice(0, at).reverse()], value]);
            below.push([[own, ...path.slice(at + 1)], value]);
          }
          const callers = boxesOf(grow(above), data.least).filter(box => box.node.depth > 1);
          const callees = boxesOf(grow(below), data.least).filter(box => box.node.depth > 0);
          const middle = callers.reduce((most, box) => Math.max(most, box.node.depth - 1), 0);
          for (const box of callers) box.row = middle - box.node.depth + 1;
          for (const box of callees) box.row = middle + box.node.depth - 1;
          return { boxes: [...callees, ...callers], stacks, whole };
        };
        """#
}
