// How smoothly a chart is explored: `node frames.mjs ADDRESS` points at it, picks, zooms and leaves series out for five
// seconds without a rest. It prints how long the browser's frames took, and what the page's thread had to do for each,
// in milliseconds, as JSON. `make bench` runs it.
import { chromium } from '@playwright/test';
import { existsSync } from 'node:fs';

const SECONDS = 5;
const installed = process.env.CHROMIUM || '/usr/bin/chromium';
const browser = await chromium.launch({
  executablePath: existsSync(installed) ? installed : undefined,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--disable-component-update'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(process.argv[2]);
  const slider = page.getByLabel('Read a figure');
  await slider.waitFor();
  await slider.scrollIntoViewIfNeeded();
  const devtools = await page.context().newCDPSession(page);
  // The thread's own time, which what else the machine does can't lengthen.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(metric => metric.name === 'ThreadTime').value * 1000;
  };
  const before = await worked();
  const frames = await page.evaluate(explored, SECONDS);
  const work = (await worked()) - before;
  frames.sort((a, b) => a - b);
  const at = part => frames[Math.min(frames.length - 1, Math.floor(frames.length * part))];
  // Frames are told to a tenth of a millisecond: one that came in time may seem to be a little longer.
  const late = limit => frames.filter(frame => frame > limit + 0.5).length;
  const told = { frames: frames.length, work: work / frames.length, median: at(0.5), p95: at(0.95), worst: at(1) };
  console.log(JSON.stringify({ ...told, late: late(1000 / 60), later: late(2000 / 60) }));
} finally {
  await browser.close();
}

// In the page: before each frame the pointer has moved to another period, and now and then a country is picked, the
// time zoomed or a series left out. Returns how long each frame took.
function explored(seconds) {
  const explorer = document.querySelector('.explorer');
  const picture = explorer.querySelector('.chart-picture');
  const point = (type, across) => {
    const { left, top, width, height } = picture.querySelector('svg').getBoundingClientRect();
    const place = { clientX: left + width * across, clientY: top + height * 0.5 };
    picture.dispatchEvent(new PointerEvent(type, { ...place, bubbles: true }));
  };
  const choose = (select, place) => {
    select.selectedIndex = place % select.options.length;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const zoom = () => {
    point('pointerdown', 0.3);
    point('pointerup', 0.7);
  };
  const whole = () => picture.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  const selects = [...explorer.querySelectorAll('select')].map(select => turn => choose(select, turn));
  const boxes = [...explorer.querySelectorAll('input[type=checkbox]')].map(box => () => box.click());
  const acts = [...selects, ...boxes, zoom, whole];
  return new Promise(done => {
    const frames = [];
    let before;
    let begun;
    const next = now => {
      begun ??= now;
      if (before !== undefined) frames.push(now - before);
      before = now;
      if (now - begun > seconds * 1000) {
        done(frames);
        return;
      }
      point('pointermove', 0.15 + (0.6 * (frames.length % 60)) / 60);
      if (frames.length % 10 === 9) acts[Math.floor(frames.length / 10) % acts.length](frames.length);
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
}
