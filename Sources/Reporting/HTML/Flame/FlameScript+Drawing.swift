// Boxes as SVG, as wide as the window: names cut to their boxes, labels for who cannot see them.

extension FlameScript {
    static let drawing: HTML = #"""
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = '12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif';
        const cut = (text, room) => {
          const width = pen.measureText(text).width;
          if (width <= room) return text;
          let count = Math.floor(text.length * room / width);
          while (count > 1 && pen.measureText(text.slice(0, count) + '…').width > room) count -= 1;
          return count > 1 ? text.slice(0, count) + '…' : '';
        };
        const write = (data, value, whole) => {
          const share = whole > 0 ? value / whole * 100 : 0;
          const percent = share.toFixed(share < 9.995 ? 1 : 0) + ' %';
          if (data.isShare) return percent;
          const digits = {
            minimumFractionDigits: data.decimals, maximumFractionDigits: data.decimals,
          };
          return value.toLocaleString('en-US', digits) + ' ' + data.unit + ', ' + percent;
        };
        const nameOf = (data, box) =>
          box.merged ? box.merged + ' more' : box.node.parent ? data.names[box.node.symbol] : 'all';
        const wordsOf = (flame, box) => {
          const { data, whole } = flame;
          const words = nameOf(data, box) + ', ' + write(data, box.node.value, whole);
          const note = box.merged || !box.node.parent ? '' : data.notes[box.node.symbol];
          return note ? words + ', ' + note : words;
        };
        const toneOf = (data, box) =>
          box.merged ? 'merged' : box.node.parent ? data.tones[box.node.symbol] : 'root';
        // Nothing for an empty one; null for what is no regular expression.
        const patternOf = query => {
          if (!query) return undefined;
          try { return new RegExp(query, 'i'); } catch { return null; }
        };
        const draw = flame => {
          const { svg, data, state } = flame;
          const width = flame.canvas.clientWidth;
          if (!width) return;
          flame.width = width;
          Object.assign(flame, arrange(data, state));
          flame.at = Math.max(0, flame.boxes.findIndex(box => !box.isPast));
          const element = (name, attributes, parent) => {
            const made = document.createElementNS(svg.namespaceURI, name);
            for (const key in attributes) made.setAttribute(key, attributes[key]);
            parent.append(made);
            return made;
          };
          const rows = flame.boxes.reduce((most, box) => Math.max(most, box.row + 1), 1);
          svg.setAttribute('viewBox', `0 0 ${width} ${rows * rowHeight}`);
          svg.style.minWidth = '0';
          svg.replaceChildren();
          flame.boxes.forEach((box, index) => {
            const words = wordsOf(flame, box);
            box.element = element('g', {
              class: 'frame ' + toneOf(data, box) + (box.isPast ? ' past' : ''), role: 'button',
              'aria-label': words, 'data-tip': words, 'data-box': index,
              tabindex: index === flame.at ? 0 : -1,
            }, svg);
            const [x, y, room] = [box.x * width, box.row * rowHeight, box.width * width];
            element('rect', { x, y, width: room, height: rowHeight - 1 }, box.element);
            const text = room > 16 ? cut(nameOf(data, box), room - 8) : '';
            if (text) element('text', { x: x + 4, y: y + 13 }, box.element).textContent = text;
          });
          mark(flame);
        };
        // What a search finds, and how much of the whole: a stack counts once.
        const mark = flame => {
          const { data, state, stacks, whole } = flame;
          const pattern = patternOf(state.query);
          const found = data.names.map(name => pattern ? pattern.test(name) : false);
          flame.svg.classList.toggle('searching', Boolean(pattern));
          for (const box of flame.boxes) {
            const isFound = !box.merged && box.node.parent && found[box.node.symbol];
            box.element.classList.toggle('match', Boolean(isFound));
          }
          const sum = stacks.reduce((sum, [path, value]) =>
            path.some(symbol => found[symbol]) ? sum + value : sum, 0);
          flame.told.textContent = pattern === undefined ? ''
            : pattern ? 'matches: ' + write(data, sum, whole) : 'no regular expression';
        };
        """#
}
