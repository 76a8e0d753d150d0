/** Counsellor pages: local times, quoted words found again in the conversation, and pages that stay true by themselves. */

import "./counsellor/after.js";
import { keepDrafts } from "./counsellor/drafts.js";
import { watchBoard } from "./counsellor/board.js";
import { highlightDrivers } from "./counsellor/highlight.js";
import { watchCase } from "./counsellor/live.js";
import { followPlan } from "./counsellor/plan.js";
import { watchQueue } from "./counsellor/queue.js";
import { offerWords } from "./counsellor/saved.js";
import { stay } from "./counsellor/stay.js";
import { localTimes } from "./counsellor/times.js";
import { setUpWriting } from "./counsellor/write.js";

localTimes(document);
highlightDrivers();
setUpWriting();
keepDrafts();
offerWords();
followPlan();

const queue = document.getElementById("queue");
if (queue) watchQueue(queue);

const board = document.getElementById("board");
if (board) watchBoard(board);

const held = document.getElementById("stay");
if (held) stay(held);

const page = document.getElementById("case");
if (page) watchCase(page);
