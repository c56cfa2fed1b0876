// What a page can do beside being read, where scripts run: values under the pointer, a filter for
// long tables, the command in the clipboard, folded parts that open when a link leads to them.
// Without it nothing is missing: the values are titles of the marks, and tables are whole.
//
// It fetches nothing and stores nothing; the page's Content-Security-Policy allows no more.

extension HTMLReport {
    /// Tables of more rows than fit a screen get a filter.
    private static let filteredRows = 12

    static let script: HTML = """
        (() => {
        const tip = document.createElement('div');
        tip.className = 'tip';
        tip.hidden = true;
        document.body.append(tip);
        for (const title of document.querySelectorAll('svg title')) {
          title.parentNode.dataset.tip = title.textContent;
          title.remove();
        }
        document.addEventListener('pointermove', event => {
          const mark = event.target.closest && event.target.closest('[data-tip]');
          tip.hidden = !mark;
          if (!mark) return;
          tip.textContent = mark.dataset.tip;
          const room = innerWidth - tip.offsetWidth - 8;
          tip.style.left = Math.max(8, Math.min(event.clientX + 12, room)) + 'px';
          tip.style.top = event.clientY + 18 + 'px';
        });
        for (const table of document.querySelectorAll('table')) {
          const rows = [...table.querySelectorAll('tbody tr')];
          if (rows.length <= \(filteredRows)) continue;
          const field = document.createElement('input');
          field.type = 'search';
          field.placeholder = 'filter ' + rows.length + ' rows';
          field.setAttribute('aria-label', field.placeholder);
          field.addEventListener('input', () => {
            const words = field.value.toLowerCase().split(' ');
            for (const row of rows) {
              const text = row.textContent.toLowerCase();
              row.hidden = !words.every(word => text.includes(word));
            }
          });
          table.parentNode.before(field);
        }
        const code = document.querySelector('.command code');
        if (code && navigator.clipboard) {
          const button = document.createElement('button');
          button.type = 'button';
          button.textContent = 'copy';
          button.addEventListener('click', () => {
            navigator.clipboard.writeText(code.textContent)
              .then(() => { button.textContent = 'copied'; });
          });
          code.after(button);
        }
        const open = () => {
          const part = location.hash && document.getElementById(location.hash.slice(1));
          const folded = part
            && (part.closest('details') || part.querySelector(':scope > details'));
          if (folded) folded.open = true;
        };
        addEventListener('hashchange', open);
        open();
        })();
        """
}
