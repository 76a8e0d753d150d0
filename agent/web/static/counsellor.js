/** Counsellor pages: local times, quoted words found again in the conversation, and a queue that refreshes itself. */

import { watchBoard } from "./counsellor/board.js";
import { highlightDrivers } from "./counsellor/highlight.js";
import { watchQueue } from "./counsellor/queue.js";
import { stay } from "./counsellor/stay.js";
import { localTimes } from "./counsellor/times.js";

localTimes(document);
highlightDrivers();

const queue = document.getElementById("queue");
if (queue) watchQueue(queue);

const board = document.getElementById("board");
if (board) watchBoard(board);

const held = document.getElementById("stay");
if (held) stay(held);
