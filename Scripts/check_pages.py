# Pages in Chromium, over the pipe of its DevTools: see check-pages, which calls this.
#   check_pages.py CHROMIUM SCREENSHOT-FOLDER PAGE…
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

WIDTHS = (1280, 420)
SCHEMES = ("light", "dark")

# Runs in the page; answers a list of what is wrong.
FAULTS = r"""
(() => {
  const faults = [];
  const say = (what, text) => faults.push(what + ': "' + text.trim().slice(0, 60) + '"');
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    const wide = [...document.body.querySelectorAll('*')].filter(element =>
      !element.closest('.scroll') && element.getBoundingClientRect().right > page.clientWidth + 1);
    say('the page is ' + page.scrollWidth + ' px wide in a window of ' + page.clientWidth,
      wide.length ? wide[wide.length - 1].outerHTML : '');
  }

  // Labels of a chart meet no other, and are inside the window.
  const boxes = list => [...list].filter(element => element.textContent.trim())
    .map(element => ({ text: element.textContent, box: element.getBoundingClientRect() }))
    .filter(label => label.box.width > 0);
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  for (const chart of document.querySelectorAll('svg, .ticks, .sides')) {
    const labels = boxes(chart.querySelectorAll('text, span'));
    labels.forEach((label, index) => {
      if (label.box.left < -0.5 || label.box.right > page.clientWidth + 0.5) {
        say('a label is cut off', label.text);
      }
      for (const other of labels.slice(index + 1)) {
        if (meet(label.box, other.box)) say('labels meet', label.text + ' | ' + other.text);
      }
    });
  }

  // Contrast of every text with what it stands on, by WCAG 2.2.
  const rgba = text => text.match(/[\d.]+/g).map(Number);
  const luminance = colour => {
    const [r, g, b] = colour.slice(0, 3).map(channel => channel / 255)
      .map(share => share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest('script, style, title')) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    const inChart = element.namespaceURI.endsWith('svg');
    const both = [rgba(inChart ? style.fill : style.color), ground(element)]
      .map(luminance).sort((a, b) => a - b);
    const ratio = (both[1] + 0.05) / (both[0] + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) say('contrast of ' + ratio.toFixed(2), node.data);
    if (inChart && box.height < 9) say('text of ' + box.height.toFixed(1) + ' px', node.data);
  }
  return [...new Set(faults)];
})()
"""

UNFOLD = "for (const part of document.querySelectorAll('details')) part.open = true"


class Browser:
    """Chromium without a window. Messages are JSON, each with a zero byte behind it; it reads them
    from its descriptor 3 and writes them to 4."""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory()
        to_read, self.to_browser = os.pipe()
        self.from_browser, to_write = os.pipe()

        def connect():
            # Out of the way first: either may be 3 or 4 itself.
            read, write = os.dup(to_read), os.dup(to_write)
            os.dup2(read, 100)
            os.dup2(write, 101)
            os.dup2(100, 3)
            os.dup2(101, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--disable-extensions", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=connect)
        os.close(to_read)
        os.close(to_write)
        self.unread = b""
        self.events = []
        self.number = 0
        self.session = None

    def message(self):
        while b"\0" not in self.unread:
            data = os.read(self.from_browser, 1 << 16)
            if not data:
                sys.exit("Chromium ended; run it by hand to see why")
            self.unread += data
        text, self.unread = self.unread.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        call = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            call["sessionId"] = self.session
        data = json.dumps(call).encode() + b"\0"
        while data:
            data = data[os.write(self.to_browser, data):]
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())

    def attach(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        answer = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = answer["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")

    def evaluate(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit(f"the check itself failed: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, page, width, scheme):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
            mobile=False)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events = []
        self.call("Page.navigate", url=pathlib.Path(page).as_uri())
        self.wait("Page.loadEventFired")
        return [
            f"the page's script failed: {event['params']['exceptionDetails'].get('text')}"
            for event in self.events if event.get("method") == "Runtime.exceptionThrown"]

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        answer = self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(answer["data"]))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.profile.cleanup()


def main(program, folder, pages):
    browser = Browser(program)
    count = 0
    try:
        browser.attach()
        for page in pages:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    found = browser.open(page, width, scheme)
                    name = pathlib.Path(page).stem
                    shot = pathlib.Path(folder) / f"{name}-{width}-{scheme}.png"
                    found += browser.evaluate(FAULTS)
                    browser.screenshot(shot)
                    browser.evaluate(UNFOLD)
                    found += browser.evaluate(FAULTS)
                    browser.screenshot(shot.with_stem(shot.stem + "-open"))
                    for fault in dict.fromkeys(found):
                        print(f"{page} at {width} px, {scheme}: {fault}")
                        count += 1
    finally:
        browser.close()
    print(f"{len(pages)} pages, {count} faults; screenshots in {folder}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
