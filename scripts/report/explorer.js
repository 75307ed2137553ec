// The history that can be zoomed. The page holds it packed, by the day, the hour and the minute
// (scripts/report/history.py); what is seen is unpacked and given to Bokeh, which draws it.
//
// Every time is in milliseconds on the participant's clock, as if that were UTC: the page never
// uses the zone of the machine that it is read on.

const MINUTE = 60_000;
const STEPS_PER_PIXEL = 8;  // more than that is a band that nobody can read, and slow on a phone
const LEAST_WIDTH = 30 * MINUTE;
const LEAST_RATES = 60;  // bpm on the vertical axis

const figure = document.getElementById('history');
const container = figure.querySelector('.explorer');
const place = container.querySelector('.plot');
const day = container.querySelector('input');

async function unpacked(base64) {
  const packed = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// A piece as three planes of a byte per step: mean − the mean before, mean − low, high − mean.
async function planes(piece) {
  if (!piece.planes) {
    const bytes = await unpacked(piece.packed);
    const count = bytes.length / 3;
    const means = bytes.slice(0, count);
    for (let step = 1; step < count; step++) means[step] += means[step - 1];  // modulo 256
    piece.planes =
      {means, below: bytes.subarray(count, 2 * count), above: bytes.subarray(2 * count)};
  }
  return piece.planes;
}

const data = JSON.parse(document.getElementById('history-data').textContent);
const instant = text => Date.parse(text + 'Z');
const [BEGIN, END] = [instant(data.begin), instant(data.end)];
for (const level of data.levels) {
  level.step = level.minutes * MINUTE;
  for (const piece of level.pieces) piece.from = instant(piece.begin);
}

// The finest level that has what is seen, and not more steps of it than the screen shows.
function levelFor(from, to) {
  const most = STEPS_PER_PIXEL * place.clientWidth;
  const fits = level => (to - from) / level.step <= most &&
    level.pieces.length && level.pieces[0].from <= from;
  return data.levels.findLast(fits) ?? data.levels[0];
}

// The steps from one time to another as columns; NaN, where there are no readings, breaks the line.
async function columns(level, from, to) {
  const made = {at: [], middle: [], width: [], mean: [], low: [], high: []};
  const add = (at, mean, low, high) => {
    made.at.push(at); made.middle.push(at + level.step / 2); made.width.push(level.step);
    made.mean.push(mean); made.low.push(low); made.high.push(high);
  };
  for (const [number, piece] of level.pieces.entries()) {
    const next = level.pieces[number + 1]?.from ?? Infinity;
    if (piece.from >= to || next <= from) continue;
    const {means, below, above} = await planes(piece);
    const first = Math.max(0, Math.floor((from - piece.from) / level.step));
    const last = Math.min(means.length, Math.ceil((to - piece.from) / level.step));
    for (let step = first; step < last; step++) {
      const mean = means[step] || NaN;
      add(piece.from + step * level.step, mean, mean - below[step], mean + above[step]);
    }
    add(piece.from + last * level.step, NaN, NaN, NaN);  // the next piece may begin later
  }
  return made;
}

// The vertical axis: all rates, and enough of it for noise to look like noise.
function spanOf({low, high}) {
  const known = rates => rates.filter(rate => !isNaN(rate));
  const [least, most] = [Math.min(...known(low)), Math.max(...known(high))];
  const missing = Math.max(LEAST_RATES - (most - least), 0) / 2;
  return {start: least - missing - 3, end: most + missing + 3};
}

const written = time => new Date(time).toLocaleString('en-GB', {
  timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric',
  hour: '2-digit', minute: '2-digit',
});

function start(plots) {
  const model = name => plots.get_model_by_name(name);
  const [times, rates, steps] = [model('times'), model('rates'), model('steps')];

  function show(from, to) {
    const width = Math.min(Math.max(to - from, LEAST_WIDTH), END - BEGIN);
    const start = Math.min(Math.max((from + to - width) / 2, BEGIN), END - width);
    times.setv({start, end: start + width});
  }

  let latest = 0;
  async function draw() {
    const mine = ++latest;
    const {start: from, end: to} = times;
    const level = levelFor(from, to);
    const made = await columns(level, from, to);
    if (mine !== latest) return;  // moved on meanwhile
    const known = made.mean.some(mean => !isNaN(mean));
    if (known) rates.setv(spanOf(made));  // else as before: an empty plot needs no other axis
    steps.data = made;
    model('plot').below[0].ticker.setv({desired_num_ticks: Math.ceil(place.clientWidth / 160)});
    const names = {1440: 'days', 60: 'hours', 1: 'minutes'};
    container.querySelector('output').textContent =
      `${written(from)} to ${written(to)} (${data.clock}), means of ${names[level.minutes]}` +
      (known ? '' : '; no readings');
    Object.assign(figure.dataset, {from, to, level: names[level.minutes], steps: made.at.length});
  }

  let waiting = false;
  function drawSoon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }

  function move(how) {
    const {start: from, end: to} = times;
    const quarter = (to - from) / 4;
    if (how === 'earlier') show(from - quarter, to - quarter);
    if (how === 'later') show(from + quarter, to + quarter);
    if (how === 'in') show(from + quarter, to - quarter);
    if (how === 'out') show(from - 2 * quarter, to + 2 * quarter);
    if (how === 'all') show(BEGIN, END);
  }

  function paint() {
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const plot = model('plot');
    plot.setv({background_fill_color: colour('paper'), border_fill_color: colour('paper'),
      outline_line_color: null});
    for (const axis of [...plot.below, ...plot.left]) {
      axis.setv({axis_label_text_color: colour('ink'), major_label_text_color: colour('ink'),
        axis_line_color: colour('muted'), major_tick_line_color: colour('muted'),
        minor_tick_line_color: null, axis_label_text_font_style: 'normal',
        axis_label_text_font_size: '14px', major_label_text_font_size: '13px'});
    }
    for (const grid of plot.center) grid.setv?.({grid_line_color: colour('grid')});
    model('band').glyph.setv({fill_color: colour('band'), fill_alpha: 0.5});
    model('means').glyph.setv({line_color: colour('series')});
  }

  for (const end of ['start', 'end']) times.properties[end].change.connect(drawSoon);
  times.setv({bounds: [BEGIN, END], min_interval: LEAST_WIDTH});
  new ResizeObserver(drawSoon).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
  container.addEventListener('click', event => move(event.target.value));
  day.addEventListener('change', () => {
    const midnight = instant(day.value + 'T00:00');
    if (day.value) show(midnight, midnight + 1440 * MINUTE);
  });
  place.addEventListener('keydown', event => {
    const keys = {ArrowLeft: 'earlier', ArrowRight: 'later', '+': 'in', '=': 'in', '-': 'out',
      Home: 'all'};
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(keys[event.key]);
  });
  paint();
  show(BEGIN, END);
}

async function load() {
  const library = document.createElement('script');
  library.textContent = new TextDecoder().decode(
    await unpacked(document.getElementById('bokeh').textContent));
  document.head.append(library);
  container.hidden = false;  // Bokeh measures the room it has
  figure.classList.add('live');
  await Bokeh.embed.embed_item(data.plot, place);
  start(Bokeh.documents[0]);
}

// A browser that is too old for this keeps the static figure.
load().catch(error => {
  container.hidden = true;
  figure.classList.remove('live');
  throw error;
});
