// What the eye and the finger need, measured on the page as it is shown. Returns a list of
// complaints for each question.
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });

  function rgba(text) {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return { r, g, b, a: a / 255 };
  }

  function over(top, bottom) {
    const mix = (name) => top[name] * top.a + bottom[name] * (1 - top.a);
    return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
  }

  // drawings have no background: what lies under their text is the rectangle beside it
  function paintBehind(node) {
    const style = getComputedStyle(node);
    const rect = node instanceof SVGElement && node.querySelector(":scope > rect");
    if (!rect) return rgba(style.backgroundColor);
    const drawn = getComputedStyle(rect);
    const paint = rgba(drawn.fill);
    return { ...paint, a: paint.a * Number(drawn.fillOpacity) };
  }

  function backgroundOf(element) {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
      layers.push(paintBehind(node));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), rgba("white"));
  }

  function luminance({ r, g, b }) {
    const part = (value) => {
      const v = value / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  }

  function contrast(element) {
    const back = backgroundOf(element);
    const front = over(rgba(getComputedStyle(element).color), back);
    const [high, low] = [luminance(front), luminance(back)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  }

  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    element.getClientRects().length > 0;

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (node.textContent.trim() && !parent.closest("script, noscript") && isShown(parent)) {
      texts.push({ text: node.textContent.replace(/\s+/g, " ").trim(), parent });
    }
  }

  const targets = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  const small = [...document.querySelectorAll(targets)].filter((element) => {
    const box = element.getBoundingClientRect();
    return isShown(element) && (box.width < 43.9 || box.height < 43.9);
  });

  return {
    scroll: document.documentElement.scrollWidth - window.innerWidth,
    small: small.map((element) => element.outerHTML.slice(0, 120)),
    faint: texts
      .filter(({ parent }) => contrast(parent) < 4.5)
      .map(({ text, parent }) => `${text} (${contrast(parent).toFixed(2)})`),
    bare: texts
      .filter(({ text }) => /\d\s*W(?![a-zà-ÿ])/i.test(text))
      .map(({ text }) => text),
    texts: texts.map(({ text }) => text),
    tiny: texts.filter(({ parent }) => parseFloat(getComputedStyle(parent).fontSize) < 12)
      .map(({ text }) => text),
  };
}
