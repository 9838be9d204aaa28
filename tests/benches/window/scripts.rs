//! What the page is asked to measure.
//!
//! A frame counts as painted in the first task after its rendering steps:
//! WebKit runs layout and paint right after the animation callbacks.

/// Before each asynchronous script: waiting for a painted frame.
pub(super) const PRELUDE: &str = "
const done = arguments[arguments.length - 1];
const painted = () => new Promise((tell) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => tell(performance.now());
    port2.postMessage(0);
}));
const PATIENCE = 25000;
const until = async (start, holds) => {
    for (;;) {
        const at = await painted();
        if (holds()) return at;
        if (at - start > PATIENCE) return null;
    }
};";

/// How long one frame takes.
pub(super) const FRAME: &str = "
const start = performance.now();
painted().then((at) => done(at - start));";

/// Opens the desk; tells how long until the composer has the focus, painted.
pub(super) const UNLOCK: &str = "
const field = () => document.activeElement?.matches?.(\"textarea[aria-label='Message']\");
const open = [...document.querySelectorAll('button')].find((b) => b.innerText.includes('Open desk'));
const start = performance.now();
open.click();
until(start, field).then((at) => done(at === null ? document.body.innerText : at - start));";

/// Opens a chat from the sidebar. `painted`: its end is shown for the first
/// time; `rest`: from then on nothing moved for 20 frames.
pub(super) const OPEN_CHAT: &str = "
const row = document.querySelector(`button[data-chat='${arguments[0]}']`);
const log = () => document.querySelector('[role=log]');
const before = log();
const shown = () => {
    const now = log();
    if (now === null || now === before || row.getAttribute('aria-current') !== 'page') return false;
    const space = now.scrollHeight - now.scrollTop - now.clientHeight;
    const answers = now.querySelectorAll(\"[aria-label='Answer']\");
    return space < 2 && answers.length > 0 &&
        answers[answers.length - 1].getBoundingClientRect().bottom > 0;
};
const start = performance.now();
row.click();
until(start, shown).then(async (at) => {
    if (at === null) return done({ failed: document.body.innerText.slice(0, 2000) });
    let [rest, still, last] = [at, 0, ''];
    while (still < 20 && rest - start < PATIENCE) {
        const then = await painted();
        const state = `${log().scrollHeight} ${log().scrollTop} ${shown()}`;
        if (state === last) still += 1;
        else { if (last !== '') rest = then; still = 0; last = state; }
    }
    done({ painted: at - start, rest: rest - start });
});";

/// Changes one letter on an empty page, again and again: what a change costs at least here.
pub(super) const CONTROL: &str = "
const line = document.createElement('p');
document.body.replaceChildren(line);
const times = [];
(async () => {
    for (let count = 0; count < 70; count += 1) {
        await painted();
        const start = performance.now();
        line.textContent = `changed ${count} times`;
        times.push(await painted() - start);
    }
    done(times.slice(10));
})();";

/// Replaces the palette's query; tells how long until its hits were shown.
pub(super) const SEARCH: &str = "
const field = document.activeElement;
const list = () => document.querySelector('[role=listbox]');
const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
const start = performance.now();
set.call(field, arguments[0]);
field.dispatchEvent(new InputEvent('input', { bubbles: true }));
until(start, () => list()?.getAttribute('aria-busy') === 'false').then((at) =>
    done(at === null ? document.body.innerText : at - start));";

/// Notes for each key in the composer how long until its letter is painted.
pub(super) const WATCH_KEYS: &str = "
window.measuredKeys = [];
const field = document.querySelector(\"textarea[aria-label='Message']\");
field.addEventListener('keydown', () => {
    const start = performance.now();
    requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.measuredKeys.push(performance.now() - start);
        port2.postMessage(0);
    });
}, true);";

/// What was noted.
pub(super) const KEYS: &str = "painted().then(() => done(window.measuredKeys));";

/// Watches frames and tasks for a number of milliseconds: the length of every
/// frame, and the longest wait of a task that wanted to run at once.
pub(super) const FRAMES: &str = "
const length = arguments[0];
const begin = performance.now();
const frames = [];
const gaps = [];
let before = begin;
const frame = (at) => { frames.push(at - begin); if (at - begin < length) requestAnimationFrame(frame); };
requestAnimationFrame(frame);
const task = () => {
    const at = performance.now();
    gaps.push(at - before);
    before = at;
    if (at - begin < length) setTimeout(task, 0);
    else done({ frames, longest: Math.max(...gaps), late: gaps.filter((gap) => gap > 50).length });
};
setTimeout(task, 0);";
