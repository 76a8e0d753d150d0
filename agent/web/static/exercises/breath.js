/** The paced breath: a circle that grows and shrinks, words beside it, and a soft tone if somebody wants one. */

import { byId } from "../chat/dom.js";

/** @typedef {{breathe_in: number, hold: number, out: number, rounds: number}} Breath seconds */

const SMALL = 0.45;
const LOW = 174;
const HIGH = 261;
let turn = 0;
/** @type {AudioContext | null} */
let audio = null;

/** Stop the timer and the tone. */
export function hush() {
  turn += 1;
  byId("circle").getAnimations().forEach((one) => one.cancel());
  byId("breath-words").textContent = "";
  byId("breathe").textContent = "Start the timer";
  audio?.close();
  audio = null;
}

/** @param {Breath} breath @param {{hold: boolean, sound: boolean}} wishes */
export async function pace(breath, { hold, sound }) {
  hush();
  const mine = turn;
  byId("breathe").textContent = "Begin again";
  if (sound && "AudioContext" in window) audio = new AudioContext();
  /** @type {[string, number, number, number][]} */
  const parts = [
    ["Breathe in", breath.breathe_in, SMALL, 1],
    ["Hold, if you like", hold ? breath.hold : 0, 1, 1],
    ["Breathe out", breath.out, 1, SMALL],
  ];
  for (let round = 0; round < breath.rounds; round += 1) {
    for (const [words, seconds, from, to] of parts) {
      if (!seconds) continue;
      byId("breath-words").textContent = words;
      tone(seconds, from, to);
      await grow(seconds, from, to);
      if (mine !== turn) return;
    }
  }
  hush();
  byId("breath-words").textContent = "That is enough. Let it go by itself.";
}

/** @param {number} seconds @param {number} from @param {number} to */
async function grow(seconds, from, to) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const frames = still ? [] : [{ transform: `scale(${from})` }, { transform: `scale(${to})` }];
  const one = byId("circle").animate(frames, { duration: seconds * 1000, easing: "ease-in-out", fill: "forwards" });
  await one.finished.catch(() => undefined);
}

/** @param {number} seconds @param {number} from @param {number} to */
function tone(seconds, from, to) {
  if (!audio || from === to) return;
  const [start, end] = [audio.currentTime, audio.currentTime + seconds];
  const voice = audio.createOscillator();
  const loud = audio.createGain();
  voice.frequency.setValueAtTime(from < to ? LOW : HIGH, start);
  voice.frequency.linearRampToValueAtTime(from < to ? HIGH : LOW, end);
  loud.gain.setValueAtTime(0, start);
  loud.gain.linearRampToValueAtTime(0.06, start + seconds / 3);
  loud.gain.linearRampToValueAtTime(0, end);
  voice.connect(loud).connect(audio.destination);
  voice.start(start);
  voice.stop(end);
}
