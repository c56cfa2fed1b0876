// Buttons, search, keys and the address: all change a graph's state, and the state is drawn.
//
//   arrows   to the boxes beside       Enter    zoom in, or to that function in a sandwich
//   /        search                    Escape   the whole again

extension FlameScript {
    static let controls: HTML = #"""
        const fresh = () => ({ view: 'icicle', pick: -1, zoom: [], query: '' });
        const encode = flame => {
          const { view, pick, zoom, query } = flame.state;
          const shown = view === 'sandwich' ? view + ':' + pick : view;
          return [flame.box.id, shown, zoom.join('.'), encodeURIComponent(query)].join('/');
        };
        // False where the address is of something else.
        const decode = (flame, text) => {
          const [id, shown, zoom = '', query = ''] = text.split('/');
          if (id !== flame.box.id || !shown) return false;
          const [view, pick] = shown.split(':');
          if (!flame.views.includes(view)) return false;
          flame.state = fresh();
          flame.state.view = view;
          if (view === 'sandwich') flame.state.pick = Number(pick) || 0;
          flame.state.zoom = zoom.split('.').filter(Boolean).map(Number);
          try { flame.state.query = decodeURIComponent(query); } catch { /* a broken link */ }
          return true;
        };
        const show = flame => {
          for (const button of flame.buttons) {
            button.setAttribute('aria-pressed', String(button.value === flame.state.view));
          }
          if (flame.field.value !== flame.state.query) flame.field.value = flame.state.query;
          draw(flame);
        };
        const go = (flame, change) => {
          const hadFocus = flame.svg.contains(document.activeElement);
          Object.assign(flame.state, change);
          flame.hash = encode(flame);
          location.hash = flame.hash;
          show(flame);
          if (hadFocus && flame.boxes[flame.at]) flame.boxes[flame.at].element.focus();
        };
        // The function with the most of its own.
        const largest = ({ data }) => {
          const own = new Map();
          data.stacks.forEach((path, index) => {
            const key = data.functions[path[path.length - 1]];
            own.set(key, (own.get(key) || 0) + data.values[index]);
          });
          return [...own].reduce((most, one) => one[1] > most[1] ? one : most, [0, -1])[0];
        };
        const view = (flame, name) => {
          const box = flame.boxes[flame.at];
          const isNamed = box && !box.merged && box.node.parent;
          const pick = isNamed ? flame.data.functions[box.node.symbol] : largest(flame);
          go(flame, { view: name, zoom: [], pick: name === 'sandwich' ? pick : -1 });
        };
        const act = (flame, box) => {
          if (box.merged) return;
          if (flame.state.view !== 'sandwich') go(flame, { zoom: pathOf(box.node) });
          else go(flame, { pick: flame.data.functions[box.node.symbol] });
        };
        const step = (flame, key) => {
          const { boxes } = flame, here = boxes[flame.at];
          if (!here) return;
          const rows = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: 0, ArrowRight: 0 };
          const row = boxes.filter(box => box !== here && box.row === here.row + rows[key]);
          const near = {
            ArrowLeft: box => box.x < here.x, ArrowRight: box => box.x > here.x,
          }[key] || (box => box.x < here.x + here.width && box.x + box.width > here.x);
          const nearest = row.filter(near).sort((a, b) => rows[key]
            ? b.width - a.width : Math.abs(a.x - here.x) - Math.abs(b.x - here.x))[0];
          if (!nearest) return;
          here.element.setAttribute('tabindex', -1);
          nearest.element.setAttribute('tabindex', 0);
          flame.at = boxes.indexOf(nearest);
          nearest.element.focus();
        };
        const press = (flame, event) => {
          if (event.ctrlKey || event.altKey || event.metaKey) return;
          const isTyping = event.target === flame.field;
          if (event.key === 'Escape') {
            go(flame, { zoom: [], query: '' });
          } else if (isTyping) {
            return;
          } else if (event.key === '/') {
            flame.field.focus();
          } else if (event.key.startsWith('Arrow') && flame.svg.contains(event.target)) {
            step(flame, event.key);
          } else if (event.key === 'Enter' && flame.svg.contains(event.target)) {
            act(flame, flame.boxes[flame.at]);
          } else {
            return;
          }
          event.preventDefault();
        };
        const tools = flame => {
          const bar = document.createElement('div');
          bar.className = 'tools';
          const button = (text, action) => {
            const made = document.createElement('button');
            made.type = 'button';
            made.textContent = text;
            made.value = text;
            made.addEventListener('click', action);
            bar.append(made);
            return made;
          };
          flame.buttons = flame.views.map(name => button(name, () => view(flame, name)));
          button('whole', () => go(flame, { zoom: [], query: '' }));
          flame.field = document.createElement('input');
          flame.field.type = 'search';
          flame.field.placeholder = 'search';
          flame.field.setAttribute('aria-label', 'search functions, a regular expression');
          flame.field.addEventListener('input', () => {
            flame.state.query = flame.field.value;
            flame.hash = encode(flame);
            history.replaceState(null, '', '#' + flame.hash);
            mark(flame);
          });
          flame.told = document.createElement('output');
          bar.append(flame.field, flame.told);
          flame.canvas.before(bar);
        };
        // Functions of the table lead to their sandwiches.
        const pickable = flame => {
          let part = flame.box.nextElementSibling;
          for (; part && part.tagName !== 'H3'; part = part.nextElementSibling) {
            for (const cell of part.querySelectorAll('[data-function]')) {
              const button = document.createElement('button');
              button.type = 'button';
              button.className = 'pick';
              button.append(...cell.childNodes);
              button.addEventListener('click', () => {
                go(flame, { view: 'sandwich', zoom: [], pick: Number(cell.dataset.function) });
                flame.box.scrollIntoView();
              });
              cell.append(button);
            }
          }
        };
        const start = box => {
          const data = JSON.parse(box.querySelector('script').textContent);
          const views = ['icicle', 'inverted', 'sandwich'];
          if (data.before) views.push('mirrored');
          const flame = {
            box, data, views, state: fresh(), svg: box.querySelector('svg'),
            canvas: box.querySelector('.canvas'), boxes: [], stacks: [], at: 0, hash: '',
          };
          tools(flame);
          pickable(flame);
          box.addEventListener('keydown', event => press(flame, event));
          flame.svg.addEventListener('click', event => {
            const part = event.target.closest('[data-box]');
            if (part) act(flame, flame.boxes[Number(part.dataset.box)]);
          });
          flame.svg.addEventListener('focusin', event => {
            const part = event.target.closest('[data-box]');
            if (part) flame.at = Number(part.dataset.box);
          });
          const read = () => {
            const text = location.hash.slice(1);
            if (text === flame.hash) return;
            flame.hash = text;
            if (text === '') flame.state = fresh();
            else if (!decode(flame, text)) return;
            show(flame);
          };
          addEventListener('hashchange', read);
          show(flame);
          read();
          new ResizeObserver(() => {
            if (flame.canvas.clientWidth !== flame.width) draw(flame);
          }).observe(flame.canvas);
        };
        """#
}
