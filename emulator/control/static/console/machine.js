// Draws a state machine: the states one below the other, the ways down on the right, the ways up on the left.
// Ways to the same state share a lane, as on a map of an underground, so nothing ever covers a label.

import { svg } from "./dom.js";

const FONT = 11.5;
const ROW = 19; // the height of a way's label
const LANE = 13;
const GAP = 30; // between two states; the label of the way to the next state stands there
const NEXT = "next";

/** Answer a drawing of the job's states and moves, the current state and its ways highlighted. */
export function drawMachine(job) {
  const states = statesOf(job);
  const ways = waysOf(job, states);
  const boxes = boxesOf(job, states, ways);
  const sides = [sideOf("right", boxes, ways), sideOf("left", boxes, ways)];
  const [right, left] = sides;
  const width = left.width + boxes.width + right.width;
  const height = boxes.all.at(-1).bottom + 2;
  const drawn = [...ways].sort((a, b) => a.isOpen - b.isOpen);
  return svg(
    "svg",
    {
      class: "machine",
      viewBox: `${-left.width} 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": inWords(job, ways),
    },
    ...drawn.map((way) => drawWay(way, boxes, way.side === "left" ? left : right)),
    ...boxes.all.map((box) => drawBox(box, boxes.width)),
  );
}

/** The states that moves touch, with the present one, and those that moves lead to beyond the listed. */
function statesOf({ states, moves, status }) {
  const touched = new Set([status, ...moves.flatMap((move) => [move.from, move.to])]);
  return [...new Set([...states, ...touched])].filter((state) => touched.has(state));
}

/** One way for each pair of states, with all the actions that take it. */
function waysOf({ moves, status }, states) {
  const ways = new Map();
  for (const { from, action, to } of moves) {
    if (from === to) continue;
    const key = JSON.stringify([from, to]);
    const way = ways.get(key) ?? { source: states.indexOf(from), target: states.indexOf(to), actions: [] };
    way.actions.push(action);
    ways.set(key, way);
  }
  const reach = (way) => Math.abs(way.target - way.source);
  const rows = new Map();
  return [...ways.values()]
    .sort((a, b) => reach(a) - reach(b))
    .map((way) => {
      const side = way.target === way.source + 1 ? NEXT : way.target > way.source ? "right" : "left";
      const row = rows.get(side + way.source) ?? 0;
      rows.set(side + way.source, row + 1);
      return {
        ...way,
        side,
        row,
        text: way.actions.map(worded).join(", "),
        isOpen: states[way.source] === status,
      };
    });
}

/** Where the states stand. A state is as high as its ways need. */
function boxesOf({ moves, status }, states, ways) {
  let top = 2;
  const all = states.map((state, index) => {
    const loops = moves
      .filter((move) => move.from === state && move.to === state)
      .map((move) => worded(move.action));
    const rows = Math.max(...["right", "left"].map((side) => rowsOn(side, index, ways)));
    const height = Math.max(loops.length ? 40 : 28, rows * ROW + 8);
    const box = {
      state,
      index,
      loops: loops.join(", "),
      isCurrent: state === status,
      top,
      bottom: top + height,
      height,
    };
    top = box.bottom + (ways.some((way) => way.side === NEXT && way.source === index) ? GAP : GAP / 2);
    return box;
  });
  const widest = Math.max(
    ...all.map((box) => Math.max(widthOf(worded(box.state)) * 1.15, widthOf(box.loops) + 12)),
  );
  return { all, width: Math.max(110, widest + 26) };
}

function rowsOn(side, index, ways) {
  const leaving = ways.filter((way) => way.side === side && way.source === index).length;
  const isEntered = ways.some((way) => way.side === side && way.target === index);
  return leaving + (isEntered ? 1 : 0);
}

/** One side's lanes, one for each state that ways lead to, the shortest nearest; and how wide it is. */
function sideOf(side, boxes, ways) {
  const here = ways.filter((way) => way.side === side);
  if (!here.length) return { width: 4, lanes: new Map() };
  const spans = [...new Set(here.map((way) => way.target))].map((target) => {
    const touched = here.filter((way) => way.target === target).flatMap((way) => [way.source, target]);
    return { target, from: Math.min(...touched), to: Math.max(...touched) };
  });
  spans.sort((a, b) => a.to - a.from - (b.to - b.from));
  const taken = [];
  const lanes = new Map();
  for (const span of spans) {
    let lane = 0;
    while (taken.some((other) => other.lane === lane && other.from <= span.to && span.from <= other.to))
      lane += 1;
    taken.push({ ...span, lane });
    lanes.set(span.target, lane);
  }
  const labels = Math.max(...here.map((way) => widthOf(way.text))) + 18;
  return { lanes, labels, width: labels + (Math.max(...lanes.values()) + 1) * LANE + 2 };
}

function drawWay(way, boxes, side) {
  const [source, target] = [boxes.all[way.source], boxes.all[way.target]];
  if (way.side === NEXT) return drawNext(way, source, target, boxes.width / 2);
  const outward = way.side === "left" ? -1 : 1;
  const edge = way.side === "left" ? 0 : boxes.width;
  const lane = edge + outward * (side.labels + side.lanes.get(way.target) * LANE + LANE / 2);
  const [leaves, enters] = [exitOf(way, source), entryOf(way.side, target)];
  const turn = enters > leaves ? 6 : -6;
  const path = [
    `M${edge} ${leaves}H${lane - outward * 6}Q${lane} ${leaves} ${lane} ${leaves + turn}`,
    `V${enters - turn}Q${lane} ${enters} ${lane - outward * 6} ${enters}H${edge + outward * 6}`,
  ];
  const head = `M${edge + outward} ${enters}l${outward * 8} -4v8z`;
  const anchor = outward < 0 ? "end" : "start";
  return drawnWay(way, path.join(""), head, { x: edge + outward * 8, y: leaves - 4, "text-anchor": anchor });
}

function drawNext(way, source, target, middle) {
  const path = `M${middle} ${source.bottom}V${target.top - 6}`;
  const head = `M${middle} ${target.top - 1}l-4 -8h8z`;
  return drawnWay(way, path, head, { x: middle + 8, y: (source.bottom + target.top) / 2 + 3 });
}

function drawnWay(way, path, head, place) {
  return svg(
    "g",
    { class: way.isOpen ? "way open" : "way" },
    svg("path", { d: path, class: "line" }),
    svg("path", { d: head, class: "head" }),
    svg("text", place, way.text),
  );
}

/** The height at which a way leaves: below the entry on the right, above it on the left. The nearest goes first. */
function exitOf(way, box) {
  return way.side === "right" ? box.bottom - 6 - way.row * ROW : box.top + ROW + way.row * ROW;
}

function entryOf(side, box) {
  return side === "right" ? box.top + 10 : box.bottom - 10;
}

function drawBox(box, width) {
  const middle = box.top + box.height / 2;
  return svg(
    "g",
    { class: box.isCurrent ? "state current" : "state" },
    svg("rect", { x: 0, y: box.top, width, height: box.height, rx: 7 }),
    svg(
      "text",
      { x: width / 2, y: box.loops ? middle - 3 : middle + 4, "text-anchor": "middle" },
      worded(box.state),
    ),
    box.loops &&
      svg(
        "text",
        { class: "loops", x: width / 2, y: middle + 12, "text-anchor": "middle" },
        `↻ ${box.loops}`,
      ),
  );
}

/** The same for those who do not see it. */
function inWords({ status, moves }, ways) {
  const open = moves.filter((move) => move.from === status && move.to !== status);
  const said = open.map((move) => `${worded(move.action)} leads to ${worded(move.to)}`).join("; ");
  return `State machine of ${ways.length} ways. Now ${worded(status)}. ${said ? `From here, ${said}.` : "No way leads on."}`;
}

const worded = (name) => name.replaceAll("_", " ");

const pen = document.createElement("canvas").getContext("2d");

function widthOf(text) {
  pen.font = `${FONT}px system-ui, sans-serif`;
  return pen.measureText(text).width;
}
